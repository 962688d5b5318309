"""The correction of shares for the errors of the classifiers, from the bundle or from labelled posts."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from anymood.errors import DamagedBundle, InputError, SettingError
from anymood.evaluation.arrays import Floats, Ints
from anymood.evaluation.quantification import ClassifyAndCount, Quantifier, quantifiers_from_json
from anymood.evaluation.shares import ShareEstimator
from anymood.posts import CLASSIFIER_OF
from anymood.reporting.scored import ScoredPosts
from anymood.runtime.bundle import QUANTIFICATION, REMEDY, Bundle
from anymood.runtime.finding import is_bundled
from anymood.runtime.prior import logit_shift


@dataclass(frozen=True, slots=True)
class Correction:
    """Error rates of the classifiers.

    Attributes:
        quantifiers: quantifier of each classifier; empty if there are none, so that shares are not corrected.
        source: description of the labelled posts.
        ratios: of the shares that the scored posts' probabilities expect to those that the labelled posts' do, (C,); 1
            if None.
        posts: number of labelled posts of each classifier.
    """

    quantifiers: Mapping[str, Quantifier]
    source: str = ""
    ratios: Floats | None = None

    @property
    def posts(self) -> dict[str, int]:
        """Number of labelled posts of each classifier."""
        return {name: int(quantifier.counts.sum()) for name, quantifier in self.quantifiers.items()}


NOTHING_KNOWN = Correction({})


def correction_of(bundle: Bundle, prior: Mapping[str, float] | None = None) -> Correction:
    """The correction in a bundle; none for bundled models, whose labelled posts are from other sources.

    Args:
        bundle: bundle of the model that scored the posts.
        prior: that the posts were scored with; by default that of the model. Posts whose prior has a share of 0 for
            a label cannot be corrected.

    Raises:
        DamagedBundle: ``quantification.json`` is invalid.
    """
    if QUANTIFICATION not in bundle.config.files or is_bundled(bundle.folder):
        return NOTHING_KNOWN
    ratios = np.exp(logit_shift(prior, bundle)) if prior else None
    if ratios is not None and not ratios.all():
        return NOTHING_KNOWN
    path = bundle.path(QUANTIFICATION)
    try:
        return Correction(*quantifiers_from_json(path.read_bytes(), bundle.labels), ratios)
    except InputError as error:
        raise DamagedBundle(f"{path}: {error} {REMEDY}") from error


class Cells:
    """The cell of each scored post, and estimators of shares for any grouping.

    Args:
        posts: scored posts.
        correction: the correction.
        copies: group numbers (N,), equal for copies.
    """

    def __init__(self, posts: ScoredPosts, correction: Correction, copies: Ints) -> None:
        self.is_corrected = bool(correction.quantifiers)
        self._copies = copies
        classifiers = np.array([CLASSIFIER_OF.get(used, "none") for used in posts.used], dtype="U8")
        self.quantifiers: Mapping[str, Quantifier | ClassifyAndCount] = (
            correction.quantifiers
            if self.is_corrected
            else {name: ClassifyAndCount(len(posts.labels)) for name in CLASSIFIER_OF.values()}
        )
        self.classifiers = classifiers
        self.cells = np.full(len(posts), -1)
        for name, quantifier in self.quantifiers.items():
            chosen = classifiers == name
            if chosen.any():
                rows = posts.probabilities[chosen]
                if correction.ratios is not None:
                    rows = rows / correction.ratios
                    rows /= rows.sum(axis=1, keepdims=True)
                self.cells[chosen] = quantifier.cell_of(rows)
        if not (self.cells >= 0).any():
            raise SettingError("The shares cannot be corrected: no labelled post has the modalities of these posts.")

    def estimator(self, groups: Ints, chosen: Ints, *, resamples: int) -> ShareEstimator:
        """An estimator for groups of some posts.

        Args:
            groups: group of each post, (N,).
            chosen: indices of the posts.
            resamples: number of bootstrap resamples.
        """
        return ShareEstimator(
            self.quantifiers,
            self.cells[chosen],
            self.classifiers[chosen],
            groups[chosen],
            self._copies[chosen],
            resamples=resamples,
        )
