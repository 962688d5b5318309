import json
from datetime import UTC, datetime

import pytest


def message(number=1, text="hello", **more):
    return {
        "id": number,
        "type": "message",
        "date": "2022-11-05T12:00:00",
        "date_unixtime": "1667642400",
        "text": text,
        **more,
    }


def chat(*messages, **more):
    return {"name": "Group", "type": "private_group", "id": 77, "messages": list(messages), **more}


def test_one_chat(posts):
    [post] = posts("result.json", chat(message()))
    assert (post.id, post.text, post.kind) == ("1", "hello", "post")
    assert post.created == datetime(2022, 11, 5, 10, tzinfo=UTC)


def test_a_list_of_parts_is_joined(posts):
    parts = ["I really ", {"type": "bold", "text": "hate"}, " this ", {"type": "text_link", "text": "day", "href": "x"}]
    results = posts("result.json", chat(message(text=parts), message(text=[]), message(text=[3, None, "x"])))
    assert [post.text for post in results] == ["I really hate this day", None, "x"]


def test_control_characters_that_are_not_json(posts):
    text = json.dumps(chat(message(text="one PAGE two"), message(2, "three")), indent=1).replace(" PAGE ", "\\x0C")
    with pytest.raises(json.JSONDecodeError):
        json.loads(text)
    assert [post.text for post in posts("result.json", text)] == ["one\ftwo", "three"]


def test_notices_are_recognised_by_their_type(posts):
    joined = {"id": 2, "type": "service", "action": "join_group_by_link", "text": "", "actor": "Ana"}
    results = posts("result.json", chat(message(), joined, {"id": 3, "type": "unsupported"}))
    assert [post.kind for post in results] == ["post", "notice", "notice"]


@pytest.mark.parametrize(
    "path",
    [
        "(File not included. Change data exporting settings to download.)",
        "(File exceeds maximum size. Change data exporting settings to download.)",
        "(File unavailable, please try again later)",
    ],
)
def test_photos_that_were_not_exported(posts, path):
    [post] = posts("result.json", chat(message(photo=path)))
    assert (post.image, post.images, post.text) == (None, 1, "hello")
    assert post.problems[0].reason == "media omitted"


def test_photos_beside_the_file(posts, write, picture):
    path = write("photos/photo_1@05-11-2022.jpg", picture)
    results = posts(
        "result.json",
        chat(
            message(photo="photos/photo_1@05-11-2022.jpg"),
            message(photo="photos/none.jpg"),
            message(photo="../../secret.jpg"),
            message(file="photos/photo_1@05-11-2022.jpg", mime_type="image/jpeg"),
            message(file="x.webm", thumbnail="photos/photo_1@05-11-2022.jpg", media_type="video_file"),
            message(file="x.webp", mime_type="image/webp", media_type="sticker"),
        ),
    )
    assert [post.image for post in results] == [path, None, None, path, path, None]
    assert [len(post.problems) for post in results] == [0, 1, 1, 0, 0, 0]


def test_forwarded_messages_replies_and_polls(posts):
    results = posts(
        "result.json",
        chat(
            message(forwarded_from="Bo"),
            message(reply_to_message_id=1),
            message(text="", poll={"question": "Are you happy?", "answers": []}),
            message(text="", poll={"question": ["Are you ", {"type": "custom_emoji", "text": "😀"}, "?"]}),
        ),
    )
    assert [(post.is_repost, post.is_reply) for post in results[:3]] == [(True, False), (False, True), (False, False)]
    assert [post.text for post in results[2:]] == ["Are you happy?", "Are you 😀?"]


def test_all_chats_of_an_account(posts):
    export = {
        "about": "Here is the data you requested.",
        "personal_information": {"user_id": 1},
        "contacts": {"about": "", "list": [{"messages": [message(9)]}]},
        "chats": {"about": "", "list": [chat(message(1)), chat(message(1), id=78)]},
        "left_chats": {"about": "", "list": [chat(message(2), id=79)]},
    }
    assert [post.id for post in posts("result.json", export)] == ["77/1", "78/1", "79/2"]
