import pytest

from anymood.errors import JobError
from anymood.flickr import journal as module
from anymood.flickr.client import Dead
from anymood.flickr.journal import HEADER, Journal
from anymood.flickr.texts import Info
from anymood.posts import Reason

INFO = Info("Tïtle \ud83d", "<b>line\nline</b>", ("a", "b c"), "38", "0a")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "journal.jsonl"


def reopened(path, **options):
    with Journal(path, **options) as journal:
        return journal.dead, {photo: journal.info(photo) for photo in ("1", "2", "3")}


def test_what_was_added_is_there_and_again_later(path):
    with Journal(path) as journal:
        assert not journal.has_text("1")
        journal.add("1", "text", INFO)
        assert journal.info("1") == INFO
        journal.add("2", "text", Dead(Reason.NOT_FOUND))
        journal.add("2", "image", Dead(Reason.UNAVAILABLE))
        journal.add("3", "text", INFO)
        assert (journal.info("1"), journal.info("2"), journal.info("3")) == (INFO, None, INFO)
    dead = {"text": {"2": "not found"}, "image": {"2": "unavailable"}}
    assert reopened(path) == (dead, {"1": INFO, "2": None, "3": INFO})
    assert path.read_bytes().startswith(HEADER)
    assert path.read_bytes().count(b"\n") == 5


def test_deleted_photos_can_be_forgotten(path):
    with Journal(path) as journal:
        journal.add("1", "text", Dead(Reason.PRIVATE))
        journal.add("2", "image", Dead(Reason.UNAVAILABLE))
    with Journal(path, forget_dead=True) as journal:
        assert journal.dead == {"text": {}, "image": {}}
        journal.add("1", "text", INFO)
    assert reopened(path) == ({"text": {}, "image": {"2": "unavailable"}}, {"1": INFO, "2": None, "3": None})


@pytest.mark.parametrize("cut", [1, 10, 60])
def test_a_line_that_was_cut_off_is_cut_away(path, cut):
    with Journal(path) as journal:
        journal.add("1", "text", INFO)
        journal.add("2", "text", INFO)
    path.write_bytes(path.read_bytes()[:-cut])
    with Journal(path) as journal:
        assert (journal.has_text("1"), journal.has_text("2")) == (True, False)
        journal.add("3", "text", INFO)
    assert reopened(path)[1] == {"1": INFO, "2": None, "3": INFO}


@pytest.mark.parametrize("length", range(len(HEADER)))
def test_a_header_that_was_cut_off_is_written_again(path, length):
    path.write_bytes(HEADER[:length])
    with Journal(path) as journal:
        journal.add("1", "text", INFO)
    assert path.read_bytes().startswith(HEADER)
    assert reopened(path)[1]["1"] == INFO


def test_a_damaged_line_is_ignored(path):
    damaged = b'\x00\x00{\n[]\n{"id": 3}\n{"id": "1", "what": "taste", "dead": "x"}\n{"id": "1", "what": "text"}\n'
    path.write_bytes(HEADER + damaged + b'{"id": "1", "what": "text", "dead": "private"}\n')
    assert reopened(path)[0] == {"text": {"1": "private"}, "image": {}}


def test_another_file_is_left_alone(path):
    path.write_text("my diary\n")
    with pytest.raises(JobError, match="is not a journal of this version"):
        Journal(path)
    assert path.read_text() == "my diary\n"


def test_one_process_at_a_time(path):
    with Journal(path), pytest.raises(JobError, match="Another process is fetching into"):
        Journal(path)
    Journal(path).__exit__(None, None, None)


def test_lines_are_synced_at_intervals(path, monkeypatch):
    synced = []
    monkeypatch.setattr(module.os, "fsync", synced.append)
    with Journal(path) as journal:
        journal.add("1", "text", INFO)
        assert len(synced) == 0
        monkeypatch.setattr(module, "SYNC_SECONDS", 0.0)
        journal.add("2", "text", INFO)
        journal.add("3", "text", INFO)
        assert len(synced) == 2
