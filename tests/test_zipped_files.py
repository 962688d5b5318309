import io
import zipfile

import pytest
from PIL import Image

from anymood import zipped_files as module
from anymood.errors import ImageError
from anymood.preparation.decoding import decode
from anymood.tables.rows import read_rows
from anymood.zipped_files import ZippedFile


def test_a_file_in_a_zip_that_is_too_large(make_zip, monkeypatch):
    member = ZippedFile(make_zip({"a.jpg": b"0" * 2000}), "a.jpg")
    monkeypatch.setattr(module, "MAX_FILE_BYTES", 1000)
    with pytest.raises(ImageError, match="2,000 bytes") as raised:
        member.read()
    assert raised.value.reason == "too large"


def test_a_damaged_file_in_a_zip(make_zip):
    path = make_zip({"a.jpg": b"picture" * 100}, compression=zipfile.ZIP_STORED)
    path.write_bytes(path.read_bytes().replace(b"picturepicture", b"pictureXicture", 1))
    with pytest.raises(ImageError, match="cannot be unpacked"):
        ZippedFile(path, "a.jpg").read()
    with pytest.raises(ImageError, match="not in the zip"):
        ZippedFile(path, "b.jpg").read()


def test_a_zip_that_was_replaced_is_read_anew(make_zip):
    path = make_zip({"a.jpg": b"old"})
    assert ZippedFile(path, "a.jpg").read() == b"old"
    make_zip({"a.jpg": b"newer"})
    assert ZippedFile(path, "a.jpg").read() == b"newer"


def test_a_path_into_a_zip(make_zip, tmp_path):
    path = make_zip({"media/a.jpg": b"1", "b//c.jpg": b"2", ".zip/d.jpg": b"3"})
    assert ZippedFile.at(path / "media" / "a.jpg") == ZippedFile(path, "media/a.jpg")
    assert ZippedFile.at(f"{path}/b//c.jpg").read() == b"2"
    assert ZippedFile.at(f"{path}/.zip/d.jpg").read() == b"3"
    (tmp_path / "folder.zip").mkdir()
    (tmp_path / "text.zip").write_text("no zip")
    for other in (path, path / "gone.jpg", "folder.zip/a.jpg", "text.zip/a.jpg", "gone.zip/a.jpg", "\0.zip/a", "a.jpg"):
        assert ZippedFile.at(tmp_path / other) is None


def test_a_table_may_name_images_in_a_zip(make_zip, tmp_path):
    file = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(file, "PNG")
    make_zip({"media/a.png": file.getvalue()}, "x.zip")
    (tmp_path / "t.csv").write_text("image\nx.zip/media/a.png\nx.zip/media/b.png\n")
    present, missing = read_rows(tmp_path / "t.csv")
    assert decode(present.post.image).getpixel((0, 0)) == (255, 0, 0)
    assert present.problems == ()
    assert [problem.reason for problem in missing.problems] == ["missing image"]
    with pytest.raises(ImageError, match="does not exist"):
        decode(tmp_path / "x.zip" / "media" / "b.png")
