import os

import pytest

from anymood.disk import lock, whole
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


def test_a_lock_ends_with_its_file(tmp_path):
    first, second = (os.open(tmp_path / "lock", os.O_CREAT | os.O_RDWR) for _ in range(2))
    lock(first, "busy")
    with pytest.raises(JobError, match="it is busy"):
        lock(second, "it is busy")
    os.close(first)
    lock(second, "busy")
    os.close(second)
