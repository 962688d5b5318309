import json
import math
from dataclasses import asdict

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests

from anymood.errors import InputError, MissingExtra
from anymood.evaluation.metrics import accuracy, confusion_matrix, macro_f1, weighted_f1
from anymood.evaluation.significance import (
    bootstrap_interval,
    corrected_resampled_t_test,
    holm,
    mcnemar_test,
    paired_t_test,
    welch_t_test,
)

FIRST = [0.912, 0.905, 0.921, 0.917, 0.908]
SECOND = [0.899, 0.901, 0.904, 0.910, 0.893]


def test_the_paired_t_test_agrees_with_scipy():
    result, expected = paired_t_test(FIRST, SECOND), stats.ttest_rel(FIRST, SECOND)
    assert (result.statistic, result.p_value) == pytest.approx((expected.statistic, expected.pvalue))
    assert result.interval == pytest.approx(tuple(expected.confidence_interval()))
    assert result.difference == pytest.approx(np.mean(FIRST) - np.mean(SECOND))
    assert (result.test, result.n) == ("paired t", 5)


def test_welch_agrees_with_scipy():
    result, expected = (
        welch_t_test(FIRST, SECOND[:3], confidence=0.9),
        stats.ttest_ind(FIRST, SECOND[:3], equal_var=False),
    )
    assert (result.statistic, result.p_value) == pytest.approx((expected.statistic, expected.pvalue))
    assert result.interval == pytest.approx(tuple(expected.confidence_interval(0.9)))
    assert (result.n, result.confidence) == (8, 0.9)


def test_welch_takes_a_system_that_does_not_vary():
    result, expected = welch_t_test(FIRST, [0.9, 0.9, 0.9]), stats.ttest_1samp(FIRST, 0.9)
    assert (result.statistic, result.p_value) == pytest.approx((expected.statistic, expected.pvalue))


def test_the_corrected_test_by_its_formula():
    differences = np.subtract(FIRST, SECOND)
    result = corrected_resampled_t_test(FIRST, SECOND, train_posts=3600, test_posts=450)
    expected = differences.mean() / math.sqrt((1 / 5 + 450 / 3600) * differences.var(ddof=1))
    assert result.statistic == pytest.approx(expected)
    assert result.p_value == pytest.approx(2 * stats.t.sf(expected, 4))
    assert result.p_value > paired_t_test(FIRST, SECOND).p_value


def test_the_corrected_test_without_overlap_is_the_plain_one():
    corrected = corrected_resampled_t_test(FIRST, SECOND, train_posts=1e12, test_posts=1)
    plain = paired_t_test(FIRST, SECOND)
    assert (corrected.statistic, corrected.p_value) == pytest.approx((plain.statistic, plain.p_value))


@pytest.mark.parametrize("shift", [0.0, 0.02])
def test_runs_that_do_not_vary_prove_nothing(shift):
    # In floating point the shifted differences do vary, by rounding alone.
    shifted = [score - shift for score in FIRST]
    for result in (
        paired_t_test(FIRST, shifted),
        corrected_resampled_t_test(FIRST, shifted, train_posts=9, test_posts=1),
        welch_t_test([0.7] * 3, [0.7 - shift] * 3),
    ):
        assert (result.statistic, result.p_value, result.interval) == (None, 1.0, None)
        assert result.difference == pytest.approx(shift)
        json.dumps(asdict(result), allow_nan=False)


def test_t_tests_refuse_what_they_cannot_judge():
    with pytest.raises(InputError, match="at least two runs"):
        paired_t_test([0.9], [0.8])
    with pytest.raises(InputError, match="5 and 4"):
        paired_t_test(FIRST, SECOND[:4])
    with pytest.raises(InputError, match="second system has a score that is not finite"):
        welch_t_test(FIRST, [0.8, math.nan])
    with pytest.raises(InputError, match="confidence"):
        paired_t_test(FIRST, SECOND, confidence=95)
    with pytest.raises(InputError, match="posts to train"):
        corrected_resampled_t_test(FIRST, SECOND, train_posts=0, test_posts=10)


def test_without_scipy_a_t_test_names_the_extra(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "scipy.stats", None)
    with pytest.raises(MissingExtra, match="A t-test"):
        paired_t_test(FIRST, SECOND)


def rights(both, first_only, second_only, neither):
    counts = [both, first_only, second_only, neither]
    return np.repeat([True, True, False, False], counts), np.repeat([True, False, True, False], counts)


