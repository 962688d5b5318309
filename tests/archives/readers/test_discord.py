from datetime import UTC, datetime

import pytest


def message(number="1", text="hello", kind="Default", **more):
    start = {"id": number, "type": kind, "timestamp": "2022-11-05T12:00:00.123+02:00", "content": text}
    return {**start, "author": {"id": "5", "isBot": False}, "attachments": [], "embeds": [], **more}


def channel(*messages):
    return {
        "guild": {"id": "1"},
        "channel": {"id": "2", "type": "GuildTextChat"},
        "messages": list(messages),
        "messageCount": 1,
    }


def attachment(url, name="a.png", **more):
    return {"id": "3", "url": url, "fileName": name, "fileSizeBytes": 10, **more}


def test_a_message(posts):
    [post] = posts("general.json", channel(message()))
    assert (post.id, post.text, post.kind) == ("1", "hello", "post")
    assert post.created == datetime(2022, 11, 5, 10, 0, 0, 123000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("Default", "post"),
        ("Reply", "post"),
        ("20", "post"),
        ("GuildMemberJoin", "notice"),
        ("ChannelPinnedMessage", "notice"),
        ("Call", "notice"),
        ("ThreadCreated", "notice"),
        ("8", "notice"),
        ("46", "notice"),
    ],
)
def test_notices_are_recognised_by_their_type(posts, kind, expected):
    [post] = posts("general.json", channel(message(text="Joined the server.", kind=kind)))
    assert post.kind == expected
    assert post.to_post().text == ("Joined the server." if expected == "post" else None)


def test_replies(posts):
    [post] = posts("general.json", channel(message(kind="Reply", reference={"type": "Default", "messageId": "1"})))
    assert post.is_reply and not post.is_repost


def test_a_forwarded_message_has_its_text_apart(posts):
    forwarded = {
        "timestamp": "2022-11-04T12:00:00+00:00",
        "content": "so sad",
        "attachments": [attachment("https://e.example/a.png")],
    }
    [post] = posts("general.json", channel(message(text="", reference={"type": "Forward"}, forwardedMessage=forwarded)))
    assert (post.text, post.is_repost, post.image) == ("so sad", True, "https://e.example/a.png")


def test_attachments(posts, write, picture):
    path = write("general.json_Files/a-1A2B.png", picture)
    results = posts(
        "general.json",
        channel(
            message(attachments=[attachment("general.json_Files\\a-1A2B.png", description="a dog")]),
            message(attachments=[attachment("https://cdn.example/b.jpg?ex=1", "b.jpg"), attachment("x", "c.jpg")]),
            message(attachments=[attachment("x", "b.pdf"), attachment("x", "b.mp4")]),
            message(attachments=[attachment("general.json_Files/none.png")]),
        ),
    )
    assert [post.image for post in results] == [path, "https://cdn.example/b.jpg?ex=1", None, None]
    assert [post.images for post in results] == [1, 2, 1, 1]
    assert results[0].alt_text == "a dog"
    assert results[3].problems[0].reason == "missing image"


HEADER = "AuthorID,Author,Date,Content,Attachments,Reactions\r\n"


def test_csv(posts):
    rows = (
        '"5","bo","2022-11-05T12:00:00.1234567+02:00","so ""happy""\r\ntoday","https://e.example/a.png",""\r\n'
        '"5","bo","2022-11-05T12:00:00.0000000+02:00","Joined the server.","",""\r\n'
        '"5","bo","2022-11-05T12:00:00.0000000+02:00","Changed the channel name: sad","",""\r\n'
        '"5","bo","2022-11-05"\r\n'
    )
    results = posts("general.csv", HEADER + rows)
    assert [post.kind for post in results] == ["post", "notice", "notice", "unreadable"]
    assert results[0].text == 'so "happy"\r\ntoday'
    assert results[0].image == "https://e.example/a.png"
    assert results[0].created == datetime(2022, 11, 5, 10, 0, 0, 123456, tzinfo=UTC)
