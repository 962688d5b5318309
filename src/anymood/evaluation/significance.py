"""Significance tests for comparisons of systems.

For seeds, use a t-test; for cross-validation folds, the corrected resampled t-test; for one test set, McNemar's test or
a bootstrap interval. For several comparisons, adjust the p-values by Holm's method. Standard tests are SciPy's, which
``anymood[train]`` installs.
"""

import math
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from anymood.errors import InputError, optional_dependency
from anymood.evaluation.arrays import Floats, Ints, as_confusion, as_floats, check_confidence, check_same_length
from anymood.evaluation.metrics import accuracy

ConfusionScore: TypeAlias = Callable[[Ints], Floats]
"""Confusion matrices (..., C, C) to scores (...): ``accuracy``, ``macro_f1``, ``weighted_f1``."""

SIGNIFICANCE_LEVEL = 0.05  # p-values below it are significant
# Minimum number of discordant posts for the chi-square approximation of McNemar's statistic.
MIN_FOR_CHI_SQUARE = 25
# Maximum number of values of resampled confusion matrices in memory (8 bytes each).
CELLS_PER_BLOCK = 4_000_000


@dataclass(frozen=True, slots=True)
class Comparison:
    """Comparison of two systems.

    Attributes:
        test: name of the test: ``"paired t"``, ``"Welch's t"``, ``"corrected resampled t"``,
            ``"McNemar, exact"`` or ``"McNemar, chi-square"``.
        difference: mean score or accuracy of the first system minus that of the second.
        statistic: statistic of the test; None if it is undefined because the runs do not vary.
        p_value: two-sided; 1.0 if the statistic is undefined.
        interval: confidence interval of the difference; None if the statistic is undefined.
        n: number of runs, folds or posts; runs of both systems if they are not paired.
        confidence: confidence of the interval.
    """

    test: str
    difference: float
    statistic: float | None
    p_value: float
    interval: tuple[float, float] | None
    n: int
    confidence: float = 0.95


@dataclass(frozen=True, slots=True)
class BootstrapInterval:
    """A value on one test set, and its bootstrap interval.

    Attributes:
        value: on the test set itself.
        low: lower bound of the percentile interval.
        high: upper bound.
        confidence: confidence of the interval.
        n: number of posts.
        resamples: number of resampled test sets.
    """

    value: float
    low: float
    high: float
    confidence: float
    n: int
    resamples: int


def paired_t_test(first: ArrayLike, second: ArrayLike, *, confidence: float = 0.95) -> Comparison:
    """Student's t-test of the differences, for runs with equal seeds (and so equal data order and splits).

    The statistic is undefined if the differences do not vary; see ``Comparison``.

    Args:
        first: one score per run, shape (S,), S >= 2.
        second: the other system's scores in the same order.
        confidence: confidence of the interval.

    Raises:
        InputError: there are fewer than two runs, lengths differ, or a score is not finite.
    """
    return _paired("paired t", first, second, 0.0, confidence)


def welch_t_test(first: ArrayLike, second: ArrayLike, *, confidence: float = 0.95) -> Comparison:
    """Welch's t-test, for independent runs; numbers of runs and variances may differ.

    Args:
        first: one score per run, shape (S_1,), S_1 >= 2.
        second: the other system's scores, shape (S_2,), S_2 >= 2.
        confidence: confidence of the interval.

    Raises:
        InputError: there are fewer than two runs, or a score is not finite.
    """
    a, b = _runs(first, "first"), _runs(second, "second")
    check_confidence(confidence)
    name, difference, n = "Welch's t", float(a.mean() - b.mean()), len(a) + len(b)
    if not _spread(a, a) + _spread(b, b):
        return Comparison(name, difference, None, 1.0, None, n, confidence)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Precision loss", RuntimeWarning)  # if one of them does not vary
        result = _scipy_stats().ttest_ind(a, b, equal_var=False)
    low, high = map(float, result.confidence_interval(confidence))
    return Comparison(name, difference, float(result.statistic), float(result.pvalue), (low, high), n, confidence)


