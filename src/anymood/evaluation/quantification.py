"""Shares of labels among many posts, corrected for the errors of a classifier.

Counting predicted labels is biased: a classifier that misses half of the neutral posts reports half of them, however
many posts are counted. The distribution of a classifier's probabilities on posts of each class is estimated on labelled
posts that it was not trained on; the corrected shares maximise the likelihood of the probabilities of the given posts.

The method is EMQ (Saerens et al. 2002) on probabilities calibrated by bias-corrected temperature scaling (Alexandari et
al. 2020), over cells: the probabilities are partitioned into K cells, and only the counts of posts in each cell are
kept. So a bundle contains a small table, and thousands of resamples are cheap.
``docs/decisions/0013-corrected-shares.md`` has the comparison with other methods.

Shapes: N posts, C classes, K cells, G groups of posts, B resamples.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from anymood.errors import InputError
from anymood.evaluation.arrays import Floats, Ints, as_floats, as_probabilities, as_weights, labelled_rows, seen
from anymood.labels import LabelSet
from anymood.probabilities import softmax

FORMAT_VERSION = 1

CELLS = 32  # more cells are no better, and have fewer labelled posts each
MIN_POSTS_PER_CLASS = 20  # labelled posts

_FLOOR = 1e-6  # minimum of a probability before its logarithm
_KMEANS_ROUNDS = 25
_NEWTON_STEPS = 30
_EM_STEPS, _EM_TOLERANCE = 200, 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Quantifier:
    """The distribution of a classifier's probabilities on labelled posts, and shares of classes corrected by it.

    Attributes:
        centres: the mean probabilities of each cell, (K, C).
        counts: labelled posts of each class in each cell, (C, K).

    Raises:
        InputError: wrong shapes or values.
    """

    centres: Floats
    counts: Ints

    def __post_init__(self) -> None:
        centres, counts = as_probabilities(self.centres, "centres"), as_floats(self.counts, "counts")
        cells, classes = centres.shape
        if counts.shape != (classes, cells) or not (counts >= 0).all() or (counts % 1).any():
            raise InputError(
                f"The counts must be (classes, cells) = ({classes}, {cells}) non-negative integers, but have shape "
                f"{counts.shape}."
            )
        object.__setattr__(self, "centres", centres)
        object.__setattr__(self, "counts", counts.astype(np.int64))

    @classmethod
    def fit(cls, probabilities: ArrayLike, truth: ArrayLike, *, cells: int = CELLS, seed: int = 0) -> "Quantifier":
        """Fit to labelled posts that the classifier was not trained on.

        Args:
            probabilities: probabilities of the classifier, (N, C). Rows of NaN are ignored.
            truth: class indices (N,).
            cells: maximum of K, which is at most the number of different probabilities.
            seed: seed of the initial cells.

        Raises:
            InputError: wrong shapes or values, or a class with fewer than ``MIN_POSTS_PER_CLASS`` posts.
        """
        if not isinstance(cells, int | np.integer) or cells < 1:
            raise InputError(f"'cells' is {cells!r}. Give a positive integer.")
        rows, classes = labelled_rows(as_probabilities(probabilities), truth)
        of_class = np.bincount(classes, minlength=rows.shape[1])
        if of_class.min() < MIN_POSTS_PER_CLASS:
            raise InputError(
                f"Class {of_class.argmin()} has {of_class.min()} labelled posts that the classifier predicts. Give at "
                f"least {MIN_POSTS_PER_CLASS} of each class."
            )
        centres = _centres(rows, cells, seed)
        counts = np.zeros((rows.shape[1], len(centres)), np.int64)
        np.add.at(counts, (classes, _nearest(rows, centres)), 1)
        return cls(centres, counts)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Quantifier":
        """The inverse of ``to_dict``.

        Raises:
            InputError: a value is missing, or of a wrong shape.
        """
        try:
            centres = np.asarray(values["centres"], np.float64)
            counts = np.asarray(values["counts"])
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise InputError(f"The centres and counts of the cells are invalid: {error!r}.") from error
        return cls(centres, counts)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; probabilities are rounded to four decimals."""
        rounded = np.maximum(self.centres.round(4), 1e-4)
        return {"centres": (rounded / rounded.sum(1, keepdims=True)).round(5).tolist(), "counts": self.counts.tolist()}

    @property
    def cells(self) -> int:
        """K."""
        return len(self.centres)

    def cell_of(self, probabilities: ArrayLike) -> Ints:
        """The cell of each post, (N,); -1 for a row of NaN.

        Raises:
            InputError: wrong shapes or values.
        """
        rows = as_probabilities(probabilities)
        if rows.shape[1] != self.centres.shape[1]:
            raise InputError(f"The probabilities have {rows.shape[1]} classes, the cells {self.centres.shape[1]}.")
        present = seen(rows, "probabilities")
        cells = np.full(len(rows), -1)
        cells[present] = _nearest(rows[present], self.centres)
        return cells

    def ratios(self, counts: Floats | Ints | None = None) -> Floats:
        """Ratios of a cell's frequency in a class to that in all labelled posts, (..., C, K).

        The calibrated probability of the class in the cell, divided by the share of the class: the input of EMQ.

        Args:
            counts: labelled posts (..., C, K), such as resampled ones; by default those it was fitted on.
        """
        posts = np.asarray(self.counts if counts is None else counts, np.float64)
        # A pseudo-count of one post per class: a class that is missing in a resample remains possible.
        spread = posts.sum(-2, keepdims=True)
        posts = posts + spread / spread.sum(-1, keepdims=True)
        calibrated = _calibrated(np.log(np.maximum(self.centres, _FLOOR)), posts)
        prior = posts.sum(-1) / posts.sum((-1, -2))[..., None]
        return calibrated / prior[..., None]  # type: ignore[no-any-return]

    def shares(self, histogram: ArrayLike, ratios: Floats | None = None) -> Floats:
        """Corrected shares of the classes, (..., C).

        Args:
            histogram: numbers of posts in each cell, (..., K), or weights. Without posts, the shares are 1/C.
            ratios: from ``ratios``, (..., C, K); leading axes broadcast.

        Raises:
            InputError: wrong shape or values of the histogram.
        """
        ratios = self.ratios() if ratios is None else ratios
        return _mixture_shares(as_weights(histogram, self.cells, "histogram"), ratios)

    def resampled(self, resamples: int, generator: np.random.Generator) -> Floats:
        """Ratios (B, C, K) of resampled labelled posts, with replacement within each class."""
        drawn = [generator.multinomial(row.sum(), row / max(row.sum(), 1), size=resamples) for row in self.counts]
        return self.ratios(np.stack(drawn, axis=1))

    def expected(self, shares: ArrayLike) -> Floats:
        """Expected distribution over the cells, (..., K), of posts with these shares (..., C).

        Raises:
            InputError: wrong shape or values.
        """
        in_class = self.ratios() * self.counts.sum(0)
        in_class /= in_class.sum(1, keepdims=True)
        expected: Floats = as_weights(shares, len(self.counts), "shares") @ in_class
        return expected


