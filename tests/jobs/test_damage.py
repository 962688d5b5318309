"""Hundreds of damaged inputs: none of them ends anything, and each comes out named."""

import json
import sys
from pathlib import Path

import damage
import damaged_tables
import pytest

from anymood.errors import TableError
from anymood.jobs.job import predict_files
from anymood.preparation.cleaning import MAX_CHARACTERS

# The tests' own rule, that a warning is an error, takes the place of the one that silences Pillow.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL")

CALLS = 10 * MAX_CHARACTERS  # of functions for a post: at most four for each character that is read were counted
TABLES = {case.name: case for case in damaged_tables.table_cases()}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("damage")


@pytest.fixture(scope="module")
def cases(folder):
    return damage.cases(folder)


def outcome(prediction):
    """What a case expects, by a prediction."""
    assert (prediction.problem is None) == (prediction.reason is None)
    if prediction.reason is not None:
        return damage.NAMED if prediction.label is None else damage.CUT
    return damage.FINE if prediction.label is not None else "nothing at all"


def test_there_are_at_least_500_damaged_inputs_and_no_name_twice(cases):
    assert sum(case.expected == damage.NAMED for case in cases) >= 500
    assert len({case.name for case in cases}) == len(cases)


def predicted(model, post):
    """The prediction of a post, and the number of calls of functions that it took."""
    calls = 0

    def count(frame, event, argument):
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        [prediction] = model.predict_many([post])
    finally:
        sys.setprofile(None)
    return prediction, calls


def test_each_is_named_or_predicted_with_few_calls(model, cases):
    model.predict("😀")  # the names of emoji are loaded once
    wrong = {}
    for case in cases:
        prediction, calls = predicted(model, case.post)
        if outcome(prediction) != case.expected or not 0 < calls <= CALLS:
            wrong[case.name] = (case.expected, prediction.reason, prediction.label, calls)
    assert wrong == {}


def test_they_come_out_the_same_beside_each_other(model, cases):
    together = list(model.predict_many((case.post for case in cases), batch_size=50))
    assert [outcome(prediction) for prediction in together] == [case.expected for case in cases]


def test_a_folder_of_damaged_images_keeps_a_row_for_each(model, folder, cases, tmp_path):
    summary = predict_files(model, folder, tmp_path / "out.jsonl", errors=tmp_path / "problems.jsonl")
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    expected = {
        str(case.post["image"]): case.expected
        for case in cases
        if isinstance(case.post, dict) and isinstance(case.post.get("image"), Path)
    }
    assert summary.rows == len(rows) > 400
    wrong = [row for row in rows if (row["reason"] is None) != (expected[row["image"]] == damage.FINE)]
    assert wrong == []
    listed = (tmp_path / "problems.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(listed) == sum(summary.problems.values()) == sum(row["reason"] is not None for row in rows)


@pytest.mark.parametrize("name", TABLES)
def test_a_damaged_table_keeps_its_rows_or_is_refused(model, name, tmp_path):
    case = TABLES[name]
    table = tmp_path / name
    table.write_bytes(case.content)
    if case.expected == damaged_tables.REFUSED:
        with pytest.raises(TableError) as caught:
            predict_files(model, table, tmp_path / "out.jsonl")
        assert str(table) in str(caught.value)
        return
    summary = predict_files(model, table, tmp_path / "out.jsonl")
    assert (summary.rows, summary.problems) == (case.rows, case.reasons)
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(rows) == case.rows
