import json
import math
import os
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest

from anymood.posts import Reason
from anymood.tables.cells import image_in, name_in, remove_nul_bytes, text_in
from anymood.tables.format import Record

NAN = math.nan


def record(value):
    return Record(1, "t.csv:2", {"c": value})


@pytest.mark.parametrize("value", [None, NAN, "", "  \t\n", "nan", " N/A ", "#NAME?"])
def test_a_missing_text_is_not_a_problem(value):
    row = record(value)
    assert text_in(row, "c") is None
    assert row.problems == []


def test_a_text_stays_as_written():
    assert [text_in(record(text), "c") for text in (" a ", "None", "null")] == [" a ", "None", "null"]
    assert text_in(record("a"), None) is None
    assert text_in(record("a"), "other") is None


def test_a_text_in_bytes_is_decoded():
    assert text_in(record("schön".encode()), "c") == "schön"


@pytest.mark.parametrize("value", [3, True, ["a"], {"a": 1}, b"\xff"])
def test_a_text_of_another_type_is_a_problem(value):
    row = record(value)
    assert text_in(row, "c") is None
    assert [p.reason for p in row.problems] == ["wrong type"]


@pytest.mark.parametrize(
    "value",
    [None, NAN, "", " ", "-", "nan", "NaN", "NULL", "None", "False", "N/A", b"", {"bytes": None, "path": None}],
)
def test_a_missing_image_is_not_a_problem(value, tmp_path):
    row = record(value)
    assert image_in(row, "c", tmp_path) is None
    assert row.problems == []


def test_an_image_is_a_path_or_bytes(tmp_path):
    path = tmp_path / "in" / "a.jpg"
    path.parent.mkdir()
    path.touch()
    assert image_in(record("in/a.jpg"), "c", tmp_path) == path
    assert image_in(record(" in/a.jpg "), "c", tmp_path) == path
    assert image_in(record(str(path)), "c", tmp_path / "elsewhere") == path
    assert image_in(record(b"jpg"), "c", tmp_path) == b"jpg"
    assert image_in(record({"bytes": b"jpg", "path": "in/a.jpg"}), "c", tmp_path) == b"jpg"
    assert image_in(record({"bytes": None, "path": "in/a.jpg"}), "c", tmp_path) == path
    assert image_in(record("in\\a.jpg"), "c", tmp_path) == path  # as Windows writes it
    assert image_in(record(repr({"bytes": b"\xffjpg", "path": None})), "c", tmp_path) == b"\xffjpg"  # as pandas does


def test_an_image_without_permission(tmp_path, monkeypatch):
    def refused(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("anymood.tables.cells.is_file", lambda path: False)
    monkeypatch.setattr("pathlib.Path.stat", refused)
    row = record("a.jpg")
    assert image_in(row, "c", tmp_path) is None
    assert [(each.reason, each.message) for each in row.problems] == [
        ("unreadable", "its image 'a.jpg' cannot be read: Permission denied.")
    ]


@pytest.mark.skipif(os.name == "nt", reason="there a backslash ends a folder's name")
def test_a_file_with_a_backslash_in_its_name_goes_first(tmp_path):
    (tmp_path / "in").mkdir()
    for name in ("in/a.jpg", "in\\a.jpg"):
        (tmp_path / name).touch()
    assert image_in(record("in\\a.jpg"), "c", tmp_path) == tmp_path / "in\\a.jpg"


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("gone.jpg", "missing image"),
        (".", "missing image"),
        ("a\0b.jpg", "missing image"),
        ("x" * 5000, "missing image"),
        ({"bytes": None, "path": "gone.jpg"}, "missing image"),
        ("https://example.org/a.jpg", "image is a URL"),
        ("S3://bucket/a.jpg", "image is a URL"),
        (3, "wrong type"),
        ([["a.jpg"]], "wrong type"),
        (["gone.jpg"], "missing image"),
        ({"url": "a.jpg"}, "wrong type"),
    ],
)
def test_an_image_that_cannot_be_had_is_a_named_problem(value, reason, tmp_path):
    row = record(value)
    assert image_in(row, "c", tmp_path) is None
    assert [p.reason for p in row.problems] == [reason]
    assert len(row.problems[0].message) < 1000


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (None, None),
        (NAN, None),
        ("  ", None),
        (" a ", "a"),
        ("none", "none"),
        (7, "7"),
        (7.0, "7"),
        (7.5, "7.5"),
        (math.inf, "inf"),
        (Decimal("12345678901234567890"), "12345678901234567890"),
        (Decimal("1.00"), "1"),
        (Decimal("-0.5"), "-0.5"),
        (Decimal("Infinity"), "Infinity"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (date(2024, 1, 31), "2024-01-31"),
        (True, "true"),
        ([" a "], "a"),
        ([7], "7"),
        ([], None),
        ({"$oid": "65f1"}, "65f1"),
        ({"$numberLong": "7"}, "7"),
    ],
)
def test_names(value, name):
    row = record(value)
    assert name_in(row, "c") == name
    assert row.problems == []


