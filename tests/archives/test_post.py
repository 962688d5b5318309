import json
import zipfile
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from anymood.archives import COLUMNS, ArchivedPost, ZippedFile
from anymood.errors import ImageError
from anymood.posts import Post, Problem, Reason


def test_a_row_is_plain_values():
    created = datetime(2022, 11, 5, 12, tzinfo=timezone(timedelta(hours=2)))
    problems = (Problem(Reason.MISSING_IMAGE, "no image a.jpg"), Problem(Reason.MALFORMED, "and more"))
    post = ArchivedPost(
        where="a.js, byte 3", id="1", text="hi", image=Path("a.jpg"), created=created, problems=problems
    )
    row = post.row()
    assert tuple(row) == COLUMNS
    assert (row["image"], row["created"]) == ("a.jpg", "2022-11-05T10:00:00Z")
    assert (row["problem"], row["reason"]) == ("no image a.jpg; and more", "missing image")
    json.dumps(row)


def test_times_without_a_zone_have_none_in_rows():
    assert ArchivedPost(where="", created=datetime(2022, 11, 5, 12)).row()["created"] == "2022-11-05T12:00:00"


def test_the_post_that_is_predicted():
    assert ArchivedPost(where="", id="1", text="hi", image="https://e.example/a.jpg").to_post() == Post(
        "hi", "https://e.example/a.jpg", "1"
    )


@pytest.mark.parametrize("kind", ["notice", "unreadable"])
def test_notices_are_not_predicted(kind):
    post = ArchivedPost(where="", id="1", text="Joined the server.", kind=kind)
    assert not post.scored
    assert post.to_post() == Post(id="1")


def test_alt_text_is_scored_only_on_request():
    post = ArchivedPost(where="", alt_text="a happy dog")
    assert post.to_post() == Post()
    assert post.to_post(use_alt_text=True) == Post("a happy dog")
    assert ArchivedPost(where="", alt_text="x", text="mine").to_post(use_alt_text=True) == Post("mine")
    assert ArchivedPost(where="", alt_text="x", image="a").to_post(use_alt_text=True) == Post(None, "a")


def test_an_image_in_a_zip_is_read(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as opened:
        opened.writestr("a.jpg", b"picture")
    assert ArchivedPost(where="", image=ZippedFile(path, "a.jpg")).to_post().image == b"picture"
    with pytest.raises(ImageError):
        ArchivedPost(where="", image=ZippedFile(path, "b.jpg")).to_post()


def test_the_default_time_zone_is_utc():
    assert ArchivedPost(where="", created=datetime(2022, 1, 1, tzinfo=UTC)).row()["created"] == "2022-01-01T00:00:00Z"
