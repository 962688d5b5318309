"""Jobs on Daft's own runner; ``test_ray.py`` runs them on Ray."""

import _thread
import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

pytest.importorskip("daft", reason="no Daft here: pip install 'anymood[bulk]'")

import daft
from pyarrow import parquet
from same import assert_same

from anymood.cluster import job
from anymood.cluster.job import BEFORE, predict_tables
from anymood.errors import JobError, SettingError, TableError
from anymood.jobs.job import predict_files
from anymood.jobs.work_folder import work_folder
from anymood.tables.columns import Columns


def read(path):
    """All rows of an output, sorted."""
    files = sorted(path.glob("*.parquet")) if path.is_dir() else [path]
    rows = [row for file in files for row in parquet.read_table(file).to_pylist()]
    return sorted(rows, key=lambda row: str(row.get("id") or row.get("n") or row.get("image")))


def nasty_rows(odd_images):
    """Lines of CSV with what is wrong in the tables of this world."""
    lines = [b"id,text,image,label"]
    for n, (name, path) in enumerate(sorted(odd_images.items())):
        lines.append(f"odd{n:03},love {name},{path},x".encode())
    lines += [
        b"bad000,love,gone.jpg,x",
        b"bad001,aw\xfful day,,x",
        b"bad002,nul\0byte love,,x",
        b'bad003,"never closed,,x',
        b"bad004,one,two,three,four,five",
        b"bad005,short",
        b"bad006,,,",
        b"bad007,   ,nan,x",
        "bad008,\U0001f600\U0001f600 wonderful,,x".encode(),
        b"bad009," + b"love " * 5000 + b",,x",
    ]
    lines += [f"{n:06},{'love' if n % 3 else 'awful'} day {n},,x".encode() for n in range(1500)]
    return lines


@pytest.fixture(scope="module")
def nasty(odd_images, tmp_path_factory):
    path = tmp_path_factory.mktemp("nasty") / "posts.csv"
    path.write_bytes(b"\n".join(nasty_rows(odd_images)) + b"\n")
    return path


@pytest.mark.parametrize("shards", [1, 3])
def test_a_table_comes_out_as_from_predict_whatever_the_partitioning(model, nasty, tmp_path, monkeypatch, shards):
    by_predict = predict_files(model, nasty, tmp_path / "predict.parquet")
    monkeypatch.setattr(job, "shards", lambda *arguments: shards)
    summary = predict_tables(nasty, tmp_path / "bulk", model.bundle.folder)
    assert summary == by_predict
    assert_same(read(tmp_path / "bulk"), read(tmp_path / "predict.parquet"), by=model)
    assert summary.rows > 1500
    assert len(summary.problems) > 5


def test_json_lines_with_values_of_any_kind(model, tmp_path):
    rows = [{"id": n, "text": "love" if n % 2 else 7, "tags": ["a", n], "image": "" if n % 3 else 5} for n in range(9)]
    rows += [
        {"id": [1], "text": "awful", "label": {}, "image": "gone.png"},
        {"id": 11, "text": "\ud83d", "score": 1e400},
    ]
    rows += [{"id": 12}] * 1000 + [{"id": 13, "text": "love", "late": 1}]
    table = tmp_path / "posts.jsonl"
    table.write_text("\n".join(json.dumps(row) for row in rows) + "\nno json\n", encoding="utf-8")
    summary = predict_files(model, table, tmp_path / "predict.parquet")
    assert summary.problems["late key"] == 1
    assert predict_tables(table, tmp_path / "bulk", model.bundle.folder) == summary
    assert_same(read(tmp_path / "bulk"), read(tmp_path / "predict.parquet"), by=model)


