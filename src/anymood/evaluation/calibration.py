"""Calibration: reliability curves, the expected calibration error, and temperature scaling.

Shapes: N posts, C classes.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from anymood.errors import InputError
from anymood.evaluation.arrays import as_classes, as_probabilities, as_rows, check_same_length, seen
from anymood.probabilities import softmax

BINS = 15  # equal widths, as in Guo et al. (2017), section 3
TEMPERATURE_RANGE = (0.05, 20.0)
FEWEST_POSTS = 30  # below it, a fit swings with every single post


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """The posts whose confidence is above ``low`` and at most ``high``.

    Attributes:
        low: lower edge, 0 to 1.
        high: upper edge.
        confidence: mean probability of the predicted class.
        accuracy: share of right predictions.
        count: number of posts, at least 1.
    """

    low: float
    high: float
    confidence: float
    accuracy: float
    count: int


@dataclass(frozen=True, slots=True)
class ReliabilityCurve:
    """Accuracy against confidence: the bins that hold a post, in order."""

    bins: tuple[ReliabilityBin, ...]

    @property
    def ece(self) -> float:
        """Expected calibration error, from 0 (every confidence is the accuracy) to 1.

        Guo et al. (2017), equation 3: sum over bins of |B|/N * |accuracy(B) - confidence(B)|.
        """
        n = sum(b.count for b in self.bins)
        return sum(b.count * abs(b.accuracy - b.confidence) for b in self.bins) / n


def reliability_curve(probabilities: ArrayLike, truth: ArrayLike, bins: int = BINS) -> ReliabilityCurve:
    """Groups posts by the probability of their predicted class (Guo et al. 2017, section 2).

    Args:
        probabilities: shape (N, C). Rows of NaN are left out.
        truth: class indices, shape (N,).
        bins: number of bins of equal width from 0 to 1.

    Raises:
        InputError: wrong shapes or values, or no row that holds any.
    """
    rows = as_probabilities(probabilities)
    classes = as_classes(truth, rows.shape[1])
    check_same_length(rows, classes, "probabilities and the truth")
    present = seen(rows, "probabilities")
    if not present.any():
        raise InputError("Every row of the probabilities is NaN: the classifier had nothing to see.")
    rows, classes = rows[present], classes[present]
    confidence, right = rows.max(axis=1), rows.argmax(axis=1) == classes
    edges = np.linspace(0, 1, bins + 1)
    index = np.digitize(confidence, edges[1:-1], right=True)
    count = np.bincount(index, minlength=bins)
    confidence_sum = np.bincount(index, weights=confidence, minlength=bins)
    right_sum = np.bincount(index, weights=right, minlength=bins)
    return ReliabilityCurve(
        tuple(
            ReliabilityBin(
                low=float(edges[b]),
                high=float(edges[b + 1]),
                confidence=float(confidence_sum[b] / count[b]),
                accuracy=float(right_sum[b] / count[b]),
                count=int(count[b]),
            )
            for b in np.flatnonzero(count)
        )
    )


def fit_temperature(logits: ArrayLike, truth: ArrayLike) -> float:
    """The temperature with the smallest negative log-likelihood (Guo et al. 2017, section 4.2).

    With b = 1/T, the slope of -log softmax(b z)[y] is the expectation of z under softmax(b z) less
    z[y]. It grows with b, so its only zero is found by halving an interval of log T.

    Args:
        logits: of held-out posts, shape (N, C). Rows of NaN are left out.
        truth: class indices, shape (N,).

    Returns:
        T within ``TEMPERATURE_RANGE``, its upper end when the likelihood still grows there (the logits are no
        better than chance). 1.0 when fewer than ``FEWEST_POSTS`` posts hold logits, when no logit differs from
        its neighbours, or when the likelihood still grows at the lower end: where every post is right, no
        temperature is the best, and certainty was not earned.

    Raises:
        InputError: wrong shapes, or labels out of range.
    """
    rows = as_rows(logits, "logits")
    classes = as_classes(truth, rows.shape[1])
    check_same_length(rows, classes, "logits and the truth")
    present = seen(rows, "logits")
    rows, classes = rows[present], classes[present]
    if len(rows) < FEWEST_POSTS or not np.ptp(rows, axis=1).any():
        return 1.0
    true_logits = rows[np.arange(len(rows)), classes]

    def slope(temperature: float) -> float:
        return float(((softmax(rows, temperature) * rows).sum(axis=1) - true_logits).mean())

    coldest, hottest = TEMPERATURE_RANGE
    if slope(coldest) <= 0:
        return 1.0
    if slope(hottest) >= 0:
        return hottest
    low, high = math.log(coldest), math.log(hottest)
    while high - low > 1e-9:
        middle = (low + high) / 2
        low, high = (middle, high) if slope(math.exp(middle)) > 0 else (low, middle)
    return math.exp((low + high) / 2)