@dataclass(frozen=True, slots=True)
class ClassifyAndCount:
    """Shares of predicted labels, uncorrected, for classifiers without a quantifier.

    Attributes:
        classes: C, which is also the number of cells.
    """

    classes: int

    @property
    def cells(self) -> int:
        """K."""
        return self.classes

    def cell_of(self, probabilities: ArrayLike) -> Ints:
        """The most probable class of each post, (N,); -1 for a row of NaN."""
        rows = as_probabilities(probabilities)
        return np.where(seen(rows, "probabilities"), np.nan_to_num(rows).argmax(1), -1)

    def shares(self, histogram: ArrayLike, ratios: Floats | None = None) -> Floats:
        """Shares of the counts, (..., C)."""
        counts = as_weights(histogram, self.classes, "histogram")
        total = counts.sum(-1, keepdims=True)
        return np.where(total > 0, counts / np.maximum(total, 1e-300), 1 / self.classes)

    def resampled(self, resamples: int, generator: np.random.Generator) -> Floats:
        """Ones, which broadcast to (B, C, K): there are no labelled posts."""
        return np.ones((resamples, 1, 1))

    def expected(self, shares: ArrayLike) -> Floats:
        """The shares themselves."""
        return np.asarray(shares, np.float64)


def quantifiers_to_json(quantifiers: Mapping[str, Quantifier], labels: LabelSet, source: str) -> bytes:
    """The file ``quantification.json`` of a bundle.

    Args:
        quantifiers: quantifiers by the name of the classifier: ``"text"``, ``"image"``, ``"fused"``.
        labels: labels of the classes.
        source: a description of the labelled posts.
    """
    values = {
        "format_version": FORMAT_VERSION,
        "labels": list(labels),
        "source": source,
        "classifiers": {name: quantifier.to_dict() for name, quantifier in quantifiers.items()},
    }
    return json.dumps(values, ensure_ascii=False).encode() + b"\n"


def quantifiers_from_json(content: bytes, labels: LabelSet) -> tuple[dict[str, Quantifier], str]:
    """The quantifiers in ``quantification.json``, and the description of their labelled posts.

    Raises:
        InputError: the file is invalid, of a later format, or of other labels.
    """
    try:
        values = json.loads(content)
        version, names, classifiers = values["format_version"], values["labels"], values["classifiers"]
        if version > FORMAT_VERSION:
            raise InputError(f"quantification.json is in format {version}, and this version reads {FORMAT_VERSION}.")
        if tuple(names) != labels.names:
            raise InputError(f"quantification.json is of the labels {', '.join(names)}, not {', '.join(labels)}.")
        return {name: Quantifier.from_dict(each) for name, each in classifiers.items()}, str(values.get("source", ""))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"quantification.json is invalid: {error!r}.") from error