@pytest.mark.parametrize(("first_only", "second_only"), [(8, 1), (1, 8), (12, 12), (24, 0), (40, 20), (300, 301)])
def test_mcnemar_agrees_with_statsmodels(first_only, second_only):
    exact = first_only + second_only < 25
    result = mcnemar_test(*rights(100, first_only, second_only, 30))
    expected = mcnemar([[100, first_only], [second_only, 30]], exact=exact)
    assert (result.statistic, result.p_value) == pytest.approx((expected.statistic, min(expected.pvalue, 1)))
    assert result.test == ("McNemar, exact" if exact else "McNemar, chi-square")
    assert result.difference == pytest.approx((first_only - second_only) / result.n)
    assert result.interval[0] < result.difference < result.interval[1]


def test_mcnemar_of_systems_that_never_differ():
    result = mcnemar_test(*rights(10, 0, 0, 5))
    assert (result.p_value, result.difference, result.n) == (1.0, 0.0, 15)
    assert result.interval[0] == -result.interval[1] < 0


def test_the_continuity_correction_never_turns_equality_into_evidence():
    assert mcnemar_test(*rights(10, 30, 30, 5)).p_value == 1.0


def test_the_interval_of_mcnemar_covers():
    generator = np.random.default_rng(0)
    covered = 0
    for _ in range(400):
        cells = generator.multinomial(60, [0.6, 0.2, 0.1, 0.1])
        low, high = mcnemar_test(*rights(*cells)).interval
        covered += low <= 0.1 <= high
    assert 0.92 < covered / 400 < 0.98


def test_mcnemar_takes_booleans():
    with pytest.raises(InputError, match="one boolean per post"):
        mcnemar_test([1, 0], [0, 1])
    with pytest.raises(InputError, match="2 and 1"):
        mcnemar_test([True, False], [True])


def predictions(n=300, classes=4, seed=0):
    generator = np.random.default_rng(seed)
    truth = generator.integers(0, classes, n)
    predicted = np.where(generator.random(n) < 0.7, truth, generator.integers(0, classes, n))
    return truth, predicted


@pytest.mark.parametrize("score", [accuracy, macro_f1, weighted_f1])
def test_the_bootstrap_agrees_with_drawing_posts_one_by_one(score):
    truth, predicted = predictions()
    confusion = confusion_matrix(truth, predicted, 4)
    interval = bootstrap_interval(confusion.tolist(), score, seed=1)
    generator = np.random.default_rng(2)
    drawn = []
    for _ in range(1500):
        rows = generator.integers(0, 300, 300)
        drawn.append(score(confusion_matrix(truth[rows], predicted[rows], 4)))
    low, high = np.quantile(drawn, [0.025, 0.975])
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=0.01)
    assert interval.value == pytest.approx(score(confusion))


def test_the_bootstrap_is_seeded():
    confusion = confusion_matrix(*predictions(), 4)
    once, again, other = (bootstrap_interval(confusion, macro_f1, resamples=200, seed=seed) for seed in (0, 0, 1))
    assert once == again
    assert once != other


def test_resamples_are_drawn_alike_in_one_piece_and_in_several(monkeypatch):
    confusion = confusion_matrix(*predictions(), 4)
    whole = bootstrap_interval(confusion, resamples=300)
    monkeypatch.setattr("anymood.evaluation.significance.CELLS_PER_BLOCK", 700)
    assert bootstrap_interval(confusion, resamples=300) == whole


def test_the_bootstrap_refuses_to_draw_nothing():
    with pytest.raises(InputError, match="resample"):
        bootstrap_interval([[1, 0], [0, 1]], resamples=0)


@pytest.mark.parametrize("values", [[0.01, 0.04, 0.03], [0.5, 0.9, 0.001, 0.02, 0.02], [0.2], []])
def test_holm_agrees_with_statsmodels(values):
    expected = multipletests(values, method="holm")[1] if values else []
    assert holm(values) == pytest.approx(tuple(expected))


def test_holm_refuses_what_is_not_a_p_value():
    with pytest.raises(InputError, match="between 0 and 1"):
        holm([0.5, math.nan])


@pytest.mark.parametrize(
    ("confusion", "message"),
    [
        ([[1, 2, 3], [4, 5, 6]], "shape"),
        ([[0, 0], [0, 0]], "at least one post"),
        ([[-1, 2], [3, 4]], "numbers of posts"),
        ([[1.5, 2], [3, 4]], "numbers of posts"),
        ([[np.nan, 2], [3, 4]], "numbers of posts"),
        ([], "shape"),
    ],
)
def test_the_bootstrap_refuses_what_is_not_a_confusion_matrix(confusion, message):
    with pytest.raises(InputError, match=message):
        bootstrap_interval(confusion)
