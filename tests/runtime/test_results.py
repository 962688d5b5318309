import csv
import io
import json

import pytest

from anymood.labels import LabelSet
from anymood.posts import Prediction, Problem, Reason, Scores
from anymood.runtime.results import ResultColumns, free_names
from anymood.tables.columns import Columns
from anymood.tables.format import Layout
from anymood.tables.registry import format_of
from anymood.tables.rows import read_rows

LABELS = LabelSet(("bad", "good"))
TEXT, IMAGE, FUSED = (Scores(LABELS.names, values) for values in ((0.25, 0.75), (0.5, 0.5), (0.125, 0.875)))
BOTH = Prediction("both", TEXT, IMAGE, FUSED)
NOTHING = Prediction("none", problems=(Problem(Reason.NOTHING_TO_SEE, "Nothing there."),))


@pytest.fixture
def write(tmp_path):
    """Write rows, the last of them with a second writer that goes on in the file; returns the finished bytes."""

    def write(suffix, columns, *rows, schema=None, **how):
        partial = tmp_path / "rows"
        results = ResultColumns(LABELS, columns)
        layout = Layout(tuple(columns), results.kinds, schema, **how)
        for rows_of_one, begin in ((rows[:-1], True), (rows[-1:], False)):
            with partial.open("wb" if begin else "ab") as file:
                writer = format_of(suffix).writer(file, layout, begin=begin)
                for values, prediction in rows_of_one:
                    writer.write(values, results.values(prediction))
                writer.flush()
        return writer.finish(partial).read_bytes()

    return write


def test_csv_holds_infinities(write):
    rows = [({"n": value}, NOTHING) for value in (float("inf"), float("-inf"), float("nan"))]
    assert [row["n"] for row in csv.DictReader(write(".csv", ["n"], *rows).decode().splitlines())] == [
        "inf",
        "-inf",
        "",
    ]


def test_csv_has_a_column_for_each_label(write):
    written = write(".csv", ["n", "text"], ({"n": "1", "text": 'a "b",\nc'}, BOTH), ({"n": "2"}, NOTHING))
    assert written.decode() == (
        "n,text,label,p_bad,p_good,text_scores.bad,text_scores.good,image_scores.bad,image_scores.good,"
        "fused_scores.bad,fused_scores.good,used,disagreement,problem,reason\n"
        '1,"a ""b"",\nc",good,0.125000,0.875000,0.250000,0.750000,0.500000,0.500000,0.125000,0.875000,'
        "both,0.250000,,\n"
        "2,,,,,,,,,,,none,,Nothing there.,nothing to see\n"
    )


def test_tsv_is_csv_with_tabs(write):
    assert write(".tsv", ["n"], ({"n": "a,b"}, BOTH)).splitlines()[1].startswith(b"a,b\tgood\t")


@pytest.mark.parametrize("suffix", [".csv", ".tsv"])
def test_cells_come_back_whatever_they_hold(write, suffix, tmp_path):
    delimiter = {".csv": ",", ".tsv": "\t"}[suffix]
    texts = ["a\rb", "a\nb", "a\r\nb", "\r", "a\n\r", 'a "b"', '"', "a\tb", "a,b", "", " a "]
    rows = [({"n": str(n), "text": text}, BOTH) for n, text in enumerate(texts)]
    path = tmp_path / f"out{suffix}"
    path.write_bytes(write(suffix, ["n", "text"], *rows))
    assert path.read_bytes().endswith(b",\n" if suffix == ".csv" else b"\t\n")
    with path.open(newline="", encoding="utf-8") as file:
        assert [row["text"] for row in csv.DictReader(file, delimiter=delimiter)] == texts
    read = list(read_rows(path, Columns()))
    assert [row.values["text"] for row in read] == texts
    assert not any(problem for row in read for problem in row.problems if problem.reason != "empty post")


def test_csv_writes_what_is_not_text_as_json_and_leaves_out_bytes(write):
    row = {"list": [1, {"a": float("nan")}], "bytes": b"\xff", "none": None}
    line = write(".csv", list(row), (row, NOTHING)).splitlines()[1]
    assert line.startswith(b'"[1, {""a"": null}]",,,')


