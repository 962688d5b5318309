import errno
import os

import pytest

from anymood.errors import SettingError
from anymood.training.run_folder import RunFolder

CONFIG = {"name": "mine", "sources": {}, "recipe": {"epochs": 3}, "labels": ["bad", "gut ☀"]}


def test_a_started_run_is_read_back(tmp_path):
    run = RunFolder(tmp_path / "runs" / "mine")
    run.start(CONFIG)
    assert run.checkpoints.is_dir()
    assert run.read_config() == CONFIG
    assert run.records() == []


def test_an_empty_folder_may_be_there_already(tmp_path):
    RunFolder(tmp_path).start(CONFIG)
    assert RunFolder(tmp_path).read_config() == CONFIG


def test_everything_lies_within_the_folder(tmp_path):
    run = RunFolder(tmp_path)
    names = ("config", "tokenizer", "metrics", "learning_curves", "problems", "checkpoints", "last", "best", "bundle")
    paths = [getattr(run, name) for name in names]
    assert len(set(paths)) == len(names)
    assert all(path.is_relative_to(tmp_path) for path in paths)
    assert run.last.parent == run.best.parent == run.checkpoints


def test_a_folder_with_something_in_it_is_refused(tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(SettingError, match=r"is not empty.* Choose an empty folder\.$"):
        RunFolder(tmp_path).start(CONFIG)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_only_a_run_is_offered_to_be_resumed(tmp_path):
    (tmp_path / "config.json").write_text('{"format": "anymood-bundle"}')
    with pytest.raises(SettingError, match=r"is not empty.* Choose an empty folder\.$"):
        RunFolder(tmp_path).start(CONFIG)


def test_a_run_is_not_started_twice(tmp_path):
    RunFolder(tmp_path).start(CONFIG)
    with pytest.raises(SettingError, match="anymood train --resume"):
        RunFolder(tmp_path).start(CONFIG | {"name": "other"})
    assert RunFolder(tmp_path).read_config() == CONFIG


def test_a_file_is_not_a_folder(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingError, match="is a file, so no run can be started there"):
        RunFolder(tmp_path / "file").start(CONFIG)


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingError, match=r"folder .*file/run of the run cannot be created: .*Choose one"):
        RunFolder(tmp_path / "file" / "run").start(CONFIG)


def test_a_name_with_a_nul_byte(tmp_path):
    with pytest.raises(SettingError, match="its name contains a NUL byte"):
        RunFolder(tmp_path / "a\0b").start(CONFIG)


def test_a_full_disk_leaves_no_half_of_a_run(tmp_path, monkeypatch):
    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(SettingError, match="No space left"):
            RunFolder(tmp_path).start(CONFIG)
    assert list(tmp_path.iterdir()) == []
    RunFolder(tmp_path).start(CONFIG)


@pytest.mark.parametrize("content", [None, "{", '{"labels": []}', "[]", '["recipe"]', "3", "null", '"a recipe"'])
def test_what_is_not_a_run(tmp_path, content):
    if content is not None:
        (tmp_path / "config.json").write_text(content)
    with pytest.raises(SettingError, match="is not a training run"):
        RunFolder(tmp_path).read_config()


def test_the_lines_of_the_metrics(tmp_path):
    run = RunFolder(tmp_path)
    run.metrics.write_text('{"epoch": 0}\n\n{"epoch": 1, "score": 0.5}\n')
    assert run.records() == [{"epoch": 0}, {"epoch": 1, "score": 0.5}]


def test_a_line_that_a_killed_process_left_half_written(tmp_path):
    run = RunFolder(tmp_path)
    run.metrics.write_text('{"epoch": 1}\n{"epoch": 2, "sco')
    assert run.records() == [{"epoch": 1}]


def test_a_finished_run_is_not_offered_to_be_resumed(tmp_path):
    run = RunFolder(tmp_path / "run")
    run.start({})
    run.bundle.mkdir()
    with pytest.raises(SettingError, match=r"holds a finished run, .* Choose an empty folder\.") as caught:
        run.start({})
    assert "--resume" not in str(caught.value)
