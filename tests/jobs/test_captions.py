"""Folders of images with text files of the same names."""

import pytest

from anymood.jobs.image_files import ImageFiles


@pytest.fixture
def folder(tmp_path, corpus_folder):
    content = next((corpus_folder / "images").glob("*.jpg")).read_bytes()
    for name in ("a.jpg", "b.jpg", "c.jpg", "more/d.jpg"):
        (tmp_path / "photos" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "photos" / name).write_bytes(content)
    return tmp_path / "photos"


def test_a_text_file_with_the_name_of_an_image_is_its_text(folder):
    (folder / "a.txt").write_text("\ufeffmy caf\u00e9\n", encoding="utf-8")
    (folder / "b.txt").write_bytes("d\u00e9j\u00e0 vu\0".encode("cp1252"))
    (folder / "more" / "d.txt").write_text("two\nlines", encoding="utf-8")
    (folder / "read me.txt").write_text("not of an image", encoding="utf-8")
    images = ImageFiles((folder,))
    rows = list(images.rows())
    assert [row.post.text for row in rows] == ["my caf\u00e9", "d\u00e9j\u00e0 vu", None, "two\nlines"]
    assert all(row.post.image is not None for row in rows)
    assert images.columns == tuple(rows[2].values) == ("image", "text")
    assert images.notes == (
        "3 texts read from .txt files with the names of images (--text-column '' or text=None ignores them)",
        "1 file skipped: 1 not an image (read me.txt)",
    )
    before = images.digest()
    (folder / "a.txt").write_text("my other place", encoding="utf-8")
    assert images.digest() != before


def test_files_of_boxes_are_not_texts(folder):
    (folder / "a.txt").write_text("0 0.5 0.5 1 1\n", encoding="utf-8")
    images = ImageFiles((folder,))
    assert (images.columns, images.notes) == (("image",), ("1 .txt file without letters skipped",))
    assert [row.post.text for row in images.rows()] == [None] * 4


def test_captions_can_be_ignored(folder):
    (folder / "a.txt").write_text("love", encoding="utf-8")
    images = ImageFiles((folder,), captions=False)
    assert (images.columns, images.notes) == (("image",), ())
    assert next(images.rows()).values == {"image": str(folder / "a.jpg")}