@pytest.mark.parametrize("suffix", [".jsonl", ".ndjson"])
def test_json_lines_hold_what_each_classifier_says(write, suffix):
    first, second = map(json.loads, write(suffix, ["text"], ({"text": "é"}, BOTH), ({"text": 1}, NOTHING)).splitlines())
    assert first == {
        "text": "é",
        "label": "good",
        "p_bad": 0.125,
        "p_good": 0.875,
        "used": "both",
        "text_scores": {"bad": 0.25, "good": 0.75},
        "image_scores": {"bad": 0.5, "good": 0.5},
        "fused_scores": {"bad": 0.125, "good": 0.875},
        "disagreement": 0.25,
        "problem": None,
        "reason": None,
    }
    assert (second["p_good"], second["text_scores"]) == (None, None)
    assert second["reason"] == "nothing to see"


def test_parquet_keeps_the_types_of_parquet_and_makes_text_of_the_rest(write):
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    kinds = arrow.array(["a", "b"]).dictionary_encode()
    before = arrow.table({"label": arrow.array([7, None], arrow.int16()), "raw": [b"\xff", b""], "kind": kinds})
    rows = [({"label": 7, "raw": b"\xff", "kind": "a"}, BOTH), ({"label": None, "raw": b"", "kind": "b"}, NOTHING)]
    written = write(".parquet", ["label", "raw", "kind"], *rows, schema=before.schema)
    table = parquet.read_table(io.BytesIO(written))
    assert table.select(["label", "raw", "kind"]).equals(before)
    assert table["predicted_label"].to_pylist() == ["good", None]
    assert table["fused_scores"].to_pylist() == [FUSED.probabilities, None]

    mixed = write(".parquet", ["n"], ({"n": 1}, BOTH), ({"n": "a"}, BOTH), ({"n": [1]}, BOTH))
    assert parquet.read_table(io.BytesIO(mixed))["n"].to_pylist() == ["1", "a", "[1]"]


def test_parquet_keeps_types_within_types(write):
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    coded = arrow.dictionary(arrow.int8(), arrow.string())
    before = arrow.table(
        {
            "tags": arrow.array([["a", "b"], None], arrow.list_(coded)),
            "two": arrow.array([["a", "b"], ["b", "a"]], arrow.list_(coded, 2)),
            "by": arrow.array([{"who": "a"}, None], arrow.struct([("who", coded)])),
            "named": arrow.array([[("a", "b")], None], arrow.map_(arrow.string(), coded)),
            "flag": arrow.array([True, None], arrow.bool_()).cast(arrow.bool8()),
        }
    )
    file = io.BytesIO()
    parquet.write_table(before, file)
    before = parquet.read_table(file)
    rows = [(row, BOTH) for row in before.to_pylist()]
    after = parquet.read_table(io.BytesIO(write(".parquet", before.column_names, *rows, schema=before.schema)))
    assert after.select(before.column_names).equals(before)


def test_parquet_writes_out_what_arrow_cannot_make_again(write):
    arrow = pytest.importorskip("pyarrow", "24", reason="pyarrow writes no views of lists to Parquet before 24")
    parquet = pytest.importorskip("pyarrow.parquet")
    schema = arrow.schema([("tags", arrow.list_view(arrow.dictionary(arrow.int8(), arrow.string())))])
    after = parquet.read_table(io.BytesIO(write(".parquet", ["tags"], ({"tags": ["a", "b"]}, BOTH), schema=schema)))
    assert after["tags"].to_pylist() == [["a", "b"]]


def test_parquet_is_written_a_group_of_rows_at_a_time(write, monkeypatch):
    parquet = pytest.importorskip("pyarrow.parquet")
    monkeypatch.setattr("anymood.tables.formats.parquet.ROWS_WRITTEN", 2)
    written = parquet.ParquetFile(io.BytesIO(write(".parquet", ["n"], *[({"n": "1"}, BOTH)] * 5)))
    assert written.metadata.num_row_groups == 3
    assert written.metadata.num_rows == 5


def test_a_name_that_is_taken_gets_one_in_front():
    assert free_names(["label", "used"], ["label", "predicted_label"]) == {
        "label": "predicted_predicted_label",
        "used": "used",
    }
    assert free_names(["text_scores"], ["text_scores.good"]) == {"text_scores": "predicted_text_scores"}


def test_parquet_takes_what_is_not_text(write):
    parquet = pytest.importorskip("pyarrow.parquet")
    prediction = Prediction("none", problems=(Problem(Reason.EMPTY_POST, "it is empty.", "posts\udcff.csv:2"),))
    written = parquet.read_table(io.BytesIO(write(".parquet", ["n"], ({"n": "a\ud83d"}, prediction))))
    assert written["n"].to_pylist() == ["a?"]
    assert written["problem"].to_pylist() == ["posts?.csv:2: it is empty."]