def test_parquet_keeps_its_types_and_its_images_in_bytes(model, odd_images, tmp_path):
    import pyarrow

    held = [path.read_bytes() for path in sorted(odd_images.values()) if path.is_file()]
    columns = {
        "n": pyarrow.array(range(len(held)), pyarrow.int32()),
        "text": pyarrow.array(["love"] * len(held)).dictionary_encode(),
        "image": pyarrow.array([{"bytes": data, "path": "x"} for data in held]),
        "at": pyarrow.array([0] * len(held), pyarrow.timestamp("s", "UTC")),
        "odd": pyarrow.array([n + 1 for n in range(len(held))], pyarrow.decimal256(50, 2)),
    }
    parquet.write_table(pyarrow.table(columns), tmp_path / "posts.parquet")
    summary = predict_files(model, tmp_path / "posts.parquet", tmp_path / "predict.parquet")
    assert predict_tables(tmp_path / "posts.parquet", tmp_path / "bulk", model.bundle.folder) == summary
    expected = [row | {"odd": str(row["odd"])} for row in read(tmp_path / "predict.parquet")]
    assert_same(read(tmp_path / "bulk"), expected, by=model)
    [file] = (tmp_path / "bulk").glob("*.parquet")
    assert parquet.read_schema(file).field("n").type == pyarrow.int32()


def test_several_inputs_and_columns_of_other_names(model, table, tmp_path):
    (tmp_path / "a.tsv").write_text("id\ttweet\nz1\tlove\n", encoding="utf-8")
    (tmp_path / "b.tsv").write_text("id\ttweet\tlabel\nz2\tawful\tgold\n", encoding="utf-8")
    arguments = [str(tmp_path / "?.tsv")]
    names = Columns(text="tweet")
    predict_files(model, arguments, tmp_path / "predict.parquet", names)
    predict_tables(arguments, tmp_path / "bulk", model.bundle.folder, names)
    rows = read(tmp_path / "bulk")
    assert_same(rows, read(tmp_path / "predict.parquet"), by=model)
    assert [(row["label"], row["predicted_label"]) for row in rows] == [(None, "positive"), ("gold", "negative")]


def test_a_folder_of_images(model, corpus_folder, tmp_path):
    predict_files(model, corpus_folder / "images", tmp_path / "predict.parquet")
    predict_tables(corpus_folder / "images", tmp_path / "bulk", model.bundle.folder)
    assert_same(read(tmp_path / "bulk"), read(tmp_path / "predict.parquet"), by=model)


def test_an_image_whose_name_is_not_text_is_read(model, corpus_folder, tmp_path):
    (tmp_path / "images").mkdir()
    image = next((corpus_folder / "images").glob("*.jpg"))
    try:
        shutil.copy(image, tmp_path / "images" / os.fsdecode(b"\xe9.jpg"))
    except OSError:
        pytest.skip("names of files are texts here")
    assert predict_tables(tmp_path / "images", tmp_path / "bulk", model.bundle.folder).problems == {}


def test_a_table_without_rows_gives_an_output_without_rows(model, tmp_path):
    (tmp_path / "posts.csv").write_text("id,text\n", encoding="utf-8")
    summary = predict_tables(tmp_path / "posts.csv", tmp_path / "bulk", model.bundle.folder)
    assert summary.rows == 0
    assert read(tmp_path / "bulk") == []
    assert (tmp_path / "bulk").is_dir()


def test_an_output_that_is_there_is_refused_unless_it_is_to_be_replaced(model, nasty, tmp_path):
    table = tmp_path / "posts.csv"
    table.write_text("id,text\n1,love\n", encoding="utf-8")
    target = tmp_path / "bulk"
    predict_tables(table, target, model.bundle.folder)
    before = sorted(target.iterdir())
    with pytest.raises(SettingError, match="already exists. .*--overwrite"):
        predict_tables(table, target, model.bundle.folder)
    assert sorted(target.iterdir()) == before
    table.write_text("id,text\n2,awful\n", encoding="utf-8")
    predict_tables(table, target, model.bundle.folder, overwrite=True)
    assert [row["id"] for row in read(target)] == ["2"]
    (target / "thesis.txt").write_text("dear", encoding="utf-8")
    with pytest.raises(SettingError, match="thesis.txt"):
        predict_tables(table, target, model.bundle.folder, overwrite=True)
    assert not work_folder(target).exists()