def _centres(rows: Floats, cells: int, seed: int) -> Floats:
    """Centres (K, C) of cells by k-means (Lloyd 1982)."""
    different = np.unique(rows, axis=0)
    generator = np.random.default_rng(seed)
    centres = different[generator.permutation(len(different))[:cells]]
    for _ in range(_KMEANS_ROUNDS):
        nearest = _nearest(rows, centres)
        size = np.bincount(nearest, minlength=len(centres))
        sums = np.stack([np.bincount(nearest, column, len(centres)) for column in rows.T], axis=1)
        centres = np.where(size[:, None] > 0, sums / np.maximum(size, 1)[:, None], centres)
    return centres / centres.sum(1, keepdims=True)  # type: ignore[no-any-return]


def _nearest(rows: Floats, centres: Floats) -> Ints:
    """Index (N,) of the centre nearest to each row."""
    nearest: Ints = ((centres**2).sum(1) - 2 * rows @ centres.T).argmin(1)
    return nearest


def _calibrated(logits: Floats, counts: Floats) -> Floats:
    """Calibrated probabilities of the classes in each cell, (..., C, K).

    Bias-corrected temperature scaling (Alexandari et al. 2020): softmax(a z + b) with a slope a and a bias for each
    class, fitted to the counts by maximum likelihood with Newton's method.

    Args:
        logits: logits of the cells, (K, C).
        counts: posts (..., C, K).
    """
    classes = counts.shape[-2]
    # Parameters: the slope, and the biases of all classes but the first; features (P, C, K).
    features = np.concatenate([logits.T[None], np.repeat(np.eye(classes)[1:, :, None], len(logits), axis=2)])
    of_cell = counts.sum(-2)  # (..., K)
    parameters = np.zeros((*counts.shape[:-2], classes))
    parameters[..., 0] = 1
    ridge = 1e-6 * of_cell.sum(-1)[..., None, None] * np.eye(classes)
    for _ in range(_NEWTON_STEPS):
        probabilities = softmax(np.einsum("...p,pck->...ck", parameters, features), axis=-2)
        missing = counts - of_cell[..., None, :] * probabilities
        gradient = np.einsum("...ck,pck->...p", missing, features)
        mean = np.einsum("...ck,pck->...pk", probabilities, features)
        weighted = of_cell[..., None, :] * probabilities
        hessian = np.einsum("...ck,pck,qck->...pq", weighted, features, features, optimize=True)
        hessian -= np.einsum("...k,...pk,...qk->...pq", of_cell, mean, mean, optimize=True)
        step = np.linalg.solve(hessian + ridge, gradient[..., None])[..., 0]
        step = np.clip(step, -1, 1)
        parameters += step
        if np.abs(step).max() < 1e-8:
            break
    return softmax(np.einsum("...p,pck->...ck", parameters, features), axis=-2)


def _mixture_shares(histogram: Floats, ratios: Floats) -> Floats:
    """Shares (..., C) of maximum likelihood, by expectation maximisation (Saerens et al. 2002).

    A step is p_c <- p_c * sum_k h_k r_ck / sum_d p_d r_dk. Steps are accelerated by SQUAREM (Varadhan & Roland 2008,
    scheme S3): classes that overlap would take thousands. Histograms that have converged are excluded.

    Args:
        histogram: (..., K).
        ratios: (..., C, K).
    """
    classes, cells = ratios.shape[-2:]
    leading = np.broadcast_shapes(histogram.shape[:-1], ratios.shape[:-2])
    total = histogram.sum(-1, keepdims=True)
    weights = np.broadcast_to(histogram / np.maximum(total, _FLOOR), (*leading, cells)).reshape(-1, cells)
    which = np.broadcast_to(np.arange(ratios[..., 0, 0].size).reshape(ratios.shape[:-2]), leading).ravel()
    ratios = ratios.reshape(-1, classes, cells)
    result = np.full((len(weights), classes), 1 / classes)
    moving = np.flatnonzero(weights.any(1))  # the others have no posts
    shares, weights, active = result[moving], weights[moving], ratios[which[moving]]
    for _ in range(_EM_STEPS):
        if not len(moving):
            break
        first = _em_step(shares, weights, active)
        second = _em_step(first, weights, active)
        change, curvature = first - shares, second - 2 * first + shares
        length = -np.sqrt((change**2).sum(1) / np.maximum((curvature**2).sum(1), 1e-300))[:, None]
        length = np.clip(length, -64, -1)
        step = shares - 2 * length * change + length**2 * curvature
        step = np.where((step > 0).all(1, keepdims=True), step, second)  # stay within the simplex
        new = _em_step(step, weights, active)
        still = np.abs(new - shares).max(1) >= _EM_TOLERANCE
        result[moving] = new
        moving, shares, weights, active = moving[still], new[still], weights[still], active[still]
    return result.reshape(*leading, classes)


def _em_step(shares: Floats, weights: Floats, ratios: Floats) -> Floats:
    """One step for each row: shares (R, C), weights (R, K), ratios (R, C, K)."""
    mixture = np.matmul(shares[:, None, :], ratios)[:, 0]
    gain = np.matmul(ratios, (weights / np.maximum(mixture, 1e-300))[..., None])[..., 0]
    moved = shares * gain
    return np.asarray(moved / np.maximum(moved.sum(1, keepdims=True), 1e-300))
