import csv
import gzip
import io
import json
import os
import resource
import shutil
import tracemalloc
from contextlib import nullcontext
from dataclasses import replace
from itertools import islice

import pandas
import pytest
from PIL import Image
from same import assert_same, assert_same_file

from anymood.errors import JobError, SettingError, TableError
from anymood.jobs.job import predict_files
from anymood.runtime.predictor import Model
from anymood.tables.columns import Columns
from anymood.tables.rows import read_rows

ROWS = [
    {"id": "a", "text": "love wonderful", "image": "", "likes": "3"},
    {"id": "b", "text": "awful", "image": "gone.jpg", "likes": ""},
    {"id": "c", "text": "", "image": "", "likes": "x"},
]


@pytest.fixture
def posts(tmp_path):
    path = tmp_path / "posts.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, ROWS[0])
        writer.writeheader()
        writer.writerows(ROWS)
    return path


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
    for row, given in zip(written, read_rows(table), strict=True):
        alone = model.predict(given.post.text, given.post.image)
        assert row["id"] == given.post.id
        assert row["predicted_label"] == alone.label
        assert_same({label: row[f"p_{label}"] for label in model.labels}, alone.probabilities, by=model)
        assert_same(row["disagreement"], alone.disagreement, by=model)


def test_problems_of_the_row_and_of_its_image_come_together(model, posts, odd_images, tmp_path):
    with posts.open("a", encoding="utf-8") as file:
        file.write(f"d,love,{odd_images['truncated']},1\n")
    summary = predict_files(model, posts, tmp_path / "out.csv")
    gone, empty, broken = read_csv(tmp_path / "out.csv")[1:]
    assert "posts.csv:3" in gone["problem"]
    assert "gone.jpg" in gone["problem"]
    assert gone["reason"] == "missing image"
    assert empty["reason"] == "nothing to see"
    assert "truncated.jpg" in broken["problem"]
    assert broken["label"] == "positive"
    assert summary.rows == 4
    assert summary.labels == {"negative": 1, "neutral": 0, "positive": 2}
    assert summary.problems == {"missing image": 1, "nothing to see": 1, "truncated": 1}


def test_an_image_that_is_gone_is_told_once_where_nothing_else_is_left(model, tmp_path):
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
    kept = read_csv(tmp_path / "out.csv.part" / "rows.csv")
    assert len(kept) > 1000
    assert {row["label"] for row in kept} == {"positive"}


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".jsonl", ".parquet"])
def test_a_key_that_comes_too_late_is_told(model, tmp_path, suffix, monkeypatch):
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
    ("target", "told"),
    [("posts.csv", "is also the input"), ("no/out.csv", "no folder"), ("out.docx", "no suffix")],
)
def test_a_target_that_cannot_be_is_refused(model, posts, target, told):
    with pytest.raises(SettingError, match=told):
        predict_files(model, posts, posts.parent / target)
    assert read_csv(posts) == ROWS


def test_memory_does_not_grow_with_the_table(model, tmp_path):
    def peak(rows):
        table = tmp_path / f"{rows}.csv"
        table.write_text("text\n" + f"love {'the ' * 200}\n" * rows, encoding="utf-8")
        tracemalloc.start()
        predict_files(model, table, tmp_path / "out.csv", batch_size=256, overwrite=True)
        _, highest = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return highest

    peak(64)
    # Bytes; 2,400 more texts are two million. How many batches are under way at once is a matter of timing.
    assert peak(3600) < peak(1200) + 1_000_000


def stop_after(model, rows):
    """The model, interrupted by Ctrl-C once it has predicted some rows."""

    class Interrupted:
        labels = model.labels
        bundle = model.bundle
        engine = model.engine
        prior = model.prior

        def predict_many(self, posts, batch_size):
            yield from islice(model.predict_many(posts, batch_size), rows)
            raise KeyboardInterrupt

    return Interrupted()


