import csv
import gzip
import io
import json
import os
import sys
import tracemalloc
from contextlib import nullcontext

import numpy as np
import pandas
import pytest
from same import assert_same
from scored_tables import write_csv

from anymood.errors import JobError, SettingError, TableError
from anymood.jobs.job import predict_files
from anymood.tables.columns import Columns
from anymood.tables.rows import read_rows

ROWS = [
    {"id": "a", "text": "love wonderful", "image": "", "likes": "3"},
    {"id": "b", "text": "awful", "image": "gone.jpg", "likes": ""},
    {"id": "c", "text": "", "image": "", "likes": "x"},
]


@pytest.fixture
def posts(tmp_path):
    return write_csv(tmp_path / "posts.csv", ROWS)


def half_a_table(folder, name, content):
    """A gzipped table that ends in its middle."""
    packed = gzip.compress(content)
    (folder / name).write_bytes(packed[: len(packed) // 2])
    return folder / name


def read_csv(path):
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


def test_rows_keep_their_order_and_their_cells(model, posts, tmp_path):
    predict_files(model, posts, tmp_path / "out.csv", batch_size=2)
    written = read_csv(tmp_path / "out.csv")
    assert [{name: row[name] for name in ROWS[0]} for row in written] == ROWS
    assert [row["label"] for row in written] == ["positive", "negative", ""]
    assert [row["used"] for row in written] == ["text", "text", "none"]


def test_a_row_is_predicted_as_a_single_post_would_be(model, table, tmp_path):
    predict_files(model, table, tmp_path / "out.jsonl", batch_size=7)
    written = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(written) == 60
    for row, read in zip(written, read_rows(table), strict=True):
        alone = model.predict(read.post.text, read.post.image)
        assert row["id"] == read.post.id
        assert row["predicted_label"] == alone.label
        assert_same({label: row[f"p_{label}"] for label in model.labels}, alone.probabilities, by=model)
        assert_same(row["disagreement"], alone.disagreement, by=model)


def test_problems_of_the_row_and_of_its_image_come_together(model, posts, odd_images, tmp_path):
    with posts.open("a", encoding="utf-8") as file:
        file.write(f"d,love,{odd_images['truncated']},1\n")
    summary = predict_files(model, posts, tmp_path / "out.csv")
    missing, empty, broken = read_csv(tmp_path / "out.csv")[1:]
    assert "posts.csv:3" in missing["problem"]
    assert "gone.jpg" in missing["problem"]
    assert missing["reason"] == "missing image"
    assert empty["reason"] == "nothing to see"
    assert "truncated.jpg" in broken["problem"]
    assert broken["label"] == "positive"
    assert summary.rows == 4
    assert summary.labels == {"negative": 1, "neutral": 0, "positive": 2}
    assert summary.problems == {"missing image": 1, "nothing to see": 1, "truncated": 1}


def test_an_image_that_no_longer_exists_is_reported_once_where_nothing_else_is_left(model, tmp_path):
    table = tmp_path / "posts.csv"
    table.write_text("image\ngone.jpg\n", encoding="utf-8")
    predict_files(model, table, tmp_path / "out.csv")
    [row] = read_csv(tmp_path / "out.csv")
    assert row["used"] == "none"
    assert row["reason"] == "missing image"
    assert "nothing" not in row["problem"].lower()


def test_the_labels_of_a_table_are_not_looked_at(model, tmp_path):
    table = tmp_path / "posts.jsonl"
    table.write_text(json.dumps({"tweet": "love", "label": ["joy"], "split": {}}) + "\n", encoding="utf-8")
    assert predict_files(model, table, tmp_path / "out.csv", Columns(text="tweet")).problems == {}


def test_columns_go_by_other_names(model, tmp_path):
    table = tmp_path / "posts.tsv"
    table.write_text("tweet\tlabel\nlove\tgold\n", encoding="utf-8")
    predict_files(model, table, tmp_path / "out.tsv", Columns(text="tweet"))
    header, row = (tmp_path / "out.tsv").read_text(encoding="utf-8").splitlines()
    assert header.split("\t")[:3] == ["tweet", "label", "predicted_label"]
    assert row.split("\t")[:3] == ["love", "gold", "positive"]


def test_a_stream_gets_rows_as_they_come_and_stays_open(model, posts):
    stream = io.BytesIO()
    predict_files(model, posts, stream, suffix=".csv")
    assert stream.getvalue().count(b"\n") == 4


def test_progress_counts_the_rows(model, posts, tmp_path):
    seen = []
    predict_files(model, posts, tmp_path / "out.csv", progress=lambda _: nullcontext(seen.append))
    assert seen == [0, 1, 2, 3]


def test_what_fails_on_the_way_keeps_the_old_result_and_the_rows_before(model, tmp_path):
    table = half_a_table(tmp_path, "posts.csv.gz", b"text\n" + b"love they said\n" * 20000)
    target = tmp_path / "out.csv"
    target.write_text("old", encoding="utf-8")
    with pytest.raises(TableError, match=r"cannot be read to the end.* rows before are kept in .*out\.csv\.part"):
        predict_files(model, table, target, overwrite=True)
    assert target.read_text(encoding="utf-8") == "old"
    rows = read_csv(tmp_path / "out.csv.part" / "rows.csv")
    assert len(rows) > 1000
    assert {row["label"] for row in rows} == {"positive"}


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".jsonl", ".parquet"])
def test_a_key_that_comes_too_late_is_reported(model, tmp_path, suffix, monkeypatch):
    monkeypatch.setattr("anymood.tables.json_rows.ROWS_THAT_NAME_COLUMNS", 2)
    rows = [{"text": "love"}, {"text": "awful"}, {"text": "love", "label": "mine", "likes": 3}, {"text": "love"}]
    (tmp_path / "posts.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    summary = predict_files(model, tmp_path / "posts.jsonl", tmp_path / f"out{suffix}")
    assert summary.problems == {"late key": 1}
    assert summary.labels == {"negative": 1, "neutral": 0, "positive": 3}
    if suffix == ".parquet":
        parquet = pytest.importorskip("pyarrow.parquet")
        written = parquet.read_table(tmp_path / "out.parquet").to_pylist()
    elif suffix == ".jsonl":
        written = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]
        assert written[2]["likes"] == 3  # an object has a place for it
    else:
        lines = (tmp_path / f"out{suffix}").read_text(encoding="utf-8").splitlines()
        written = list(csv.DictReader(lines, delimiter="," if suffix == ".csv" else "\t"))
    assert [row["label"] for row in written] == ["positive", "negative", "positive", "positive"]
    assert [row["reason"] or None for row in written] == [None, None, "late key", None]
    lost = "'label'" if suffix == ".jsonl" else "'label', 'likes'"
    assert written[2]["problem"].startswith(f"posts.jsonl:3: its keys {lost} are not in the first rows")


