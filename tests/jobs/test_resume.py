"""Jobs that are interrupted or disturbed, and resumed."""

import json
import resource
import shutil
from contextlib import nullcontext
from dataclasses import replace
from itertools import islice

import pytest
from PIL import Image
from same import assert_same_file, read_rows

from anymood.errors import JobError, SettingError, TableError
from anymood.jobs.job import predict_files
from anymood.runtime.predictor import Model
from anymood.tables.columns import Columns


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
def test_a_job_that_was_ended_resumes(model, long, tmp_path, suffix, errors):
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
    with pytest.raises(JobError, match=r"contains 60 rows .* changed since: the model\. Use --restart"):
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


def test_an_input_may_be_named_by_another_path(model, long, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    table, images = long[0], tmp_path / "photos"
    with pytest.raises(KeyboardInterrupt):
        predict_files(stop_after(model, 20), table, "out.csv", image_folder=images.parent)
    for path in ("long/a.csv", "./long/a.csv", "long/../long/a.csv"):
        with pytest.raises(KeyboardInterrupt):
            predict_files(stop_after(model, 5), path, "out.csv", image_folder=".")
    assert predict_files(model, table, tmp_path / "out.csv", image_folder=".").rows == 50
    predict_files(model, table, "whole.csv")
    assert_same_file(tmp_path / "out.csv", tmp_path / "whole.csv", by=model)
    with pytest.raises(KeyboardInterrupt):
        predict_files(stop_after(model, 20), table, "out.csv", overwrite=True)
    shutil.copy(table, "other.csv")
    with pytest.raises(JobError, match=r"changed since: \S*a\.csv \(input 1\), \S*other\.csv \(input 1\)"):
        predict_files(model, "other.csv", "out.csv", overwrite=True)


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
    assert summary.resumed == summary.rows == len(read_rows(target)) == 91


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


def test_one_row_before(model, tmp_path, monkeypatch):
    table, target = tmp_path / "posts.csv", tmp_path / "out.csv"
    table.write_text("text\n" + "love the day\n" * 9, encoding="utf-8")
    monkeypatch.setattr("anymood.jobs.output.COMMIT_SECONDS", 0)

    def stop(rows):
        if rows == 1:
            raise OSError(28, "No space left on device")

    with pytest.raises(JobError, match=r"No space left on device\. The 1 row before is kept in"):
        predict_files(model, table, target, batch_size=1, progress=lambda _: nullcontext(stop))


def test_a_full_disk_keeps_the_rows_before(model, tmp_path, monkeypatch):
    monkeypatch.setattr("anymood.jobs.output.COMMIT_SECONDS", 0)
    table = tmp_path / "posts.csv"
    table.write_text("text\n" + "love the day\n" * 200, encoding="utf-8")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (7_000, hard))
    try:
        with pytest.raises(JobError, match=r"File too large\. The \d+ rows before are kept in .*The same command"):
            predict_files(model, table, tmp_path / "out.csv", batch_size=2)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    summary = predict_files(model, table, tmp_path / "out.csv")
    assert summary.resumed > 50
    assert len(read_rows(tmp_path / "out.csv")) == summary.rows == 200


def test_images_that_vanish_midway_end_the_job(model, tmp_path, corpus_folder):
    shutil.copytree(corpus_folder / "images", tmp_path / "disk")
    table = tmp_path / "posts.csv"
    names = sorted(path.name for path in (tmp_path / "disk").iterdir())
    table.write_text("image\n" + "".join(f"disk/{name}\n" for name in names), encoding="utf-8")

    def vanish(rows):
        if rows == 20:
            (tmp_path / "disk").rename(tmp_path / "elsewhere")

    with pytest.raises(TableError, match=r"disk, from .*no longer exists.*mounted\? The \d+ rows before are kept"):
        predict_files(model, table, tmp_path / "out.csv", batch_size=5, progress=lambda _: nullcontext(vanish))
    (tmp_path / "elsewhere").rename(tmp_path / "disk")
    summary = predict_files(model, table, tmp_path / "out.csv")
    assert (summary.rows, summary.problems) == (48, {})


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
@pytest.mark.parametrize("step", ["finish", "publish", "clear"])
def test_a_kill_during_the_last_steps_is_repaired(model, long, tmp_path, monkeypatch, suffix, step):
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
    assert len(read_rows(errors)) == 8
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
    assert len(read_rows(tmp_path / "f.csv")) == 8
    assert not (tmp_path / "out.csv.part").exists()


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_no_row_is_lost_or_doubled_by_kills(kills, model, tmp_path, suffix):
    table = kills.write_table(tmp_path / "posts.csv", 20_000)
    target = tmp_path / f"out{suffix}"
    message = list(kills.kill_repeatedly(table, target, str(model.bundle.folder), kills=3, seed=7))
    assert sum(line.startswith("killed") for line in message) == 3
    assert kills.wrong_rows(target, 20_000) == (0, 0, 0)
