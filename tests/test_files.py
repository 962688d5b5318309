import errno
import os
import sys

import pytest

from anymood.disk import lock, take_place, whole
from anymood.errors import JobError


def test_a_file_is_whole_or_as_it_was(tmp_path):
    path = tmp_path / "a.json"
    with whole(path) as file:
        file.write(b"old")
        assert not path.exists()
    with pytest.raises(KeyboardInterrupt), whole(path) as file:
        file.write(b"ne")
        raise KeyboardInterrupt
    assert [(entry.name, entry.read_bytes()) for entry in tmp_path.iterdir()] == [("a.json", b"old")]


def test_a_folder_takes_the_place_of_another_or_leaves_it(tmp_path):
    new, name, aside = (tmp_path / each for each in ("new", "name", "aside"))
    with pytest.raises(OSError, match="new"):
        take_place(new, name, aside)
    name.mkdir()
    (name / "old").touch()
    with pytest.raises(OSError, match="new"):
        take_place(new, name, aside)
    assert [path.name for path in name.iterdir()] == ["old"]
    new.mkdir()
    take_place(new, name, aside)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["aside", "name"]
    assert (aside / "old").exists()


def test_a_lock_ends_with_its_file(tmp_path):
    first, second = (os.open(tmp_path / "lock", os.O_CREAT | os.O_RDWR) for _ in range(2))
    lock(first, tmp_path / "lock", "busy")
    with pytest.raises(JobError, match="it is busy"):
        lock(second, tmp_path / "lock", "it is busy")
    os.close(first)
    lock(second, tmp_path / "lock", "busy")
    os.close(second)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no flock")
def test_a_file_system_without_locks_is_told_as_such(tmp_path, monkeypatch):
    def flock(*_):
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr("fcntl.flock", flock)
    file = os.open(tmp_path / "lock", os.O_CREAT | os.O_RDWR)
    with pytest.raises(JobError, match=r"lock cannot be locked: No locks available\. .*on a disk of this machine"):
        lock(file, tmp_path / "lock", "busy")
    os.close(file)