@pytest.fixture
def long(tmp_path):
    """Two tables, which share a column, and a folder with an image."""
    folder = tmp_path / "long"
    folder.mkdir()
    (folder / "a.csv").write_text("id,text\n" + "".join(f"{n},love {n}\n" for n in range(50)), encoding="utf-8")
    lines = [json.dumps({"id": n, "text": "sad" if n % 5 else "", "likes": n}) for n in range(50, 90)]
    (folder / "b.jsonl").write_text("\n".join(lines), encoding="utf-8")
    Image.new("RGB", (32, 32), "white").save(folder / "c.png")
    return [folder / "a.csv", folder / "b.jsonl", folder]


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
@pytest.mark.parametrize("errors", [".csv", ".jsonl"])
def test_a_job_that_was_ended_goes_on(model, long, tmp_path, suffix, errors):
    def run(by, name):
        return predict_files(by, long, tmp_path / f"{name}{suffix}", errors=tmp_path / f"{name}-e{errors}")

    whole = run(model, "whole")
    for rows in (1, 40, 30, 0):
        with pytest.raises(KeyboardInterrupt):
            run(stop_after(model, rows), "out")
    assert not (tmp_path / f"out{suffix}").exists()
    summary = run(model, "out")
    assert summary == replace(whole, resumed=71)
    assert summary.problems == {"nothing to see": 8}
    assert_same_file(tmp_path / f"out{suffix}", tmp_path / f"whole{suffix}", by=model)
    listed = (tmp_path / f"out-e{errors}").read_text(encoding="utf-8")
    assert listed == (tmp_path / f"whole-e{errors}").read_text(encoding="utf-8")
    assert "b.jsonl:1" in listed
    assert not (tmp_path / f"out{suffix}.part").exists()


def test_what_has_changed_since_is_named_and_refused(model, long, tmp_path, bundles):
    target = tmp_path / "out.csv"
    with pytest.raises(KeyboardInterrupt):
        predict_files(stop_after(model, 60), long, target)
    other = Model(bundles.write_bundle(tmp_path / "other", description="Another."))
    with pytest.raises(JobError, match=r"holds 60 rows .* changed since: the model\. Use --restart"):
        predict_files(other, long, target)
    with pytest.raises(JobError, match=r"changed since: the names of the columns\."):
        predict_files(model, long, target, Columns(id=None))
    with pytest.raises(JobError, match=r"changed since: the format of the list of problems\."):
        predict_files(model, long, target, errors=tmp_path / "e.csv")
    Image.new("RGB", (33, 32), "white").save(long[2] / "c.png")
    with pytest.raises(JobError, match=r"changed since: \S*long \(input 3\)\."):
        predict_files(model, long, target)
    with long[0].open("a", encoding="utf-8") as table:
        table.write("x,y\n")
    with pytest.raises(JobError, match=r"changed since: \S*a\.csv \(input 1\), \S*long \(input 3\)"):
        predict_files(model, long, target)
    summary = predict_files(model, long, target, restart=True)
    assert (summary.rows, summary.resumed) == (92, 0)


def test_an_output_that_another_program_has_made_meanwhile_is_kept(model, long, tmp_path):
    target = tmp_path / "out.csv"
    with pytest.raises(KeyboardInterrupt):
        predict_files(stop_after(model, 60), long, target)
    target.write_text("not ours", encoding="utf-8")
    with pytest.raises(SettingError, match=r"out\.csv already exists\..*--overwrite"):
        predict_files(model, long, target)
    target.unlink()

    def come_in_between(rows):
        target.write_text("not ours", encoding="utf-8")

    with pytest.raises(SettingError, match=r"out\.csv already exists.*The 91 rows before are kept in"):
        predict_files(model, long, target, progress=lambda _: nullcontext(come_in_between))
    assert target.read_text(encoding="utf-8") == "not ours"
    summary = predict_files(model, long, target, overwrite=True)
    assert summary.resumed == summary.rows == len(read_csv(target)) == 91


def test_an_input_that_changes_while_it_is_read_is_named(model, long, tmp_path):
    def grow(rows):
        if rows == 91:
            with long[1].open("a", encoding="utf-8") as table:
                table.write('\n{"id": 90, "te')

    def vanish(rows):
        if rows == 50:
            long[0].unlink()

    summary = predict_files(model, long, tmp_path / "out.csv", progress=lambda _: nullcontext(grow))
    assert (summary.rows, summary.changed) == (91, (str(long[1]),))
    assert predict_files(model, long, tmp_path / "again.csv").changed == ()
    summary = predict_files(model, long[0], tmp_path / "gone.csv", progress=lambda _: nullcontext(vanish))
    assert (summary.rows, summary.changed) == (50, (str(long[0]),))


def test_a_full_disk_keeps_the_rows_before(model, tmp_path, monkeypatch):
    monkeypatch.setattr("anymood.jobs.output.COMMIT_SECONDS", 0)
    table = tmp_path / "posts.csv"
    table.write_text("text\n" + "love the day\n" * 200, encoding="utf-8")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (7_000, hard))
    try:
        with pytest.raises(JobError, match=r"File too large\. The \d+ rows before are kept in .*the same command"):
            predict_files(model, table, tmp_path / "out.csv", batch_size=2)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    summary = predict_files(model, table, tmp_path / "out.csv")
    assert summary.resumed > 50
    assert len(read_csv(tmp_path / "out.csv")) == summary.rows == 200