def corrected_resampled_t_test(
    first: ArrayLike, second: ArrayLike, *, train_posts: float, test_posts: float, confidence: float = 0.95
) -> Comparison:
    """t-test for folds, whose scores are not independent because training sets overlap.

    Nadeau & Bengio (2003), section 5: t = mean(d) / sqrt((1/K + test/train) * var(d)) with K - 1
    degrees of freedom.

    Args:
        first: one score per fold, shape (K,), K >= 2.
        second: the other system's scores on the same folds.
        train_posts: training posts of a fold (the mean, if folds differ).
        test_posts: test posts of a fold.
        confidence: confidence of the interval.

    Raises:
        InputError: as for ``paired_t_test``, or a number of posts is not positive.
    """
    if not (train_posts > 0 and test_posts > 0):
        raise InputError(f"A fold must have posts to train and test on, not {train_posts} and {test_posts}.")
    return _paired("corrected resampled t", first, second, test_posts / train_posts, confidence)


def mcnemar_test(first_right: ArrayLike, second_right: ArrayLike, *, confidence: float = 0.95) -> Comparison:
    """McNemar's test (1947) of two systems' accuracies on the same posts.

    With b posts that only the first system predicts correctly, and c that only the second does: for b + c < 25, the
    exact binomial test with statistic min(b, c), otherwise chi-square = max(|b - c| - 1, 0)^2 / (b + c), with the
    continuity correction of Edwards (1948) and one degree of freedom. If b + c = 0, p = 1.

    The interval is Bonett & Price's (2012) adjusted Wald interval of b/N - c/N, with one post added to b and to c.

    Args:
        first_right: whether the first system is correct, booleans of shape (N,).
        second_right: the same of the second system.
        confidence: confidence of the interval.

    Raises:
        InputError: arguments are not booleans, lengths differ, or there are no posts.
    """
    a, b = np.asarray(first_right), np.asarray(second_right)
    for array in (a, b):
        if array.ndim != 1 or not len(array) or array.dtype != np.bool_:
            raise InputError(
                f"McNemar's test takes one boolean per post (whether the prediction is right), but got {array.dtype} "
                f"of shape {array.shape}."
            )
    check_same_length(a, b, "booleans of both systems")
    n, first_only, second_only = len(a), int((a & ~b).sum()), int((b & ~a).sum())
    discordant = first_only + second_only
    stats = _scipy_stats("McNemar's test")
    if discordant < MIN_FOR_CHI_SQUARE:
        test, statistic = "McNemar, exact", float(min(first_only, second_only))
        p_value = float(stats.binomtest(first_only, discordant).pvalue) if discordant else 1.0
    else:
        test, statistic = "McNemar, chi-square", max(abs(first_only - second_only) - 1, 0) ** 2 / discordant
        p_value = float(stats.chi2.sf(statistic, df=1))
    p_first, p_second = (first_only + 1) / (n + 2), (second_only + 1) / (n + 2)
    centre = p_first - p_second
    check_confidence(confidence)
    reach = NormalDist().inv_cdf((1 + confidence) / 2) * math.sqrt((p_first + p_second - centre**2) / (n + 2))
    interval = max(centre - reach, -1.0), min(centre + reach, 1.0)
    return Comparison(test, (first_only - second_only) / n, statistic, p_value, interval, n, confidence)


