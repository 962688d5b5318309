"""Instagram and Facebook, whose downloads are made alike."""

import json
import zipfile
from datetime import UTC, datetime

import pytest

from anymood.archives import ZippedFile, open_archive

TIME = 1667642400


def misread(text):
    """A text as Meta writes it: each byte of its UTF-8 is a character."""
    return text.encode().decode("latin-1")


def medium(uri="media/posts/202211/a.jpg", title="", **more):
    return {"uri": uri, "creation_timestamp": TIME, "title": misread(title), **more}


def test_the_caption_of_one_picture_is_its_title(posts):
    [post] = posts("posts_1.json", [{"media": [medium(title="so happy 😀 blåbær")]}])
    assert post.text == "so happy 😀 blåbær"
    assert post.created == datetime(2022, 11, 5, 10, tzinfo=UTC)
    assert post.images == 1


def test_threads(posts):
    reply = medium(uri="", title="agreed, blåbær", text_app_post={"reply_control": "everyone", "is_reply": True})
    content = {"text_post_app_text_posts": [{"media": [reply]}, {"media": [medium(title="so happy")]}]}
    first, second = posts("threads_and_replies.json", content)
    assert (first.text, first.is_reply, first.image, first.problems) == ("agreed, blåbær", True, None, ())
    assert (second.text, second.is_reply, second.images) == ("so happy", False, 1)


def test_threads_without_a_path(posts):
    text = {"creation_timestamp": TIME, "title": misread("blåbær"), "text_app_post": {"is_reply": False}}
    [post] = posts("threads_and_replies.json", {"text_post_app_text_posts": [{"media": [text]}]})
    assert (post.text, post.images, post.created) == ("blåbær", 0, datetime(2022, 11, 5, 10, tzinfo=UTC))


def test_the_caption_of_several_pictures_is_their_posts(posts):
    media = [medium(), medium("media/posts/202211/b.jpg")]
    [post] = posts("posts_1.json", [{"media": media, "title": misread("déjà vu"), "creation_timestamp": TIME}])
    assert (post.text, post.images) == ("déjà vu", 2)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("stories.json", {"ig_stories": [medium(title="x")]}),
        ("reels.json", {"ig_reels_media": [{"media": [medium("media/reels/a.mp4", "x")]}]}),
        ("archived_posts.json", {"ig_archived_post_media": [{"media": [medium(title="x")]}]}),
        ("media.json", {"photos": [{"caption": "x", "taken_at": "2022-11-05T10:00:00", "path": "photos/a.jpg"}]}),
        (
            "other_content.json",
            [{"media": [medium()], "label_values": [{"label": "Caption", "value": "x"}], "timestamp": TIME}],
        ),
    ],
)
def test_other_files_of_instagram(posts, name, data):
    [post] = posts(name, data)
    assert post.text == "x"
    assert post.created == datetime(2022, 11, 5, 10, tzinfo=UTC)


@pytest.mark.parametrize("labels", [("Comment", "Media Owner", "Time"), ("Kommentar", "Medieninhaber", "Zeit")])
def test_comments_of_instagram(posts, labels):
    comment, owner, time = labels
    fields = {comment: {"value": misread("schön")}, owner: {"value": "bo"}, time: {"timestamp": TIME}}
    [post] = posts("post_comments_1.json", [{"media_list_data": [{"uri": ""}], "string_map_data": fields}])
    assert (post.text, post.is_reply) == ("schön", True)
    assert post.created == datetime(2022, 11, 5, 10, tzinfo=UTC)


@pytest.mark.parametrize("comment", [{"Comment": {"value": ""}}, {"Kommentar": {"value": ""}}, {}])
def test_the_owner_of_a_picture_is_not_the_comment(posts, comment):
    """A comment of a GIF alone has no text."""
    fields = comment | {"Media Owner": {"value": "happy_bo"}, "Time": {"timestamp": TIME}}
    [post] = posts("post_comments_1.json", [{"string_map_data": fields}])
    assert (post.text, post.created) == (None, datetime(2022, 11, 5, 10, tzinfo=UTC))


