import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from anymood.errors import JobError, SettingError
from anymood.files import (
    atomic_write,
    cache_folder,
    cache_write,
    check_output,
    created_folder,
    exclusive_lock,
    replace_folder,
    write_output,
)


def test_a_file_is_whole_or_as_it_was(tmp_path):
    path = tmp_path / "a.json"
    with atomic_write(path) as file:
        file.write(b"old")
        assert not path.exists()
    with pytest.raises(KeyboardInterrupt), atomic_write(path) as file:
        file.write(b"ne")
        raise KeyboardInterrupt
    assert [(entry.name, entry.read_bytes()) for entry in tmp_path.iterdir()] == [("a.json", b"old")]


def test_a_file_of_a_cache_is_whole_or_as_it_was(tmp_path):
    path = tmp_path / "cache" / "a"
    with cache_write(path) as one, cache_write(path) as other:
        one.write(b"one")
        other.write(b"other")
    assert path.read_bytes() == b"one"
    with pytest.raises(KeyboardInterrupt), cache_write(path) as file:
        file.write(b"ne")
        raise KeyboardInterrupt
    assert [(entry.name, entry.read_bytes()) for entry in path.parent.iterdir()] == [("a", b"one")]


def test_an_output_is_checked_before_the_work(tmp_path):
    kinds = (".html", ".htm", ".json")
    existing = tmp_path / "there.json"
    existing.touch()
    check_output(tmp_path / "new.HTML", kinds)
    check_output(existing, kinds, overwrite=True, inputs=["-", tmp_path / "gone.json"])
    (tmp_path / "folder.json").mkdir()
    messages = {"why.pdf": "end in .html, .htm or .json", "no/a.json": "no folder", "folder.json": "is a folder"}
    for name, message in {**messages, "there.json": "already exists.*--overwrite"}.items():
        with pytest.raises(SettingError, match=message):
            check_output(tmp_path / name, kinds)
    with pytest.raises(SettingError, match=r"'a\\x00.json' cannot be written: its name contains a NUL byte"):
        check_output(Path("a\0.json"))
    with pytest.raises(SettingError, match="also the input"):
        check_output(existing, kinds, overwrite=True, inputs=[tmp_path / "folder.json/../there.json"])


def test_a_folder_that_is_read_only_is_reported_before_the_work(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: (Path(path), mode) != (tmp_path, os.W_OK))
    with pytest.raises(SettingError, match=r"a\.html cannot be written: its folder is read-only for you"):
        check_output(tmp_path / "a.html")


def test_an_output_that_cannot_be_written(tmp_path, monkeypatch):
    path = tmp_path / "a.html"
    write_output(path, "old \ud83d")
    assert path.read_bytes() == b"old ?"

    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(SettingError, match=r"a\.html cannot be written: No space left on device\."):
        write_output(path, b"new")
    assert path.read_bytes() == b"old ?"


def test_a_user_without_a_home_is_reported_the_setting(tmp_path, monkeypatch):
    def unknown():
        raise RuntimeError("Could not determine home directory.")

    for name in ("ANYMOOD_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", unknown)
    with pytest.raises(SettingError, match="Set ANYMOOD_CACHE to a folder"):
        cache_folder()
    monkeypatch.setenv("ANYMOOD_CACHE", str(tmp_path))
    assert cache_folder() == tmp_path


def test_a_folder_without_content_is_removed_again(tmp_path):
    (tmp_path / "old").mkdir()
    for folder, content in (("old/new/newer", False), ("old", False), ("kept/new", True)):
        with pytest.raises(KeyboardInterrupt), created_folder(tmp_path / folder):
            if content:
                (tmp_path / folder / "file").write_bytes(b"some")
            raise KeyboardInterrupt
    assert [each.relative_to(tmp_path).as_posix() for each in sorted(tmp_path.rglob("*"))] == [
        *("kept", "kept/new", "kept/new/file", "old")
    ]
    with created_folder(tmp_path / "a" / "b"):
        pass
    assert (tmp_path / "a" / "b").is_dir()


def test_a_folder_takes_the_place_of_another_or_leaves_it(tmp_path):
    new, name, backup = (tmp_path / each for each in ("new", "name", "backup"))
    with pytest.raises(OSError, match="new"):
        replace_folder(new, name, backup)
    name.mkdir()
    (name / "old").touch()
    with pytest.raises(OSError, match="new"):
        replace_folder(new, name, backup)
    assert [path.name for path in name.iterdir()] == ["old"]
    new.mkdir()
    replace_folder(new, name, backup)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["backup", "name"]
    assert (backup / "old").exists()


def test_a_lock_keeps_others_out_until_it_is_released(tmp_path):
    with (
        exclusive_lock(tmp_path / "lock", "busy"),
        pytest.raises(JobError, match="it is busy"),
        exclusive_lock(tmp_path / "lock", "it is busy"),
    ):
        pass
    with exclusive_lock(tmp_path / "lock", "busy"):
        pass


HOLD = """
import sys, time
from pathlib import Path
from anymood.files import exclusive_lock

with exclusive_lock(Path(sys.argv[1]), "busy"):
    print("held", flush=True)
    time.sleep(600)
"""


def test_a_lock_goes_with_its_process_however_that_ends(tmp_path):
    with subprocess.Popen([sys.executable, "-c", HOLD, tmp_path / "lock"], stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout.readline().strip() == b"held"
            with pytest.raises(JobError, match="it is busy"), exclusive_lock(tmp_path / "lock", "it is busy"):
                pass
        finally:
            process.kill()
    with exclusive_lock(tmp_path / "lock", "busy"):
        pass


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no flock")
@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOSYS])
def test_a_file_system_without_locks_is_reported_as_such(tmp_path, monkeypatch, number):
    def flock(*_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("fcntl.flock", flock)
    message = rf"lock cannot be locked: {os.strerror(number)}\. .*on a local disk"
    with pytest.raises(JobError, match=message), exclusive_lock(tmp_path / "lock", "busy"):
        pass
    with exclusive_lock(tmp_path / "lock", "busy", required=False) as held:
        assert held is None


def test_two_processes_write_one_output(tmp_path, monkeypatch):
    path = tmp_path / "report.html"
    sync = os.fsync

    def other_writes(handle):
        sync(handle)
        monkeypatch.setattr("os.fsync", sync)
        monkeypatch.setattr("os.getpid", lambda: 1)
        write_output(path, "of the other process")

    monkeypatch.setattr("os.fsync", other_writes)
    write_output(path, "ours")
    assert path.read_text(encoding="utf-8") == "ours"
    assert list(tmp_path.iterdir()) == [path]
