import errno
import gzip
import io
import os
from pathlib import Path

import pytest

from anymood.archives.opening import open_source
from anymood.archives.source import FileSource, FolderSource, ZipSource
from anymood.errors import InputError
from anymood.zipped_files import ZippedFile


def test_the_three_kinds(tmp_path, make_zip):
    (tmp_path / "a.json").write_text("[]")
    assert type(open_source(tmp_path)) is FolderSource
    assert type(open_source(tmp_path / "a.json")) is FileSource
    assert type(open_source(make_zip({"a.json": "[]"}))) is ZipSource


def test_names_are_sorted_by_their_numbers_and_without_those_of_macos(tmp_path, make_zip):
    files = ["p-part10.js", "p-part2.js", "d/x.js", "._p-part2.js", "__MACOSX/p.js", "d/.DS_Store"]
    expected = ("d/x.js", "p-part2.js", "p-part10.js")
    assert ZipSource(make_zip(dict.fromkeys(files, ""))).names == expected
    for file in files:
        (tmp_path / "f" / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "f" / file).write_text("")
    assert FolderSource(tmp_path / "f").names == expected


@pytest.mark.parametrize("name", ["../evil.js", "a/../../evil.js", "/etc/evil.js", "C:\\evil.js", "..\\evil.js"])
def test_names_that_lead_out_of_a_zip_are_not_there(make_zip, name):
    source = ZipSource(make_zip({name: "x", "good.js": "y"}))
    assert source.names == ("good.js",)


@pytest.mark.parametrize("relative", ["../../etc/passwd", "/etc/passwd", "C:/x.jpg", "..", "", "a\0b", "a/../../../x"])
def test_paths_of_an_export_do_not_lead_out_of_it(tmp_path, relative):
    assert FolderSource(tmp_path).beside("data/x.js", relative) is None


def test_paths_of_an_export(tmp_path):
    source = FolderSource(tmp_path)
    assert source.beside("data/x.js", "media/a.jpg") == "data/media/a.jpg"
    assert source.beside("data/x.js", "../media/a.jpg") == "media/a.jpg"
    assert source.beside("data/x.js", "media\\a.jpg") == "data/media/a.jpg"


def test_links_are_not_followed_out_of_a_folder(tmp_path):
    (tmp_path / "secret.jpg").write_bytes(b"x")
    inside = tmp_path / "archive"
    inside.mkdir()
    (inside / "link.jpg").symlink_to(tmp_path / "secret.jpg")
    (inside / "own.jpg").write_bytes(b"y")
    source = FolderSource(inside)
    (inside / "loop.jpg").symlink_to("loop.jpg")
    assert source.file("link.jpg") is source.file("loop.jpg") is None
    assert source.file("own.jpg") == inside / "own.jpg"
    assert source.file("a" * 5000) is None


def test_a_file_in_a_zip_is_read_on_request(make_zip):
    path = make_zip({"media/a.jpg": b"picture"})
    content = ZipSource(path).file("media/a.jpg")
    assert content == ZippedFile(path, "media/a.jpg")
    assert str(content) == f"{path}/media/a.jpg"
    assert content.read() == b"picture"


def test_a_zip_whose_download_was_interrupted(make_zip):
    path = make_zip({"a.json": "[]" * 1000})
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(InputError, match="download it again"):
        open_source(path)


def test_an_encrypted_zip(make_zip):
    path = make_zip({"a.json": "[]"})
    data = bytearray(path.read_bytes())
    data[6] |= 1  # the flag of the file,
    data[data.index(b"PK\x01\x02") + 8] |= 1  # and of its entry in the list
    path.write_bytes(bytes(data))
    with pytest.raises(InputError, match="encrypted"):
        ZipSource(path).open("a.json")


def test_tar_files_are_named(tmp_path):
    import tarfile

    for mode in ("w", "w:gz"):
        path = tmp_path / f"a.{mode[-2:]}"
        with tarfile.open(path, mode) as tar:
            info = tarfile.TarInfo("outbox.json")
            tar.addfile(info, io.BytesIO())
        with pytest.raises(InputError, match="tar file"):
            open_source(path)


def test_nothing_there(tmp_path):
    with pytest.raises(InputError, match="There is no file or folder"):
        open_source(tmp_path / "none")


def test_compressed_files_are_read_through(tmp_path):
    (tmp_path / "a.json.gz").write_bytes(gzip.compress(b"[1]"))
    source = open_source(tmp_path / "a.json.gz")
    with source.open(source.names[0]) as stream:
        assert stream.read() == b"[1]"


def test_selection_is_by_name_in_folders_and_by_content_everywhere(tmp_path):
    (tmp_path / "result.json").write_text("yes")
    (tmp_path / "other.json").write_text("yes")
    assert FolderSource(tmp_path).select(r"result\.json", lambda head: head == "yes") == ["result.json"]
    assert FileSource(tmp_path / "other.json").select(r"result\.json", lambda head: head == "yes") == ["other.json"]
    assert FileSource(tmp_path / "other.json").select(r"result\.json", lambda head: head == "no") == []


def test_heads_of_files_that_cannot_be_read_are_empty(tmp_path):
    (tmp_path / "a.gz").write_bytes(b"\x1f\x8b\x08 no gzip at all")
    assert FileSource(tmp_path / "a.gz").head("a.gz") == b""
    assert isinstance(FileSource(tmp_path / "a.gz").path, Path)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("so h\u00e4ppy \u2019".encode("cp1252"), "so h\u00e4ppy \u2019"),
        ("какой чудесный день, я очень рад".encode("cp1251"), "какой чудесный день, я очень рад"),
        ("so h\u00e4ppy".encode(), "so h\u00e4ppy"),
        ("\U0001f600".encode()[:3], "\ufffd"),  # cut within a character
        ("h\u00e4ppy \U0001f600".encode() + b"\xe4", "h\u00e4ppy \U0001f600\ufffd"),
        (b"\x01q\x12\xe4", "\x01q\x12\ufffd"),  # no text
    ],
)
def test_encodings(tmp_path, content, text):
    (tmp_path / "file.json").write_bytes(content)
    with FolderSource(tmp_path).open("file.json") as stream:
        assert stream.read().decode("utf-8", "replace") == text


def test_a_folder_that_cannot_be_read_is_not_skipped(tmp_path, monkeypatch):
    (tmp_path / "media").mkdir()
    listed = os.scandir

    def scandir(path):
        if str(path).endswith("media"):
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return listed(path)

    monkeypatch.setattr(os, "scandir", scandir)
    with pytest.raises(InputError, match=r"The folder .*media cannot be read: Permission denied\."):
        _ = open_source(tmp_path).names
