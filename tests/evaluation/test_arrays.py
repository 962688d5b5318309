import numpy as np
import pytest

from anymood.errors import InputError
from anymood.evaluation.arrays import as_classes, as_probabilities, as_rows, check_same_length, seen


def test_rows_pass_and_absent_rows_are_distinguished():
    rows = as_probabilities([[0.25, 0.75], [np.nan, np.nan], [1, 0]])
    assert rows.dtype == np.float64
    assert seen(rows, "probabilities").tolist() == [True, False, True]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([0.5, 0.5], "shape"),
        ([["a", "b"]], "an array of numbers: could not convert string to float"),
        ([[0.5, 0.5], [1.0]], "an array of numbers"),
        (np.empty((0, 3)), "no probabilities"),
        ([[1.0], [1.0]], "at least two classes"),
        ([[0.5, 0.5], [0.5, np.nan]], "in row 1"),
        ([[0.5, 0.5], [np.inf, 0.5]], "in row 1"),
        ([[0.5, 0.5], [-0.5, 1.5]], "negative value in row 1"),
        ([[0.5, 0.5], [0.7, 0.7]], "row 1 sum to 1.4"),
    ],
)
def test_what_is_not_a_probability_is_refused(values, message):
    with pytest.raises(InputError, match=message):
        as_probabilities(values)


def test_single_precision_passes():
    rows = np.random.default_rng(0).dirichlet(np.ones(28), size=500).astype(np.float32)
    assert as_probabilities(rows).shape == (500, 28)


def test_logits_may_be_anything_finite():
    assert as_rows([[-3, 40], [2, 2]], "logits").shape == (2, 2)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([], "empty"),
        ([[0], [1]], "shape"),
        ([0.0, 1.0], "float64"),
        ([True, False], "bool"),
        ([0, 1, 3], "Row 2 of the truth is class 3, but the classes go from 0 to 2"),
        ([0, -1], "Row 1"),
    ],
)
def test_what_is_not_a_class_is_refused(values, message):
    with pytest.raises(InputError, match=message):
        as_classes(values, 3)


def test_lengths_must_agree():
    with pytest.raises(InputError, match="3 and 2"):
        check_same_length(np.zeros(3), np.zeros(2), "scores")
