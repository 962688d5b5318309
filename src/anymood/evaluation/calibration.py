"""Calibration: reliability curves, the expected calibration error, and temperature scaling.

Shapes: N posts, C classes.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from anymood.errors import InputError
from anymood.evaluation.arrays import as_probabilities, as_rows, labelled_rows
from anymood.probabilities import softmax

BINS = 15  # equal widths, as in Guo et al. (2017), section 3
TEMPERATURE_RANGE = (0.05, 20.0)
MIN_POSTS = 30  # with fewer, the fit depends on single posts


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """The posts whose confidence is above ``low`` and at most ``high``.

    Attributes:
        low: lower edge, 0 to 1.
        high: upper edge.
        confidence: mean probability of the predicted class.
        accuracy: share of correct predictions.
        count: number of posts, at least 1.
    """

    low: float
    high: float
    confidence: float
    accuracy: float
    count: int


@dataclass(frozen=True, slots=True)
class ReliabilityCurve:
    """Accuracy by confidence: the bins that are not empty, in order."""

    bins: tuple[ReliabilityBin, ...]

    @property
    def ece(self) -> float:
        """Expected calibration error, from 0 (every confidence is the accuracy) to 1.

        Guo et al. (2017), equation 3: sum over bins of |B|/N * |accuracy(B) - confidence(B)|.
        """
        n = sum(b.count for b in self.bins)
        return sum(b.count * abs(b.accuracy - b.confidence) for b in self.bins) / n


def reliability_curve(probabilities: ArrayLike, truth: ArrayLike, bins: int = BINS) -> ReliabilityCurve:
    """Bin posts by the probability of their predicted class (Guo et al. 2017, section 2).

    Args:
        probabilities: shape (N, C). Rows of NaN are ignored.
        truth: class indices, shape (N,).
        bins: number of bins of equal width from 0 to 1.

    Raises:
        InputError: wrong shapes or values, or all rows are NaN.
    """
    rows, classes = labelled_rows(as_probabilities(probabilities), truth)
    if not len(rows):
        raise InputError("Every row of the probabilities is NaN: the classifier cannot predict any post.")
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
    """The temperature that minimises the negative log-likelihood (Guo et al. 2017, section 4.2).

    With b = 1/T, the derivative of -log softmax(b z)[y] is the expectation of z under softmax(b z) minus z[y]. It
    increases with b, so its only root is found by bisection over log T.

    Args:
        logits: logits of held-out posts, shape (N, C). Rows of NaN are ignored.
        truth: class indices, shape (N,).

    Returns:
        T within ``TEMPERATURE_RANGE``; its upper bound if the likelihood still increases there (the logits are no
        better than chance). 1.0 if fewer than ``MIN_POSTS`` posts have logits, if the logits of each post are equal,
        or if the likelihood still increases at the lower bound: if all predictions are correct, the likelihood has
        no maximum.

    Raises:
        InputError: wrong shapes, or labels out of range.
    """
    rows, classes = labelled_rows(as_rows(logits, "logits"), truth, "logits")
    if len(rows) < MIN_POSTS or not np.ptp(rows, axis=1).any():
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