@pytest.mark.parametrize(
    ("target", "message"),
    [("posts.csv", "is also the input"), ("no/out.csv", "no folder"), ("out.docx", "no suffix")],
)
def test_a_target_that_cannot_be_written_is_refused(model, posts, target, message):
    with pytest.raises(SettingError, match=message):
        predict_files(model, posts, posts.parent / target)
    assert read_csv(posts) == ROWS


@pytest.mark.parametrize("earlier", ["out.csv", "problems.csv"])
def test_an_earlier_output_in_the_folder_of_the_inputs_is_not_predicted(model, posts, tmp_path, earlier):
    options = {"errors": tmp_path / "problems.csv", "overwrite": True}
    predict_files(model, tmp_path, tmp_path / "out.csv", **options)
    for name in {"out.csv", "problems.csv"} - {earlier}:
        (tmp_path / name).unlink()
    with pytest.raises(SettingError, match=rf"{earlier} is also the input"):
        predict_files(model, tmp_path, tmp_path / "out.csv", **options)


def test_memory_does_not_grow_with_the_table(model, tmp_path):
    def peak(rows):
        table = tmp_path / f"{rows}.csv"
        table.write_text("text\n" + f"love {'the ' * 200}\n" * rows, encoding="utf-8")
        tracemalloc.start()
        predict_files(model, table, tmp_path / "out.csv", batch_size=64, overwrite=True)
        _, highest = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return highest

    peak(64)
    # Bytes; 1,000 more texts are 850,000. How many batches are under way at once is a matter of timing.
    assert peak(1400) < peak(400) + 425_000


def test_two_processes_do_not_write_one_output(model, posts, tmp_path):
    def second(_):
        with pytest.raises(JobError, match="Another process is writing"):
            predict_files(model, posts, tmp_path / "out.csv")

    predict_files(model, posts, tmp_path / "out.csv", progress=lambda _: nullcontext(second))
    assert len(read_csv(tmp_path / "out.csv")) == 3