def bootstrap_interval(
    confusion: ArrayLike,
    score: ConfusionScore = accuracy,
    *,
    confidence: float = 0.95,
    resamples: int = 10_000,
    seed: int = 0,
) -> BootstrapInterval:
    """Bootstrap percentile interval of a score (Efron 1979), over test sets resampled with replacement.

    Args:
        confusion: confusion matrix of the test set, shape (C, C); rows are the truth.
        score: ``accuracy``, ``macro_f1``, ``weighted_f1``, or any function of confusion matrices.
        confidence: confidence of the interval.
        resamples: number of test sets.
        seed: seed of the resamples.

    Raises:
        InputError: it is no confusion matrix, there is no resample, or the confidence is not between 0 and 1.
    """
    check_confidence(confidence)
    if not isinstance(resamples, int | np.integer) or resamples < 1:
        raise InputError(f"A bootstrap needs at least one resample, not {resamples!r}.")
    matrix = as_confusion(confusion)
    flat = matrix.ravel()
    # Posts with equal truth and prediction are interchangeable, so that the resampled counts of each kind follow a
    # multinomial distribution.
    cells = np.flatnonzero(flat)
    counts, classes = flat[cells], len(matrix)

    def value(weights: NDArray[np.int64]) -> Floats:  # (R, K) to (R,)
        return score(_confusions(weights, cells, classes))

    generator, n = np.random.default_rng(seed), int(counts.sum())
    step = max(1, CELLS_PER_BLOCK // max(len(counts), classes * classes))
    sizes = [min(step, resamples - start) for start in range(0, resamples, step)]
    drawn = np.concatenate([value(generator.multinomial(n, counts / n, size=size)) for size in sizes])
    low, high = np.quantile(drawn, [(1 - confidence) / 2, (1 + confidence) / 2])
    return BootstrapInterval(float(value(counts[None])[0]), float(low), float(high), confidence, n, resamples)


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """p-values adjusted for multiple comparisons by Holm (1979), in the given order.

    The i-th smallest of m is multiplied by m - i + 1; the results are made monotone, and at most 1.

    Raises:
        InputError: a value is not between 0 and 1.
    """
    values = as_floats(p_values, "p-values")
    if not ((values >= 0) & (values <= 1)).all():
        raise InputError(f"p-values must be between 0 and 1: {list(p_values)}.")
    order = values.argsort(kind="stable")
    adjusted = np.empty_like(values)
    adjusted[order] = np.minimum(np.maximum.accumulate(values[order] * np.arange(len(values), 0, -1)), 1)
    return tuple(adjusted.tolist())


def _runs(scores: ArrayLike, which: str) -> Floats:
    values = as_floats(scores, f"scores of the {which} system")
    if values.ndim != 1 or len(values) < 2:
        raise InputError(
            f"A t-test needs at least two runs, one score each, but the {which} system has scores of shape "
            f"{values.shape}. Run it with more seeds."
        )
    if not np.isfinite(values).all():
        raise InputError(f"The {which} system has a score that is not finite: {values.tolist()}.")
    return values


def _spread(values: Floats, *scores: Floats) -> float:
    """Sample standard deviation; 0 if it is within rounding errors of the scores."""
    deviation = float(values.std(ddof=1))
    rounding = 8 * float(np.finfo(np.float64).eps) * max(float(np.abs(s).max()) for s in scores)
    return deviation if deviation > rounding else 0.0


def _paired(name: str, first: ArrayLike, second: ArrayLike, overlap: float, confidence: float) -> Comparison:
    """A t-test of K differences d: t = mean(d) / sqrt((1/K + overlap) * var(d)), with K - 1 degrees of freedom."""
    a, b = _runs(first, "first"), _runs(second, "second")
    check_same_length(a, b, "paired scores")
    check_confidence(confidence)
    k, difference = len(a), float((a - b).mean())
    error = _spread(a - b, a, b) * math.sqrt(1 / k + overlap)
    if not error:
        return Comparison(name, difference, None, 1.0, None, k, confidence)
    t = _scipy_stats().t(k - 1)
    reach = error * float(t.ppf((1 + confidence) / 2))
    p_value, interval = 2 * float(t.sf(abs(difference / error))), (difference - reach, difference + reach)
    return Comparison(name, difference, difference / error, p_value, interval, k, confidence)


def _scipy_stats(what: str = "A t-test") -> Any:
    with optional_dependency(what, "train"):
        import scipy.stats
    return scipy.stats


def _confusions(weights: Ints, cells: Ints, classes: int) -> Ints:
    """Confusion matrices (R, C, C) of R resampled counts (R, K) of K kinds of posts, each in one cell."""
    size = classes * classes
    flat = np.arange(len(weights))[:, None] * size + cells
    counts = np.bincount(flat.ravel(), weights=weights.ravel(), minlength=len(weights) * size)
    return counts.astype(np.int64).reshape(-1, classes, classes)
