"""How the file of an image is found and read, before anything is decoded."""

import os
import sys
from pathlib import Path

import pytest

from anymood.errors import ImageError
from anymood.preparation.decoding import decode


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match=r"beach\.jpg.*does not exist") as caught:
        decode(tmp_path / "beach.jpg")
    assert caught.value.reason == "missing image"


@pytest.mark.parametrize("path", ["", "a\0b.jpg", "x" * 5000, "\ud800.jpg", "file.jpg/inside"])
def test_a_path_where_no_file_can_be_is_missing(path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file.jpg").write_bytes(b"a file, not a folder")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ImageError) as caught:
        decode(path)
    assert caught.value.reason == "missing image"
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("url", ["https://example.org/a.jpg", "s3://bucket/" + "a" * 9000])
def test_a_url_is_not_fetched(url: str) -> None:
    with pytest.raises(ImageError, match="which is not fetched") as caught:
        decode(url)
    assert caught.value.reason == "image is a URL"
    assert len(str(caught.value)) < 400


def test_a_folder_is_not_an_image(tmp_path: Path) -> None:
    with pytest.raises(ImageError) as caught:
        decode(tmp_path)
    assert caught.value.reason == "not an image"


@pytest.mark.skipif(not Path("/proc/version").exists(), reason="a file that announces no size")
def test_a_file_of_no_announced_size_is_read_whole() -> None:
    with pytest.raises(ImageError, match=r"begins with 'Linux"):
        decode("/proc/version")


@pytest.mark.skipif(sys.platform == "win32", reason="needs links and pipes in the file system")
def test_links_in_a_circle_and_pipes_are_unreadable(tmp_path: Path) -> None:
    (tmp_path / "circle.jpg").symlink_to(tmp_path / "circle.jpg")
    os.mkfifo(tmp_path / "pipe.jpg")
    for name in ("circle.jpg", "pipe.jpg"):
        with pytest.raises(ImageError) as caught:
            decode(tmp_path / name)
        assert caught.value.reason == "unreadable"


def test_a_forbidden_file_is_unreadable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbid(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    path = tmp_path / "private.png"
    path.touch()
    monkeypatch.setattr(Path, "open", forbid)
    with pytest.raises(ImageError, match=r"private\.png.*Permission denied") as caught:
        decode(path)
    assert caught.value.reason == "unreadable"