def test_a_full_disk_is_reported_as_such(model, nasty, tmp_path, monkeypatch):
    monkeypatch.setattr(job.shutil, "disk_usage", lambda _: SimpleNamespace(free=1000))
    predict_tables(nasty, tmp_path / "out", model.bundle.folder)

    def broken(*_):
        raise ValueError("channel closed")

    monkeypatch.setattr(job, "_write", broken)
    with pytest.raises(JobError, match=r"other.* the disk is full\. No files remain"):
        predict_tables(nasty, tmp_path / "other", model.bundle.folder)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_an_interrupt_ends_a_job_even_if_daft_does_not(model, table, tmp_path, monkeypatch):
    released = threading.Event()

    def wait_as_daft_does(*_):
        _thread.interrupt_main()
        try:
            released.wait(60)
        finally:
            assert released.wait(60), "nobody interrupted the job meanwhile"

    monkeypatch.setattr(job, "_write", wait_as_daft_does)
    monkeypatch.setattr(job, "CANCEL_SECONDS", 0)
    try:
        with pytest.raises(KeyboardInterrupt):
            predict_tables(table, tmp_path / "out", model.bundle.folder)
    finally:
        released.set()
    assert not list(tmp_path.glob("out*"))


def test_an_interrupt_cancels_the_tasks(model, tmp_path, monkeypatch):
    table = tmp_path / "posts.csv"
    table.write_text("text\n" + "love\n" * 2000, encoding="utf-8")
    write, failures = job._write, []

    def interrupted(*arguments):
        _thread.interrupt_main()
        assert cancelled.wait(60)
        try:
            return write(*arguments)
        except Exception as error:
            failures.append(str(error))
            raise

    cancelled = threading.Event()
    cancel = job.backpressure.cancel
    monkeypatch.setattr(job, "_write", interrupted)
    monkeypatch.setattr(job, "CANCEL_SECONDS", 60)
    monkeypatch.setattr(job.backpressure, "cancel", lambda name: (cancel(name), cancelled.set()))
    with pytest.raises(KeyboardInterrupt):
        predict_tables(table, tmp_path / "out", model.bundle.folder)
    assert "the job was cancelled" in failures[0]
    assert not list(tmp_path.glob("out*"))


@pytest.mark.parametrize("where", ["file", "nowhere/out", "out.csv"])
def test_outputs_that_cannot_be_written(model, nasty, tmp_path, where):
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(SettingError, match="is a file|there is no folder|without .csv, or use anymood predict"):
        predict_tables(nasty, tmp_path / where, model.bundle.folder)
    with pytest.raises(SettingError, match="a web server, which does not accept files"):
        predict_tables(nasty, f"https://example.org/{where}", model.bundle.folder)


