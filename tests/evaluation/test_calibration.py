import numpy as np
import pytest

from anymood.errors import InputError
from anymood.evaluation.calibration import TEMPERATURE_RANGE, fit_temperature, reliability_curve
from anymood.probabilities import softmax


def negative_log_likelihood(logits, truth, temperature):
    return -np.log(softmax(logits, temperature)[np.arange(len(truth)), truth]).mean()


def drawn(n=20_000, classes=5, seed=0):
    """Logits, and labels drawn from their softmax: calibrated by construction."""
    generator = np.random.default_rng(seed)
    logits = generator.normal(scale=2, size=(n, classes))
    truth = (softmax(logits).cumsum(axis=1) < generator.random((n, 1))).sum(axis=1)
    return logits, truth


@pytest.mark.parametrize("temperature", [0.2, 1.0, 3.0])
def test_the_temperature_that_was_put_in_comes_out(temperature):
    logits, truth = drawn()
    assert fit_temperature(logits * temperature, truth) == pytest.approx(temperature, rel=0.03)


def test_no_temperature_has_a_higher_likelihood():
    logits, truth = drawn(n=300, seed=1)
    logits *= 4
    best = fit_temperature(logits, truth)
    grid = np.geomspace(*TEMPERATURE_RANGE, 400)
    losses = [negative_log_likelihood(logits, truth, t) for t in grid]
    assert negative_log_likelihood(logits, truth, best) <= min(losses)
    assert best == pytest.approx(grid[np.argmin(losses)], rel=0.02)


def test_posts_without_logits_change_nothing():
    logits, truth = drawn(n=400)
    with_gaps = np.insert(logits, [0, 17, 400], np.nan, axis=0)
    assert fit_temperature(with_gaps, np.insert(truth, [0, 17, 400], 4)) == fit_temperature(logits, truth)


def test_where_every_post_is_right_nothing_is_made_more_certain():
    logits = np.tile([[4.0, 0.0], [0.0, 4.0]], (40, 1))
    right = np.tile([0, 1], 40)
    assert fit_temperature(logits, right) == 1.0
    assert fit_temperature(logits * 1e6, right) == 1.0
    assert fit_temperature(logits, 1 - right) == TEMPERATURE_RANGE[1]


def test_too_little_to_learn_from_leaves_the_logits_as_they_are():
    logits, truth = drawn(n=29)
    assert fit_temperature(logits * 5, truth) == 1.0
    assert fit_temperature(np.full((50, 3), np.nan), np.zeros(50, dtype=int)) == 1.0
    assert fit_temperature(np.full((50, 3), 2.5), np.zeros(50, dtype=int)) == 1.0


def test_the_reliability_curve_of_a_worked_example():
    # Two posts at 0.9 (one right), one at 0.6 (right), and one post that was not seen.
    probabilities = [[0.9, 0.1], [0.1, 0.9], [0.4, 0.6], [np.nan, np.nan]]
    curve = reliability_curve(probabilities, [0, 0, 1, 1], bins=10)
    lower, upper = curve.bins
    assert (lower.count, lower.accuracy, upper.count, upper.accuracy) == (1, 1.0, 2, 0.5)
    assert (lower.confidence, upper.confidence) == pytest.approx((0.6, 0.9))
    assert (upper.low, upper.high) == pytest.approx((0.8, 0.9))  # an edge belongs to the bin below it
    assert curve.ece == pytest.approx((1 * 0.4 + 2 * 0.4) / 3)


def test_calibrated_predictions_have_next_to_no_calibration_error():
    logits, truth = drawn()
    assert reliability_curve(softmax(logits), truth).ece < 0.015
    assert reliability_curve(softmax(logits, 0.25), truth).ece > 0.1


def test_certain_predictions_stand_in_the_last_bin():
    curve = reliability_curve([[1.0, 0.0]], [0])
    assert (curve.bins[0].high, curve.ece) == (1.0, 0.0)


def test_nothing_seen_is_an_error():
    with pytest.raises(InputError, match="cannot predict any post"):
        reliability_curve([[np.nan, np.nan]], [0])
