"""Shares of labels in groups of posts, with confidence intervals, and significance tests of differences.

The bootstrap resamples both the posts and the labelled posts that the correction was fitted to. Copies of a text are
resampled together. All groups share the same resamples, so that the uncertainty of the correction cancels out in
comparisons of groups.

Shapes: N posts, C classes, K cells, G groups, Q unions of groups, B resamples.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from anymood.errors import InputError
from anymood.evaluation.arrays import Floats, Ints, as_weights, check_confidence
from anymood.evaluation.quantification import ClassifyAndCount, Quantifier
from anymood.evaluation.significance import holm

RESAMPLES = 400
CONFIDENCE = 0.95
MIN_POSTS = 30  # posts of a group that is compared

# Percentile intervals are too narrow for samples of this size. Widened by a tenth, their measured coverage is nominal
# (docs/results/quantification.md).
WIDENING = 1.1

# Maximum number of values of resampled histograms in memory, 8 bytes each; computing shares takes five times as much.
VALUES_PER_BLOCK = 2**20


@dataclass(frozen=True, slots=True, eq=False)
class Shares:
    """Shares of the classes in Q sets of posts.

    Attributes:
        posts: numbers of posts, (Q,).
        shares: corrected shares, (Q, C).
        draws: shares of each resample, (B, Q, C).
    """

    posts: Ints
    shares: Floats
    draws: Floats

    def intervals(self, confidence: float = CONFIDENCE) -> tuple[Floats, Floats]:
        """Lower and upper bounds, (Q, C) each, between 0 and 1.

        They are at least as wide as the interval of Wilson (1927) for error-free labels of as many posts: a resample of
        few posts never has a label that none of them has.

        Raises:
            InputError: the confidence is not between 0 and 1.
        """
        check_confidence(confidence)
        low, high = _interval(self.shares, self.draws, confidence)
        least, most = _wilson(self.shares, self.posts[:, None], confidence)
        return np.minimum(low, least).clip(0, 1), np.maximum(high, most).clip(0, 1)


@dataclass(frozen=True, slots=True)
class ShareDifference:
    """The share of a class in one set of posts minus that in another.

    Attributes:
        first: index of the first set.
        second: index of the second set.
        label: class index.
        difference: from -1 to 1.
        interval: confidence interval of the difference, not adjusted for multiple comparisons.
        p_value: two-sided, by the normal approximation with the bootstrap's standard error; not adjusted.
        adjusted: the p-value adjusted for all comparisons (Holm 1979).
    """

    first: int
    second: int
    label: int
    difference: float
    interval: tuple[float, float]
    p_value: float
    adjusted: float


class ShareEstimator:
    """Shares of any union of groups of posts, from counts of posts by cell and group and their resamples.

    Each classifier has its own quantifier, for the posts that it decided; the shares of a set are the mean over
    classifiers, weighted by their numbers of posts.

    Args:
        quantifiers: quantifiers by the name of the classifier.
        cells: the cell of each post in the quantifier of the classifier that decided, (N,).
        classifiers: the name of that classifier, (N,). Posts whose name has no quantifier are excluded.
        groups: the group of each post from 0, (N,).
        copies: posts with the same number are copies, (N,); by default there are none.
        resamples: B.
        seed: seed of the resamples.

    Attributes:
        groups: G.

    Raises:
        InputError: the arrays differ in length, have no integers, or have a cell that its quantifier does not have; or
            there are no resamples.
    """

    def __init__(
        self,
        quantifiers: Mapping[str, Quantifier | ClassifyAndCount],
        cells: Ints,
        classifiers: NDArray[np.str_],
        groups: Ints,
        copies: Ints | None = None,
        *,
        resamples: int = RESAMPLES,
        seed: int = 0,
    ) -> None:
        cells, classifiers, groups = _indices(cells, "cells"), np.asarray(classifiers), _indices(groups, "groups")
        if groups.min(initial=0) < 0:
            raise InputError("The groups must be numbers from 0.")
        if resamples < 1:
            raise InputError(f"There must be at least one resample, not {resamples}.")
        if not len(cells) == len(classifiers) == len(groups) == len(cells if copies is None else copies):
            raise InputError("Cells, classifiers, groups and copies must be of the same posts.")
        generator = np.random.default_rng(seed)
        self.groups = count = int(groups.max(initial=-1)) + 1
        copies = np.arange(len(cells)) if copies is None else np.unique(copies, return_inverse=True)[1]
        is_copied = (np.bincount(copies, minlength=1) > 1)[copies]
        _, copied = np.unique(copies[is_copied], return_inverse=True)
        weights = generator.poisson(1.0, (resamples, copied.max(initial=-1) + 1))
        place = np.full(len(cells), -1)
        place[is_copied] = copied
        self._parts = []
        for name, quantifier in quantifiers.items():
            chosen = (classifiers == name) & (cells >= 0)
            if chosen.any():
                if cells[chosen].max() >= quantifier.cells:
                    raise InputError(
                        f"A cell is {cells[chosen].max()}, but the quantifier {name} has {quantifier.cells}."
                    )
                keys = groups[chosen] * quantifier.cells + cells[chosen]
                part = _ClassifierPosts(quantifier, count, keys, place[chosen], weights, generator)
                self._parts.append(part)

    def shares(self, unions: ArrayLike) -> Shares:
        """Shares of unions of groups.

        Args:
            unions: the groups of each set, booleans or weights (Q, G).

        Raises:
            InputError: no post has a quantifier, or wrong shape or values of the unions.
        """
        if not self._parts:
            raise InputError("No post was decided by a classifier that has a quantifier.")
        chosen = as_weights(unions, self.groups, "unions")
        if chosen.ndim != 2:
            raise InputError(f"The unions must have shape (sets, groups), but have shape {chosen.shape}.")
        parts = [part.shares(chosen) for part in self._parts]
        posts, shares = _pooled([(n, shares) for n, shares, _, _ in parts])
        drawn, draws = _pooled([(n, draws) for _, _, n, draws in parts])
        draws[drawn == 0] = np.broadcast_to(shares, draws.shape)[drawn == 0]  # resamples without a post of the set
        return Shares(posts.astype(np.int64), shares, draws)

    def misfit(self) -> float:
        """Goodness of fit of the quantifiers, from 0 (perfect) to 1.

        The total variation distance between the posts' distribution over the cells and that which the corrected shares
        imply, minus its 95th percentile over samples of as many posts from the latter.
        """
        misfits = [part.misfit() for part in self._parts]
        posts = sum(n for n, _ in misfits)
        return max(0.0, sum(n * distance for n, distance in misfits) / max(posts, 1))


class _ClassifierPosts:
    """The posts that one classifier decided."""

    def __init__(
        self,
        quantifier: Quantifier | ClassifyAndCount,
        groups: int,
        keys: Ints,
        place: Ints,
        weights: Ints,
        generator: np.random.Generator,
    ) -> None:
        """Count the posts, and resample them by the Poisson bootstrap.

        Args:
            quantifier: quantifier of the classifier.
            groups: G.
            keys: group * K + cell of each post.
            place: index of each post's text in ``weights``, -1 for posts without copies.
            weights: how often each copied text is resampled, (B, texts).
            generator: generator of all other resamples.
        """
        resamples, size, shape = len(weights), groups * quantifier.cells, (groups, quantifier.cells)
        self.quantifier = quantifier
        self.generator = generator
        alone = np.bincount(keys[place < 0], minlength=size)
        self.histogram = np.bincount(keys, minlength=size).reshape(shape)
        # The sum of m independent Poisson weights of mean 1 is Poisson of mean m.
        drawn = generator.poisson(alone, (resamples, size)).astype(np.float64)
        copied = place >= 0
        if copied.any():
            key, text = keys[copied], place[copied]
            for index, weight in enumerate(weights):
                drawn[index] += np.bincount(key, weight[text], size)
        self.drawn = drawn.reshape(resamples, *shape).astype(np.float32)
        self.ratios = quantifier.resampled(resamples, generator)

    def shares(self, unions: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        """Numbers of posts (Q,), shares (Q, C), and both of each resample, (B, Q) and (B, Q, C)."""
        histogram = unions @ self.histogram
        step = max(1, VALUES_PER_BLOCK // max(histogram.size, 1))
        counts, draws = [], []
        for start in range(0, len(self.drawn), step):
            drawn = unions @ self.drawn[start : start + step]
            counts.append(drawn.sum(-1))
            draws.append(self.quantifier.shares(drawn, self.ratios[start : start + step, None]))
        return histogram.sum(-1), self.quantifier.shares(histogram), np.concatenate(counts), np.concatenate(draws)

    def misfit(self) -> tuple[int, float]:
        """The number of posts, and by how much their distance exceeds that of 95 % of random samples."""
        histogram = self.histogram.sum(0)
        posts = int(histogram.sum())
        expected = self.quantifier.expected(self.quantifier.shares(histogram))
        distance = np.abs(histogram / posts - expected).sum() / 2
        by_chance = self.generator.multinomial(posts, expected / expected.sum(), size=200) / posts
        return posts, float(distance - np.quantile(np.abs(by_chance - expected).sum(-1), 0.95) / 2)


def _pooled(parts: Sequence[tuple[Floats, Floats]]) -> tuple[Floats, Floats]:
    """Posts (...) and shares (..., C) of all parts together."""
    posts = np.sum([n for n, _ in parts], axis=0)
    weighted = np.sum([n[..., None] * shares for n, shares in parts], axis=0)
    return posts, weighted / np.maximum(posts, 1)[..., None]


def differences(
    shares: Shares, pairs: Sequence[tuple[int, int]], *, confidence: float = CONFIDENCE
) -> tuple[ShareDifference, ...]:
    """Compare the shares of each class between pairs of sets; with two classes, only those of the second.

    Pairs with fewer than ``MIN_POSTS`` posts in a set are excluded. The p-values of the others are adjusted as one
    family by Holm's method.

    Args:
        shares: shares of all sets.
        pairs: indices of the two sets.
        confidence: confidence of the interval of each difference.

    Raises:
        InputError: a pair is not of two of the sets, or the confidence is not between 0 and 1.
    """
    check_confidence(confidence)
    sets = range(len(shares.posts))
    wrong = next((pair for pair in pairs if len(pair) != 2 or any(one not in sets for one in pair)), None)
    if wrong is not None:
        raise InputError(f"The pair {wrong} must be two numbers of sets, from 0 to {len(sets) - 1}.")
    used = [(a, b) for a, b in pairs if min(shares.posts[a], shares.posts[b]) >= MIN_POSTS]
    if not used:
        return ()
    first, second = np.array(used).T
    values = shares.shares[first] - shares.shares[second]  # (P, C)
    draws = shares.draws[:, first] - shares.draws[:, second]
    low, high = _interval(values, draws, confidence)
    error = WIDENING * draws.std(0, ddof=1)
    scaled = np.where(error > 0, np.abs(values) / np.maximum(error, 1e-300), 0.0)
    classes = range(1 if values.shape[1] == 2 else 0, values.shape[1])
    tested = [(p, c) for p in range(len(used)) for c in classes]
    p_values = [math.erfc(scaled[p, c] / math.sqrt(2)) for p, c in tested]
    return tuple(
        ShareDifference(
            *used[p], c, float(values[p, c]), (float(low[p, c]), float(high[p, c])), p_value=p_value, adjusted=adjusted
        )
        for (p, c), p_value, adjusted in zip(tested, p_values, holm(p_values), strict=True)
    )


def _indices(values: ArrayLike, what: str) -> Ints:
    array: NDArray[Any] = np.asarray(values)
    if array.ndim != 1 or (len(array) and array.dtype.kind not in "iu"):
        raise InputError(f"The {what} must be one integer per post, but are {array.dtype} of shape {array.shape}.")
    return array.astype(np.int64)


def _wilson(share: Floats, posts: Ints, confidence: float) -> tuple[Floats, Floats]:
    """Score interval of a share; from 0 to 1 without posts."""
    squared = NormalDist().inv_cdf((1 + confidence) / 2) ** 2
    total = posts + squared
    centre = (posts * share + squared / 2) / total
    half = np.sqrt(squared * (posts * share * (1 - share) + squared / 4)) / total
    return np.minimum(centre - half, share), np.maximum(centre + half, share)


def _interval(value: Floats, draws: Floats, confidence: float) -> tuple[Floats, Floats]:
    """Percentile interval, widened; it contains the value."""
    low, high = np.quantile(draws, [(1 - confidence) / 2, (1 + confidence) / 2], axis=0)
    return (
        np.minimum(value - WIDENING * (value - low), value),
        np.maximum(value + WIDENING * (high - value), value),
    )