def test_a_job_that_fails_leaves_nothing_and_says_why(model, tmp_path):
    import gzip

    packed = gzip.compress(b"text\n" + os.urandom(2**16).hex().encode() + b"\nlove\n" * 5000)
    (tmp_path / "posts.csv.gz").write_bytes(packed[: len(packed) // 2])
    with pytest.raises(TableError, match=r"posts.csv.gz cannot be read to the end"):
        predict_tables(tmp_path / "posts.csv.gz", tmp_path / "bulk", model.bundle.folder)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["posts.csv.gz"]


def test_files_of_a_killed_process_are_removed_but_not_a_job_of_predict(model, nasty, tmp_path):
    remains = work_folder(tmp_path / "bulk")
    (remains / "rows").mkdir(parents=True)
    (remains / "rows" / "half.parquet").write_bytes(b"PAR1")
    table = tmp_path / "posts.csv"
    table.write_text("id,text\n1,love\n", encoding="utf-8")
    predict_tables(table, tmp_path / "bulk", model.bundle.folder)
    assert len(read(tmp_path / "bulk")) == 1
    assert not remains.exists()
    remains.mkdir()
    (remains / "checkpoint.json").write_text("{}", encoding="utf-8")
    with pytest.raises(JobError, match="unfinished job of anymood predict"):
        predict_tables(table, tmp_path / "bulk", model.bundle.folder, overwrite=True)
    assert (remains / "checkpoint.json").exists()


def test_an_output_that_a_killed_process_had_moved_aside_comes_back(model, tmp_path):
    table, target = tmp_path / "posts.csv", tmp_path / "bulk"
    table.write_text("id,text\n1,love\n", encoding="utf-8")
    predict_tables(table, target, model.bundle.folder)
    work_folder(target).mkdir()
    target.rename(work_folder(target) / BEFORE)
    with pytest.raises(SettingError, match="already exists"):
        predict_tables(table, target, model.bundle.folder)
    assert [row["id"] for row in read(target)] == ["1"]
    table.write_text("id,text\n2,awful\n", encoding="utf-8")
    shutil.copytree(target, work_folder(target) / BEFORE)  # one that was ended just after the new output had its name
    predict_tables(table, target, model.bundle.folder, overwrite=True)
    assert [row["id"] for row in read(target)] == ["2"]
    assert not work_folder(target).exists()


@pytest.mark.parametrize("target", ["", ".", "../here"])
def test_the_current_folder_is_not_replaced(model, table, tmp_path, monkeypatch, target):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    with pytest.raises(SettingError, match="is the current folder, which cannot be replaced"):
        predict_tables(table, target, model.bundle.folder)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("here")] == ["here"]


def test_other_parquet_files_and_inputs_are_not_replaced(model, table, tmp_path):
    target = tmp_path / "mine"
    predict_tables(table, target, model.bundle.folder)
    before = read(target)
    with pytest.raises(SettingError, match=r"mine contains .*\.parquet, which is an input"):
        predict_tables(f"{target}/*.parquet", target, model.bundle.folder, overwrite=True)
    (target / "only-copy.parquet").write_bytes(b"PAR1")
    with pytest.raises(SettingError, match=r"contains 'only-copy.parquet', which was not written by anymood"):
        predict_tables(table, target, model.bundle.folder, overwrite=True)
    (target / "only-copy.parquet").unlink()
    assert read(target) == before


@pytest.mark.parametrize("failure", [OSError, KeyboardInterrupt])
def test_an_output_that_cannot_be_replaced_stays(model, tmp_path, monkeypatch, failure):
    table, target = tmp_path / "posts.csv", tmp_path / "bulk"
    table.write_text("id,text\n1,love\n", encoding="utf-8")
    predict_tables(table, target, model.bundle.folder)
    rename = Path.rename

    def fail_for_the_rows(path, to):
        if path.name == "rows":
            raise failure
        return rename(path, to)

    monkeypatch.setattr(Path, "rename", fail_for_the_rows)
    with pytest.raises((JobError, KeyboardInterrupt)):
        predict_tables(table, target, model.bundle.folder, overwrite=True)
    assert [row["id"] for row in read(target)] == ["1"]


def test_urls_as_input_and_output(model, corpus_folder, table, tmp_path):
    predict_files(model, table, tmp_path / "predict.parquet")
    target = f"file://{tmp_path}/bulk"
    predict_tables(f"file://{corpus_folder}/*.csv", target, model.bundle.folder)
    assert_same(read(tmp_path / "bulk"), read(tmp_path / "predict.parquet"), by=model)
    assert (tmp_path / "bulk" / "_SUCCESS").exists()
    with pytest.raises(SettingError, match="already exists, with 1 files"):
        predict_tables(str(table), target, model.bundle.folder)
    (tmp_path / "bulk" / "of-a-killed-worker.parquet").write_bytes(b"PAR1")
    predict_tables(str(table), target, model.bundle.folder, overwrite=True)
    assert len(list((tmp_path / "bulk").iterdir())) == 2


def test_a_table_on_the_web_names_images_beside_it(model, site, table, tmp_path):
    predict_files(model, table, tmp_path / "predict.parquet")
    summary = predict_tables(f"{site}/posts.csv", tmp_path / "bulk", model.bundle.folder)
    assert summary.rows == 60
    assert_same(read(tmp_path / "bulk"), read(tmp_path / "predict.parquet"), by=model)
    with pytest.raises(TableError, match="gone.csv cannot be read: HTTP 404"):
        predict_tables(f"{site}/gone.csv", tmp_path / "none", model.bundle.folder)
    assert not (tmp_path / "none").exists()


def test_the_base_install_never_meets_daft():
    script = "import sys, anymood, anymood.jobs.job, anymood.cli.bulk; sys.exit('daft' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


@pytest.mark.parametrize("sources", [[], "", ["posts.csv", ""], ["posts.csv", None], 5])
def test_sources_are_paths(model, tmp_path, sources):
    with pytest.raises(SettingError, match="The inputs must be paths of files"):
        predict_tables(sources, tmp_path / "bulk", model.bundle.folder)
    with pytest.raises(SettingError, match="not a dict"):
        predict_tables("posts.csv", tmp_path / "bulk", model.bundle.folder, {"text": "text"})


def test_standard_input_and_addresses_without_ray_are_refused(model, table, tmp_path):
    with pytest.raises(TableError, match="standard input"):
        predict_tables("-", tmp_path / "bulk", model.bundle.folder)
    with pytest.raises(SettingError, match="--runner ray"):
        predict_tables(table, tmp_path / "bulk", model.bundle.folder, address="127.0.0.1:6379")


def test_a_cluster_that_does_not_answer_is_reported_at_once(model, table, tmp_path):
    pytest.importorskip("ray", reason="no Daft here: pip install 'anymood[bulk]'")
    with pytest.raises(SettingError, match="no Ray cluster at 127.0.0.1:9: .*refused"):
        predict_tables(table, tmp_path / "bulk", model.bundle.folder, runner="ray", address="127.0.0.1:9")


def test_telemetry_is_off():
    from daft.scarf_telemetry import opted_out

    assert opted_out()
    assert os.environ["RAY_USAGE_STATS_ENABLED"] == "0"
    assert daft.get_build_type() == "release"  # of which alone it would send


def test_brackets_in_names(bundle, tmp_path, monkeypatch):
    folder = tmp_path / "posts[1]"
    folder.mkdir()
    (folder / "a1.csv").write_text("text\nlove\n", encoding="utf-8")
    monkeypatch.chdir(folder)
    assert predict_tables("a*.csv", "out", bundle.folder).rows == 1
    with pytest.raises(SettingError, match="is a pattern"):
        predict_tables("a1.csv", "out[1]", bundle.folder)


def test_an_export_is_read_and_its_notices_are_not_posts(model, tmp_path):
    messages = [
        {"id": 1, "type": "service", "action": "pin_message", "text": "", "date": "2024-01-01T10:00:00"},
        {"id": 2, "type": "message", "text": "love it", "date": "2024-01-01T10:00:00"},
    ]
    (tmp_path / "result.json").write_text(
        json.dumps({"name": "a", "type": "personal_chat", "id": 1, "messages": messages})
    )
    summary = predict_tables(tmp_path / "result.json", tmp_path / "out", model.bundle.folder)
    assert (summary.rows, summary.labels["positive"], summary.problems) == (2, 1, {})


def test_the_format_of_a_table_at_a_url_can_be_given(model, table, tmp_path):
    (tmp_path / "posts.csv").write_text("text\tx\nlove\t1\n", encoding="utf-8")
    url = f"file://{tmp_path}/posts.csv"
    assert predict_tables(url, tmp_path / "bulk", model.bundle.folder, format="tsv").rows == 1
    assert list(read(tmp_path / "bulk")[0])[:2] == ["text", "x"]
    for format, cause in (("whatsapp", "cannot be read as whatsapp"), (None, "has no suffix of a format")):
        with pytest.raises(TableError, match=rf"{cause}\. Only tables can be read from URLs: csv, "):
            predict_tables(f"file://{tmp_path}/posts.doc", tmp_path / "none", model.bundle.folder, format=format)