def test_the_list_of_problems_has_a_place_of_its_own(model, posts, tmp_path):
    with pytest.raises(SettingError, match=r"must end in \.csv or \.jsonl"):
        predict_files(model, posts, tmp_path / "out.csv", errors=tmp_path / "e.txt")
    with pytest.raises(SettingError, match="both the output and the list"):
        predict_files(model, posts, tmp_path / "out.csv", errors=tmp_path / "out.csv")
    with pytest.raises(SettingError, match="Parquet cannot be written to a stream"):
        predict_files(model, posts, io.BytesIO(), suffix=".PARQUET")
    with pytest.raises(SettingError, match=r"cannot be written: "):
        predict_files(model, posts, tmp_path / "out.csv", errors="/proc/e.csv")  # where nobody makes a file
    stream = io.BytesIO()
    predict_files(model, posts, stream, suffix=".csv", errors=tmp_path / "e.csv")
    message = [(row["row"], row["where"], row["id"], row["reason"]) for row in read_csv(tmp_path / "e.csv")]
    assert message == [("2", "posts.csv:3", "b", "missing image"), ("3", "posts.csv:4", "c", "nothing to see")]


def test_a_link_leads_to_the_output(model, posts, tmp_path):
    (tmp_path / "kept").mkdir()
    link = tmp_path / "out.csv"
    link.symlink_to(tmp_path / "kept" / "real.csv")
    predict_files(model, posts, link)
    assert link.is_symlink()
    assert len(read_csv(tmp_path / "kept" / "real.csv")) == 3


def test_a_pipe_is_not_an_output(model, posts, tmp_path):
    os.mkfifo(tmp_path / "out.csv")
    with pytest.raises(SettingError, match="is a device or a pipe"):
        predict_files(model, posts, tmp_path / "out.csv")


@pytest.mark.parametrize(
    "sources", [None, 5, [], "", b"a.csv", ["a.csv", None], {"text": ["a"]}, pandas.DataFrame({"text": ["a"]})]
)
def test_inputs_are_paths(model, tmp_path, sources):
    with pytest.raises(SettingError, match=r"The inputs must be paths of files, not .* use model\.predict"):
        predict_files(model, sources, tmp_path / "out.csv")


def test_a_stream_needs_a_format(model, posts):
    with pytest.raises(SettingError, match=r"give its format as suffix=, one of \.csv"):
        predict_files(model, posts, io.BytesIO())


def test_columns_must_be_columns(model, posts, tmp_path):
    with pytest.raises(SettingError, match=r"Columns\(text='body'\), not a dict"):
        predict_files(model, posts, tmp_path / "out.csv", columns={"text": "text"})
    assert not list(tmp_path.glob("out*"))


@pytest.mark.parametrize(
    ("target", "what"), [(io.StringIO(), "a text file"), (sys.stdout, "a text file"), (None, "NoneType"), (3, "int")]
)
def test_an_output_that_is_not_a_binary_file(model, posts, target, what):
    with pytest.raises(SettingError, match=rf"The output is {what}\. Give a path, or a binary file"):
        predict_files(model, posts, target, suffix=".csv")


def test_an_output_that_is_closed(model, posts):
    stream = io.BytesIO()
    stream.close()
    with pytest.raises(SettingError, match="The output is a closed file"):
        predict_files(model, posts, stream, suffix=".csv")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"dialect": ";"}, r"Dialect\(delimiter=';'\), not a str"),
        ({"batch_size": 0}, "'batch_size' is 0. Give a positive integer"),
        ({"model": "sentiment"}, r"is a loaded one: give anymood\.load\('sentiment'\)"),
        ({"model": None}, r"is a loaded one: give anymood\.load\(\)"),
        ({"sources": [np.zeros(2, "i4,i4")[0], ""]}, "must be paths of files, not an empty path"),
    ],
)
def test_options_of_another_type(model, posts, tmp_path, options, message):
    with pytest.raises(SettingError, match=message):
        predict_files(**{"model": model, "sources": posts, "target": tmp_path / "out.csv", **options})
    assert not list(tmp_path.glob("out*"))


@pytest.mark.parametrize("damaged", [lambda whole: whole[:-9], lambda whole: whole + b"<html>"], ids=["cut", "more"])
def test_rows_before_damage_are_kept(model, tmp_path, damaged):
    path = tmp_path / "posts.csv.gz"
    path.write_bytes(damaged(gzip.compress(b"text\n" + 5 * b"love\n")))
    message = (
        r"cannot be read to the end: .* The 5 rows before are kept in .* resumes the job, unless an input has changed"
    )
    with pytest.raises(TableError, match=message):
        predict_files(model, path, tmp_path / "out.csv")
    assert len(read_csv(tmp_path / "out.csv.part" / "rows.csv")) == 5
