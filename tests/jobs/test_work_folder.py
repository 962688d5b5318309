import json
from collections import Counter

import pytest

from anymood.errors import JobError, SettingError
from anymood.jobs.inputs import RowPosition
from anymood.jobs.work_folder import CHECKPOINT, Checkpoint, open_work_folder, publish


def test_a_work_folder_without_a_checkpoint_is_removed(tmp_path):
    with open_work_folder(tmp_path / "out.csv", restart=False) as folder:
        (folder / "rows.csv").write_text("a", encoding="utf-8")
        assert folder.name == "out.csv.part"
    assert list(tmp_path.iterdir()) == []


def test_one_with_a_checkpoint_stays_until_a_restart(tmp_path):
    target = tmp_path / "out.csv"
    with open_work_folder(target, restart=False) as folder:
        (folder / CHECKPOINT).write_text("{}", encoding="utf-8")
        (folder / "rows").mkdir()  # as a job through Daft leaves it
        (folder / "rows" / "a.parquet").write_bytes(b"a")
    with open_work_folder(target, restart=False) as folder:
        assert (folder / CHECKPOINT).exists()
    with open_work_folder(target, restart=True) as folder:
        assert [path.name for path in folder.iterdir()] == ["lock"]


def test_a_second_process_is_kept_out_and_harms_nothing(tmp_path):
    with open_work_folder(tmp_path / "out.csv", restart=False) as folder:
        with (
            pytest.raises(JobError, match=r"Another process is writing \S*out\.csv"),
            open_work_folder(tmp_path / "out.csv", restart=True),
        ):
            pass
        assert folder.is_dir()


@pytest.mark.parametrize("name", ["thesis.txt", "rows_backup.csv", "stdin.old.csv"])
def test_somebody_elses_folder_is_left_alone(tmp_path, name):
    folder = tmp_path / "out.csv.part"
    folder.mkdir()
    (folder / name).write_text("dear", encoding="utf-8")
    with (
        pytest.raises(JobError, match=rf"contains '{name}', which does not belong to a job"),
        open_work_folder(tmp_path / "out.csv", restart=True),
    ):
        pass
    assert (folder / name).read_text(encoding="utf-8") == "dear"


def test_a_folder_that_cannot_be_written_is_reported(tmp_path):
    (tmp_path / "out.csv.part").write_text("a file", encoding="utf-8")
    with (
        pytest.raises(JobError, match=r"out\.csv\.part cannot be written"),
        open_work_folder(tmp_path / "out.csv", restart=False),
    ):
        pass


def test_a_stream_has_a_temporary_work_folder(tmp_path):
    with open_work_folder(None, restart=False) as folder:
        assert folder.is_dir()
    assert not folder.exists()


@pytest.mark.parametrize("other_disk", [False, True])
def test_a_finished_file_takes_the_name_of_an_old_one(tmp_path, monkeypatch, other_disk):
    if other_disk:
        monkeypatch.setattr("anymood.jobs.work_folder._on_one_disk", lambda *_: False)
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "rows.csv").write_text("new", encoding="utf-8")
    (tmp_path / "out.csv").write_text("old", encoding="utf-8")
    publish(tmp_path / "work" / "rows.csv", tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_text(encoding="utf-8") == "new"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.csv", "work"]
    assert list((tmp_path / "work").iterdir()) == []


SAVED = Checkpoint(
    {"the model": "abc"}, 7, RowPosition(1, 3), 900, 20, Counter({"good": 4}), Counter({"encoding": 2}), complete=True
)


def test_a_checkpoint_comes_back_as_it_was(tmp_path):
    SAVED.save(tmp_path / "checkpoint.json")
    again = Checkpoint.load(tmp_path / "checkpoint.json")
    assert again == SAVED
    assert again.position.number == 3
    assert again.labels["bad"] == 0
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint.json"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("rows", None), ("rows", 1.5), ("written", -1), ("listed", "x"), ("position", [0, True]), ("position", [0])),
        *(("job", None), ("labels", {"good": "x"}), ("labels", ["good", [1]]), ("problems", {"encoding": None})),
        *(("rows", ...), ("written", ...), ("position", ...)),
    ],
)
def test_a_damaged_checkpoint_says_the_way_out(tmp_path, name, value):
    path = tmp_path / "checkpoint.json"
    SAVED.save(path)
    values = json.loads(path.read_bytes())
    values = {key: each for key, each in {**values, name: value}.items() if each is not ...}
    path.write_text(json.dumps(values))
    with pytest.raises(SettingError, match=r"checkpoint\.json cannot be continued.*--restart"):
        Checkpoint.load(path)


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"version": 99}', b'{"version": 1}', b"\xff"])
def test_invalid_checkpoints_are_errors_with_advice(tmp_path, content):
    (tmp_path / "checkpoint.json").write_bytes(content)
    with pytest.raises(SettingError, match=r"checkpoint\.json cannot be continued.*--restart"):
        Checkpoint.load(tmp_path / "checkpoint.json")


def test_differences_are_named_in_both_directions():
    assert SAVED.differences({"the model": "abc"}) == []
    assert SAVED.differences({"the model": "xyz", "more": "x"}) == ["the model", "more"]
    assert SAVED.differences({}) == ["the model"]
