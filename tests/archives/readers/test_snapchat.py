"""Chats of Snapchat."""

from datetime import UTC, datetime

import pytest

from anymood.archives import open_archive
from anymood.errors import InputError

TIME = 1667642400
AT = datetime(2022, 11, 5, 10, tzinfo=UTC)


def snap(**more):
    return {
        "From": "ana", "Media Type": "TEXT", "Created": "2022-11-05 10:00:00 UTC", "Content": "so happy",
        "Conversation Title": None, "IsSender": False, "Created(microseconds)": TIME * 1000, "IsSaved": True,
        "Media IDs": "", **more,
    }  # fmt: skip


def test_messages_of_snapchat(posts):
    erased = snap(**{"Media Type": "STATUSERASEDMESSAGE", "Content": ""})
    member_left = snap(**{"Media Type": "STATUSPARTICIPANTREMOVED", "Content": "Bo left"})
    [text, unsaved, deleted, notice, time] = posts(
        "chat_history.json",
        {"ana": [snap(), snap(Content="", IsSaved=False)], "bo": [erased, member_left, snap(Created="")]},
    )
    assert (text.text, text.created, text.problems) == ("so happy", AT, ())
    assert (unsaved.text, unsaved.problems[0].reason) == (None, "text not in the export")
    assert (deleted.text, deleted.kind, deleted.problems[0].reason) == (None, "post", "deleted message")
    assert (notice.kind, notice.text) == ("notice", "Bo left")
    assert time.created == AT


def test_messages_of_snapchat_until_2023(posts):
    old = {"From": "ana", "Media Type": "TEXT", "Created": "2022-11-05 10:00:00 UTC", "Text": "so happy"}
    sent = {"To": "ana", "Media Type": "IMAGE", "Created": "2022-11-05 10:00:00 UTC"}
    [text, image] = posts(
        "chat_history.json", {"Received Saved Chat History": [old], "Sent Saved Chat History": [sent]}
    )
    assert (text.text, text.created) == ("so happy", AT)
    assert (image.text, image.images, image.problems[0].reason) == (None, 1, "media omitted")


def test_pictures_of_snapchat(write, tmp_path, picture):
    write(
        "mydata/json/chat_history.json",
        {"ana": [snap(**{"Media Type": "MEDIA", "Content": "", "Media IDs": "b~AA | b~BB"})]},
    )
    write("mydata/chat_media/2022-11-05_b~AA.mp4", b"")
    image = write("mydata/chat_media/2022-11-05_b~BB.jpg", picture)
    [post] = open_archive(tmp_path)
    assert (post.image, post.images, post.text, post.problems) == (image, 2, None, ())


def test_snapchats_pages_are_reported(write, tmp_path):
    write("mydata/html/chat_history.html", "<html></html>")
    with pytest.raises(InputError, match=r"made as HTML or text\. Export it again as JSON"):
        open_archive(tmp_path)
