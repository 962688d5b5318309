import csv
import json

import numpy as np
import pytest
import torch
from same import assert_same, assert_same_file

from anymood.posts import Prediction, Problem, Reason, Scores


def prediction(positive, **named):
    return Prediction("text", text=Scores(("bad", "good"), (1 - positive, positive)), **named)


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        (prediction(0.75), prediction(0.750_005)),
        ([prediction(0.75)], iter([prediction(0.750_005)])),
        (prediction(0.75).text, {"bad": 0.25, "good": 0.75}),
        (prediction(0.75).to_dict(), prediction(0.75)),
        (np.array([[1.0, np.nan]]), torch.tensor([[1.000_009, np.nan]])),
        ({"a": [1, "x", None, 0.3]}, {"a": (1, "x", None, 0.300_001)}),
    ],
)
def test_last_digits_may_differ(actual, expected):
    assert_same(actual, expected)


@pytest.mark.parametrize(
    ("actual", "expected", "message"),
    [
        (prediction(0.75), prediction(0.750_02), r"\['probabilities'\]\['bad'\] is 0.25, not 0.2499"),
        (prediction(0.75), prediction(0.75, problems=(Problem(Reason.EMPTY, "a"),)), r"\['problem'\] is None, not 'a'"),
        ([prediction(0.75)], [], r"\[0\] is "),
        ({"a": 1}, {"a": 1, "b": None}, r"\['b'\] is "),
        ([1], [2], r"\[0\] is 1, not 2"),
        (["0.5"], [0.5], r"\[0\] is '0.5', not 0.5"),
        (np.array([1.0, np.nan]), np.array([1.0, 2.0]), "the result is"),
        (np.zeros((1, 2)), np.zeros((2, 1)), "the result is"),
        (np.array([1, 2]), np.array([1, 3]), "the result is"),
    ],
)
def test_all_else_is_reported_with_its_place(actual, expected, message):
    with pytest.raises(AssertionError, match=message):
        assert_same(actual, expected)


@pytest.mark.parametrize("suffix", [".csv", ".jsonl"])
def test_files_are_the_same_but_for_last_digits(tmp_path, suffix):
    def write(name, *rows):
        path = tmp_path / f"{name}{suffix}"
        with path.open("w", encoding="utf-8", newline="") as file:
            if suffix == ".csv":
                csv.writer(file).writerows([["id", "text", "p"], *rows])
            else:
                file.writelines(json.dumps(dict(zip(("id", "text", "p"), row, strict=True))) + "\n" for row in rows)
        return path

    first = write("first", (1, "a\nb", 0.25), (2, "c", 1e-7))
    assert_same_file(first, write("same", (1, "a\nb", 0.250_001), (2, "c", 0.0)))
    for name, rows in {
        "number": ((1, "a\nb", 0.26), (2, "c", 1e-7)),
        "text": ((1, "a\nB", 0.25), (2, "c", 1e-7)),
        "id": ((1, "a\nb", 0.25), (3, "c", 1e-7)),
        "lost": ((1, "a\nb", 0.25),),
    }.items():
        with pytest.raises(AssertionError):
            assert_same_file(first, write(name, *rows))
