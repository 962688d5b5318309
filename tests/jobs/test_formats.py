"""Jobs from any format to any other: the same columns, resumed alike, compressed and laid out as asked."""

import csv
import json
from dataclasses import replace
from itertools import islice

import pytest
from same import assert_same

from anymood import compression
from anymood.compression import decompressed
from anymood.errors import SettingError
from anymood.jobs.job import predict_files
from anymood.jobs.work_folder import CHECKPOINT
from anymood.tables.columns import Columns
from anymood.tables.format import Dialect
from anymood.tables.registry import format_of, suffixes
from anymood.tables.rows import Table

OURS = ["label", "p_negative", "p_neutral", "p_positive"]
SCORES = ["text_scores", "image_scores", "fused_scores"]
LAST = ["used", "disagreement", "problem", "reason"]


@pytest.fixture
def posts(tmp_path):
    path = tmp_path / "posts.jsonl"
    rows = [{"id": n, "text": "love" if n % 3 else "awful", "tags": ["a"]} for n in range(30)]
    path.write_text("\n".join(map(json.dumps, [*rows, {"id": 30}])), encoding="utf-8")
    return path


def stop_after(model, rows):
    """The model, interrupted by Ctrl-C once it has predicted some rows."""

    class Interrupted:
        labels, bundle, engine, prior = model.labels, model.bundle, model.engine, model.prior

        def predict_many(self, posts, batch_size):
            yield from islice(model.predict_many(posts, batch_size), rows)
            raise KeyboardInterrupt

    return Interrupted()


@pytest.mark.parametrize("suffix", [*suffixes(written=True), ".csv.gz", ".jsonl.zst", ".json.xz", ".tsv.bz2"])
def test_every_format_has_the_same_columns_and_is_resumed(model, posts, tmp_path, suffix):
    target = tmp_path / f"out{suffix}"
    whole = predict_files(model, posts, tmp_path / "whole.jsonl")
    with pytest.raises(KeyboardInterrupt):
        predict_files(stop_after(model, 20), posts, target)
    assert not target.exists()
    assert predict_files(model, posts, target) == replace(whole, resumed=20)
    read = Table(target)
    flat = suffix.startswith((".csv", ".tsv", ".xls"))
    scores = [f"{name}.{label}" for name in SCORES for label in model.labels] if flat else SCORES
    assert list(read.head.columns) == ["id", "text", "tags", *OURS, *scores, *LAST]
    if not flat:
        assert "text_scores.positive" in read.head.nested
    rows = [row.values for row in read.rows()]
    expected = [row.values for row in Table(tmp_path / "whole.jsonl").rows()]
    assert [(row["label"] or None, row["reason"] or None) for row in rows] == [
        (row["label"], row["reason"]) for row in expected
    ]
    scored = [
        (float(row["p_positive"]), expected_row["p_positive"])
        for row, expected_row in zip(rows[:-1], expected, strict=False)
    ]
    assert_same([one for one, _ in scored], [other for _, other in scored], by=model)
    assert [path.name for path in tmp_path.iterdir() if path.name.endswith(".part")] == []


@pytest.mark.parametrize("suffix", compression.SUFFIXES)
def test_a_compressed_output_is_the_plain_one_compressed(model, posts, tmp_path, suffix):
    predict_files(model, posts, tmp_path / "out.csv")
    predict_files(model, posts, tmp_path / f"out.csv{suffix}")
    with decompressed((tmp_path / f"out.csv{suffix}").open("rb")) as stream:
        assert stream.read() == (tmp_path / "out.csv").read_bytes()


def test_an_unfinished_json_list_is_lines_in_the_work_folder(model, posts, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        predict_files(stop_after(model, 9), posts, tmp_path / "out.json")
    assert sorted(path.name for path in (tmp_path / "out.json.part").iterdir()) == [CHECKPOINT, "lock", "rows.jsonl"]
    predict_files(model, posts, tmp_path / "out.json")
    assert len(json.loads((tmp_path / "out.json").read_text())) == 31
    (tmp_path / "none.csv").write_text("id,text\n")
    predict_files(model, tmp_path / "none.csv", tmp_path / "none.json")
    assert json.loads((tmp_path / "none.json").read_text()) == []


def test_csv_is_written_as_it_was_read(model, tmp_path):
    (tmp_path / "a.csv").write_text("\ufeffid;text\n1;love, or so\n", encoding="utf-8")
    predict_files(model, tmp_path / "a.csv", tmp_path / "out.csv")
    written = (tmp_path / "out.csv").read_bytes()
    assert written.startswith(b"\xef\xbb\xbfid;text;label;")
    assert b"\n1;love, or so;positive;" in written
    predict_files(model, tmp_path / "a.csv", tmp_path / "out.tsv")
    assert (tmp_path / "out.tsv").read_bytes().startswith(b"\xef\xbb\xbfid\ttext\t")
    predict_files(model, tmp_path / "a.csv", tmp_path / "out.jsonl")
    assert (tmp_path / "out.jsonl").read_bytes().startswith(b'{"id"')


def test_of_inputs_that_differ_csv_has_commas_and_no_mark(model, tmp_path):
    (tmp_path / "a.csv").write_text("\ufeffid;text\n1;love\n", encoding="utf-8")
    (tmp_path / "b.csv").write_text("id,text\n1,love\n", encoding="utf-8")
    predict_files(model, [tmp_path / "a.csv", tmp_path / "b.csv"], tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_bytes().startswith(b"id,text,file,label")


def test_a_dialect_and_names_of_columns_reach_the_readers(model, tmp_path):
    (tmp_path / "a.csv").write_text("about\n1^love\n2^sad\n", encoding="utf-8")
    dialect = Dialect("^", 1, header=False)
    summary = predict_files(model, tmp_path / "a.csv", tmp_path / "out.csv", Columns(text="2"), dialect=dialect)
    assert summary.labels == {"negative": 1, "neutral": 0, "positive": 1}
    rows = list(csv.DictReader((tmp_path / "out.csv").read_text().splitlines(), delimiter="^"))
    assert [row["column 1"] for row in rows] == ["1", "2"]


def test_an_output_that_is_there_is_replaced_only_on_request(model, posts, tmp_path):
    target, errors = tmp_path / "out.csv", tmp_path / "e.csv"
    for path in (target, errors):
        path.write_text("dear")
        with pytest.raises(SettingError, match=rf"{path.name} already exists\. .*--overwrite"):
            predict_files(model, posts, target, errors=errors)
        assert path.read_text() == "dear"
        assert not (tmp_path / "out.csv.part").exists()
        predict_files(model, posts, target, errors=errors, overwrite=True)
        assert path.read_text() != "dear"
        target.unlink()
    with pytest.raises(KeyboardInterrupt):
        predict_files(stop_after(model, 9), posts, target, errors=errors, overwrite=True)
    assert predict_files(model, posts, target, errors=errors).resumed == 9  # what was begun may end


def test_outputs_that_are_not_streams(model, posts, tmp_path):
    for kind in (".xlsx", ".json"):
        with (
            (tmp_path / "stream").open("wb") as stream,
            pytest.raises(SettingError, match="cannot be written to a stream"),
        ):
            predict_files(model, posts, stream, suffix=kind)
    assert format_of("a.csv").writer.suffix == ".csv"
