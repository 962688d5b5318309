import numpy as np
import pytest

from anymood.errors import InputError
from anymood.probabilities import softmax


def test_softmax_of_large_logits_is_finite():
    probabilities = softmax(np.array([[1e30, -1e30], [0, np.log(3)]], np.float32), 1.0)
    assert probabilities == pytest.approx(np.array([[1, 0], [0.25, 0.75]]))
    assert softmax(np.array([[0, 2]], np.float32), 2.0) == pytest.approx(1 / (1 + np.exp([[1, -1]])))


def test_softmax_is_stable_and_keeps_rows_of_nan():
    logits = np.array([[1000.0, 999.0], [-1000.0, -1000.0], [np.nan, np.nan]])
    result = softmax(logits)
    np.testing.assert_allclose(result[0], [1 / (1 + np.exp(-1)), 1 / (1 + np.exp(1))])
    np.testing.assert_allclose(result[1], [0.5, 0.5])
    assert np.isnan(result[2]).all()


def test_softmax_divides_by_the_temperature():
    np.testing.assert_allclose(softmax([2.0, 4.0], 2.0), softmax([1.0, 2.0]))


@pytest.mark.parametrize("temperature", [0.0, -1.0, np.nan, np.inf])
def test_softmax_refuses_what_is_not_a_temperature(temperature):
    with pytest.raises(InputError, match="temperature"):
        softmax([1.0, 2.0], temperature)