@pytest.mark.parametrize("value", [["a", "b"], {"a": 1}, [["a"]]])
def test_a_name_of_another_type_is_a_problem(value):
    row = record(value)
    assert name_in(row, "c") is None
    assert [p.reason for p in row.problems] == ["wrong type"]


def test_nul_bytes_are_removed():
    row = Record(1, "t", {"nul": "a\0b", "fine": "é😀", "number": 3})
    remove_nul_bytes(row)
    assert row.values == {"nul": "ab", "fine": "é😀", "number": 3}
    assert [p.reason for p in row.problems] == ["NUL byte"]


@pytest.mark.parametrize("separator", [",", ", ", ";", "|", "\n"])
def test_of_several_images_in_a_cell_the_first_is_read(separator, tmp_path):
    for name in ("a.jpg", "b.jpg"):
        (tmp_path / name).touch()
    row = record(separator.join(("a.jpg", "b.jpg")))
    assert image_in(row, "c", tmp_path) == tmp_path / "a.jpg"
    assert [problem.reason for problem in row.problems] == ["several images"]
    row = record(separator.join(("https://e.example/a,b.jpg", "https://e.example/c.jpg")))
    assert image_in(row, "c", tmp_path, links=True) == "https://e.example/a,b.jpg"
    assert [problem.reason for problem in row.problems] == ["several images"]
    both = tmp_path / separator.join(("a", "b"))
    both.touch()
    row = record(both.name)
    assert (image_in(row, "c", tmp_path), row.problems) == (both, [])  # a file of that name


def test_the_first_of_several_images_within_objects_is_read():
    media = [{"url": "https://t.example/page", "media_url": f"https://a.example/{n}.jpg"} for n in (1, 2)]
    row = Record(1, "t", {"entities": {"media": media}})
    assert image_in(row, "entities.media.media_url", "", links=True) == "https://a.example/1.jpg"
    assert [problem.reason for problem in row.problems] == [Reason.SEVERAL_IMAGES]


def test_the_largest_size_of_an_image_is_read():
    sizes = [{"url": f"https://a.example/{width}.jpg", "width": width} for width in (130, 800, 320)]
    row = Record(1, "t", {"attachments": [{"type": "photo", "photo": {"sizes": sizes}}]})
    assert image_in(row, "attachments.photo", "", links=True) == "https://a.example/800.jpg"
    assert not row.problems


def media(*items):
    row = record(list(items))
    return image_in(row, "c", "photos", links=True), [problem.reason for problem in row.problems]


def test_the_first_medium_that_is_an_image_is_used():
    video = {"type": "video", "url": "https://a.example/v.mp4", "preview_url": "https://a.example/v.png"}
    image = {"type": "image", "url": "https://a.example/1.png", "preview_url": "https://a.example/small.png"}
    file = {"content_type": "image/png", "url": "https://a.example/2.png"}
    photo = {
        "_type": "snscrape.modules.twitter.Photo",
        "previewUrl": "https://a.example/s",
        "fullUrl": "https://a.example/3",
    }
    facebook = {"__typename": "Photo", "photo_image": {"uri": "https://a.example/4.jpg"}}
    assert media(video, image) == ("https://a.example/1.png", [])
    assert media({"content_type": "video/mp4", "url": "https://a.example/v.mp4"}, file) == (
        "https://a.example/2.png",
        [],
    )
    assert media(photo) == ("https://a.example/3", [])
    assert media(facebook) == ("https://a.example/4.jpg", [])
    assert media(image, video, file) == ("https://a.example/1.png", ["several images"])
    assert media(video, {"type": "gifv", "url": "https://a.example/g.mp4"}) == (None, [])
    assert media({"_type": "snscrape.modules.twitter.Video", "variants": [{"url": "https://a.example/v.mp4"}]}) == (
        None,
        [],
    )
    as_json = record(json.dumps([video, image]))
    assert image_in(as_json, "c", "photos", links=True) == "https://a.example/1.png"
    empty = record("[]")
    assert (image_in(empty, "c", "photos"), empty.problems) == (None, [])