def test_images_that_vanish_midway_end_the_job(model, tmp_path, corpus_folder):
    shutil.copytree(corpus_folder / "images", tmp_path / "disk")
    table = tmp_path / "posts.csv"
    names = sorted(path.name for path in (tmp_path / "disk").iterdir())
    table.write_text("image\n" + "".join(f"disk/{name}\n" for name in names), encoding="utf-8")

    def vanish(rows):
        if rows == 20:
            (tmp_path / "disk").rename(tmp_path / "elsewhere")

    with pytest.raises(TableError, match=r"disk no longer exists.*still mounted\? The \d+ rows before are kept"):
        predict_files(model, table, tmp_path / "out.csv", batch_size=5, progress=lambda _: nullcontext(vanish))
    (tmp_path / "elsewhere").rename(tmp_path / "disk")
    summary = predict_files(model, table, tmp_path / "out.csv")
    assert (summary.rows, summary.problems) == (48, {})


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
@pytest.mark.parametrize("step", ["finish", "publish", "clear"])
def test_an_end_amid_the_last_steps_is_mended(model, long, tmp_path, monkeypatch, suffix, step):
    target, errors = tmp_path / f"out{suffix}", tmp_path / "e.csv"
    predict_files(model, long, tmp_path / f"whole{suffix}")

    class Killed(BaseException):
        """What no handler takes for an error."""

    def die(*_):
        raise Killed

    with monkeypatch.context() as patch:
        if step == "finish":
            patch.setattr("anymood.tables.format.Writer.finish", die)
            patch.setattr("anymood.tables.formats.parquet.ParquetWriter.finish", die)
        else:
            patch.setattr(f"anymood.jobs.output.{step}", die)
        with pytest.raises(Killed):
            predict_files(model, long, target, errors=errors)
    assert (tmp_path / f"out{suffix}.part").is_dir()
    summary = predict_files(model, long, target, errors=errors)
    assert summary.resumed == summary.rows == 91
    assert_same_file(target, tmp_path / f"whole{suffix}", by=model)
    assert len(read_csv(errors)) == 8
    assert not (tmp_path / f"out{suffix}.part").exists()


def test_a_list_of_problems_that_cannot_have_its_name_may_have_another(model, long, tmp_path):
    target, errors = tmp_path / "out.csv", tmp_path / "e.csv"

    def in_the_way(rows):
        errors.mkdir(exist_ok=True)

    with pytest.raises(JobError, match=r"e\.csv cannot be written: Is a directory\. The 91 rows before are kept in"):
        predict_files(model, long, target, errors=errors, overwrite=True, progress=lambda _: nullcontext(in_the_way))
    assert not target.exists()
    summary = predict_files(model, long, target, errors=tmp_path / "f.csv")
    assert summary.resumed == summary.rows == 91
    assert len(read_csv(tmp_path / "f.csv")) == 8
    assert not (tmp_path / "out.csv.part").exists()


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
    told = [(row["row"], row["where"], row["id"], row["reason"]) for row in read_csv(tmp_path / "e.csv")]
    assert told == [("2", "posts.csv:3", "b", "missing image"), ("3", "posts.csv:4", "c", "nothing to see")]


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_no_row_is_lost_or_doubled_by_kills(kills, model, tmp_path, suffix):
    table = kills.write_table(tmp_path / "posts.csv", 20_000)
    target = tmp_path / f"out{suffix}"
    told = list(kills.kill_again_and_again(table, target, str(model.bundle.folder), kills=3, seed=7))
    assert sum(line.startswith("killed") for line in told) == 3
    assert kills.wrong_rows(target, 20_000) == (0, 0, 0)


def test_a_link_leads_to_the_output(model, posts, tmp_path):
    (tmp_path / "kept").mkdir()
    link = tmp_path / "out.csv"
    link.symlink_to(tmp_path / "kept" / "real.csv")
    predict_files(model, posts, link)
    assert link.is_symlink()
    assert len(read_csv(tmp_path / "kept" / "real.csv")) == 3


def test_a_pipe_is_no_output(model, posts, tmp_path):
    os.mkfifo(tmp_path / "out.csv")
    with pytest.raises(SettingError, match="is a device or a pipe"):
        predict_files(model, posts, tmp_path / "out.csv")


@pytest.mark.parametrize("sources", [None, 5, [], "", b"a.csv", ["a.csv", None], pandas.DataFrame({"text": ["a"]})])
def test_inputs_are_paths(model, tmp_path, sources):
    with pytest.raises(
        SettingError, match=r"The inputs are paths of files, at least one, not .* there is model\.predict"
    ):
        predict_files(model, sources, tmp_path / "out.csv")


def test_a_stream_needs_a_format(model, posts):
    with pytest.raises(SettingError, match=r"is named with suffix=, one of \.csv"):
        predict_files(model, posts, io.BytesIO())