def test_comments_of_old_downloads(posts):
    [post] = posts("comments.json", {"media_comments": [["2022-11-05T10:00:00", "nice", "bo"]]})
    assert (post.text, post.is_reply) == ("nice", True)


def test_a_download_of_instagram(tmp_path, picture):
    path = tmp_path / "instagram.zip"
    with zipfile.ZipFile(path, "w") as opened:
        opened.writestr("your_instagram_activity/media/posts_1.json", json.dumps([{"media": [medium(title="x")]}]))
        opened.writestr("your_instagram_activity/media/posts_2.json", json.dumps([{"media": [medium("none.jpg")]}]))
        opened.writestr("your_instagram_activity/messages/inbox/bo/message_1.json", '{"participants": []}')
        opened.writestr("media/posts/202211/a.jpg", picture)
    results = list(open_archive(path))
    assert results[0].image == ZippedFile(path, "media/posts/202211/a.jpg")
    assert results[1].problems[0].reason == "missing image"
    assert len(results) == 2


def entry(post=None, media=(), title="Ana updated her status.", **more):
    record = {"timestamp": TIME, "title": title, **more}
    if post is not None:
        record["data"] = [{"update_timestamp": TIME}, {"post": misread(post)}]
    if media:
        record["attachments"] = [{"data": [{"media": m} for m in media]}]
    return record


def test_posts_of_facebook(posts):
    [post] = posts("your_posts_1.json", [entry("so happy 😀")])
    assert (post.text, post.kind) == ("so happy 😀", "post")
    assert post.created == datetime(2022, 11, 5, 10, tzinfo=UTC)


def test_pictures_and_their_descriptions(posts):
    picture = {
        "uri": "posts/media/a.jpg",
        "description": misread("blåbær"),
        "title": "Uploads",
        "creation_timestamp": TIME,
    }
    results = posts("your_posts_1.json", [entry(None, [picture, picture]), entry("words", [picture])])
    assert [(post.text, post.images) for post in results] == [("blåbær", 2), ("words", 1)]


def test_records_without_words_are_notices(posts):
    friendship = entry(title="Ana added a new friend.")
    link = entry(
        title="Ana shared a link.", attachments=[{"data": [{"external_context": {"url": "https://e.example"}}]}]
    )
    shared = entry("look", title="Ana shared a post.", attachments=[{"data": [{"external_context": {"url": ""}}]}])
    results = posts("your_posts__check_ins__photos_and_videos_1.json", [friendship, link, shared])
    assert [(post.kind, post.text, post.is_repost) for post in results] == [
        ("notice", None, False), ("post", None, False), ("post", "look", True),
    ]  # fmt: skip


@pytest.mark.parametrize("key", ["comments_v2", "comments", "group_comments_v2"])
def test_comments_of_facebook(posts, key):
    comment = {"timestamp": TIME, "comment": misread("schön"), "author": "Ana"}
    record = {"timestamp": TIME, "title": "Ana replied to Bo's comment.", "data": [{"comment": comment}]}
    sticker = {**record, "data": [{"comment": {**comment, "comment": ""}}]}
    results = posts("comments.json", {key: [record, sticker]})
    assert [(post.text, post.is_reply, post.kind) for post in results] == [
        ("schön", True, "post"),
        (None, True, "post"),
    ]


def test_a_download_of_facebook(write, tmp_path, picture):
    image = write("posts/media/a.jpg", picture)
    write(
        "your_facebook_activity/posts/your_posts__check_ins__photos_and_videos_1.json",
        [entry("x", [{"uri": "posts/media/a.jpg"}])],
    )
    write("your_facebook_activity/groups/group_posts_and_comments.json", {"group_posts_v2": [entry("y")]})
    write("your_facebook_activity/messages/inbox/bo/message_1.json", {"participants": [], "messages": []})
    archive = open_archive(tmp_path)
    assert archive.format == "facebook"
    results = list(archive)
    assert {post.text for post in results} == {"x", "y"}
    assert next(post.image for post in results if post.text == "x") == image
