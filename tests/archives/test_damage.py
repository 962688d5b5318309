"""Whatever is cut from or changed in an export, reading it ends without an exception, and posts stay posts."""

import json
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anymood.archives import ArchivedPost, open_archive
from anymood.errors import InputError

PHOTO = {"type": "photo", "url": "https://t.co/a", "media_url_https": "https://e.example/a.jpg", "ext_alt_text": "x"}
TWEET = {
    "id_str": "1", "full_text": "so happy", "created_at": "Sat Nov 05 10:00:00 +0000 2022", "lang": "en",
    "extended_entities": {"media": [PHOTO]}, "in_reply_to_status_id_str": "2",
}  # fmt: skip
FLAT = {
    "id": "1", "text": "so happy", "author_id": "2", "attachments": {"media_keys": ["3_1"]}, "lang": "en",
    "referenced_tweets": [{"type": "replied_to", "id": "3"}], "entities": {"urls": [{"url": "x", "media_key": "3_1"}]},
}  # fmt: skip
PAGE = {
    "data": [FLAT],
    "includes": {"tweets": [{"id": "3", "text": "x"}], "media": [{"media_key": "3_1", "type": "photo", "url": "u"}]},
}
REDDIT = {
    "id": "a", "title": "so happy", "selftext": "", "subreddit": "cats", "created_utc": 1667642400, "url": "https://e/a.jpg",
    "gallery_data": {"items": [{"media_id": "m"}]}, "media_metadata": {"m": {"s": {"u": "u"}}},
    "preview": {"images": [{"source": {"url": "u"}}]}, "post_hint": "image",
}  # fmt: skip
TELEGRAM = {
    "id": 1, "type": "message", "text": ["so ", {"type": "bold", "text": "happy"}], "date_unixtime": "1667642400",
    "photo": "a.jpg", "mime_type": "image/png", "poll": {"question": "x"}, "forwarded_from": "Bo",
}  # fmt: skip
DISCORD = {
    "id": "1", "type": "Default", "content": "so happy", "timestamp": "2022-11-05T10:00:00Z",
    "attachments": [{"fileName": "a.jpg", "url": "a.jpg"}], "reference": {"type": "Forward"},
    "forwardedMessage": {"content": "x", "attachments": []},
}  # fmt: skip
NOTE = {
    "type": "Create", "published": "2022-11-05T10:00:00Z",
    "object": {
        "id": "1", "content": "<p>so happy</p>", "contentMap": {"en": "x"}, "summary": None, "inReplyTo": None,
        "attachment": [{"type": "Document", "mediaType": "image/png", "url": "a.png", "name": "x"}],
    },
}  # fmt: skip
BLUESKY = {
    "uri": "at://a",
    "record": {
        "$type": "app.bsky.feed.post", "text": "so happy", "createdAt": "2022-11-05T10:00:00Z", "langs": ["en"],
        "embed": {
            "$type": "app.bsky.embed.recordWithMedia",
            "media": {"$type": "app.bsky.embed.images", "images": [{"alt": "x", "image": {"ref": {"$link": "b"}}}]},
        },
    },
    "embed": {"$type": "app.bsky.embed.images#view", "images": [{"fullsize": "u"}]},
}  # fmt: skip
MEDIUM = {"uri": "a.jpg", "creation_timestamp": 1667642400, "title": "so happy"}
FACEBOOK = {
    "timestamp": 1667642400, "title": "x", "data": [{"post": "so happy"}, {"comment": {"comment": "so happy"}}],
    "attachments": [{"data": [{"media": MEDIUM}, {"external_context": {"url": ""}}]}],
}  # fmt: skip
MESSAGE = {
    "sender_name": "Ana", "timestamp_ms": 1667642400000, "content": "so happy", "photos": [{"uri": "a.jpg"}],
    "share": {"link": "u", "share_text": "x"}, "reactions": [{"reaction": "x", "actor": "Bo"}],
}  # fmt: skip
SLACK = {
    "type": "message", "ts": "1667642400.000100", "text": "so happy", "thread_ts": "1667642400.000000",
    "files": [{"id": "F1", "mimetype": "image/png", "name": "a.png", "url_private": "u"}],
    "attachments": [{"is_share": True, "text": "x"}],
}  # fmt: skip
GOOGLE = {
    "creator": {"name": "Ana", "user_type": "Human"}, "created_date": "Saturday, November 5, 2022 at 10:00:00 AM UTC",
    "text": "so happy", "attached_files": [{"export_name": "a.png"}], "message_id": "a/b/c", "annotations": [{}],
}  # fmt: skip
SNAP = {"Media Type": "TEXT", "Created": "2022-11-05 10:00:00 UTC", "Content": "so happy", "Media IDs": "b~A"}
SIGNAL = {
    "chatItem": {
        "chatId": "1", "authorId": "1", "dateSent": "1667642400000",
        "standardMessage": {
            "text": {"body": "so happy"}, "quote": {},
            "attachments": [{"pointer": {"contentType": "image/png", "locatorInfo": {"plaintextHash": "YWI="}}}],
        },
    }
}  # fmt: skip
ENVELOPE = {
    "envelope": {
        "sourceNumber": "+1", "timestamp": 1667642400000,
        "dataMessage": {
            "message": "so happy", "timestamp": 1667642400000, "quote": {"id": 1},
            "attachments": [{"contentType": "image/png", "id": "a.png"}],
        },
    }
}  # fmt: skip
SIGNAL_EXPORT = {
    "date": "2022-11-05T10:00:00", "sender": "Ana", "body": "so happy  ", "quote": "x", "reactions": [],
    "attachments": [{"name": "a.png", "path": "media/a.png"}],
}  # fmt: skip
YOUTUBE = {"Comment ID": "a", "Comment Text": '{"text":"so happy"}', "Comment Create Timestamp": "2022-11-05T10:00:00Z"}


def many(record):
    return (json.dumps(record) + "\n") * 3


SAMPLES = {
    "x": "window.YTD.tweets.part0 = " + json.dumps([{"tweet": TWEET}] * 3),
    "twarc": many(PAGE),
    "twarc flat": many(FLAT | {"conversation_id": "1"}),
    "twarc 1": many(TWEET | {"retweeted_status": TWEET}),
    "twarc-csv": "id,text,author_id,conversation_id\n" + "1,so happy,2,3\n" * 3,
    "twint": "id,tweet,photos,conversation_id\n" + "1,so happy,\"['a']\",3\n" * 3,
    "sentiment140": '"0","1","Mon Apr 06 22:19:45 PDT 2009","NO_QUERY","mia","so happy"\n' * 3,
    "reddit": many({"id": "a", "body": "so happy", "subreddit": "cats", "created_utc": "1667642400"}),
    "reddit submissions": many(REDDIT),
    "telegram": json.dumps({"name": "G", "type": "private_group", "messages": [TELEGRAM] * 3}),
    "whatsapp": "20/06/17, 20:28 - Ana: so happy\n" * 3,
    "telegram-html": '<html><div class="page_body chat_page">'
    + '<div class="message default clearfix"><div class="text">so happy</div></div>' * 3
    + "</div></html>",
    "reddit-account": "id,permalink,date,link,parent,body\n" + "1,2,3,4,5,so happy\n" * 3,
    "linkedin": "Date,ShareLink,ShareCommentary\n" + "1,2,so happy\n" * 3,
    "linkedin comments": "Date,Link,Message\n" + "1,2,so happy\n" * 3,
    "discord-package": json.dumps([{"ID": 1, "Timestamp": "", "Contents": "so happy", "Attachments": ""}] * 3),
    "discord": json.dumps({"guild": {}, "channel": {}, "messages": [DISCORD] * 3}),
    "tiktok": json.dumps(
        {"Comment": {"Comments": {"CommentsList": [{"date": "2022-11-05 10:00:00", "comment": "so happy"}] * 3}}}
    ),
    "youtube": "Comment ID,Video ID,Comment Text\n" + 'a,b,"{""text"":""so happy""}"\n' * 3,
    "youtube json": json.dumps([YOUTUBE] * 3),
    "mastodon": json.dumps({"type": "OrderedCollection", "orderedItems": [NOTE] * 3}),
    "bluesky": many(BLUESKY),
    "instagram": json.dumps([{"media": [MEDIUM], "label_values": [{"label": "Caption", "value": "so happy"}]}] * 3),
    "instagram comments": json.dumps(
        [{"string_map_data": {"Comment": {"value": "so happy"}, "Time": {"timestamp": 1}}}] * 3
    ),
    "facebook": json.dumps([FACEBOOK] * 3),
    "meta-messages": json.dumps({"participants": [{"name": "Bo"}], "thread_path": "a", "messages": [MESSAGE] * 3}),
    "slack": json.dumps([SLACK] * 3),
    "tumblr": "<tumblr><posts>" + "<post><regular-body>so happy</regular-body></post>\n" * 3 + "</posts></tumblr>",
    "google-chat": json.dumps({"messages": [GOOGLE] * 3}),
    "signal": many({"backupTimeMs": "1", **SIGNAL}),
    "signal-cli": many(ENVELOPE),
    "signal-cli list": json.dumps([ENVELOPE] * 3),
    "signal-cli service": many({"jsonrpc": "2.0", "method": "receive", "params": ENVELOPE}),
    "signal-export": many(SIGNAL_EXPORT),
    "snapchat": json.dumps({"ana": [SNAP] * 3}),
    "kakaotalk": "KakaoTalk Chats with Bo\n" + "March 11, 2024, 3:04 PM, Ana : so happy\n" * 3,
    "line": "2024/01/15(Mon)\n" + "10:30\tAna\tso happy\n" * 3,
}
JSON = [name for name, text in SAMPLES.items() if text.startswith(("{", "[", "window"))]
JSON_LINES = [name for name in JSON if SAMPLES[name].endswith("\n")]
DOCUMENTS = [name for name in JSON if name not in JSON_LINES]
NO_END = {"whatsapp", "line", "kakaotalk"}  # text whose end nothing tells

# What may stand where an export has something else.
JUNK = [None, 0, -1, 1e300, True, "", "text", "\ud800", [], [[]], [None], {}, {"x": {}}, {"text": 3}, [{"text": []}]]
KINDS = {"post", "notice", "unreadable"}


@pytest.mark.parametrize("name", SAMPLES)
def test_samples(write, name):
    archive = open_archive(write("sample", SAMPLES[name]))
    assert archive.format == name.split()[0]
    assert [post.text for post in archive] == ["so happy"] * 3


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])  # as some programs save text
@pytest.mark.parametrize("name", SAMPLES)
def test_samples_in_other_encodings(write, name, encoding):
    archive = open_archive(write("sample", SAMPLES[name].replace("happy", "h\u00e4ppy").encode(encoding)))
    assert archive.format == name.split()[0]
    assert [post.text for post in archive] == ["so h\u00e4ppy"] * 3


@pytest.mark.parametrize("name", [name for name in SAMPLES if name not in NO_END])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_half_of_a_file_is_reported(write, name, encoding):
    data = SAMPLES[name].encode(encoding)
    posts = list(open_archive(write("sample", data[: len(data) * 5 // 6])))
    assert [post.kind for post in posts[:2]] == ["post"] * 2
    assert posts[-1].kind == "unreadable"
    assert posts[-1].problems[0].reason in ("truncated file", "not a post")  # a row with fewer cells


@pytest.mark.parametrize("name", SAMPLES)
def test_zips_within_zips_are_reported(write, tmp_path, name):
    write("sample", SAMPLES[name])
    for inner, outer in (("sample", "inner.zip"), ("inner.zip", "outer.zip")):
        with zipfile.ZipFile(tmp_path / outer, "w") as opened:
            opened.write(tmp_path / inner, inner)
    with pytest.raises(InputError, match=r"outer.zip is not an archive of a known format. It has inner.zip: "):
        open_archive(tmp_path / "outer.zip")


@pytest.mark.parametrize("name", SAMPLES)
@settings(max_examples=40, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.data())
def test_damage(write, name, changes):
    data = bytearray(SAMPLES[name].encode())
    for _ in range(changes.draw(st.integers(1, 3))):
        at = changes.draw(st.integers(0, len(data) - 1))
        change = changes.draw(st.sampled_from(["cut", "drop", "put"]))
        if change == "cut" and at > 20:
            del data[at:]
        elif change == "drop":
            del data[at : at + changes.draw(st.integers(1, 8))]
        else:
            data[at:at] = changes.draw(
                st.sampled_from([b'"', b"\\", b"{", b"}", b"[", b"]", b",", b"\n", b"\xff", b"\x00", b"null"])
            )
        data = data or bytearray(b" ")
    path = write("sample", bytes(data))
    try:
        archive = open_archive(path)
    except InputError:
        return  # the change took what the format is told by
    for post in archive:
        assert isinstance(post, ArchivedPost)
        assert post.kind in KINDS
        json.dumps(post.row()).encode()
        assert post.kind != "unreadable" or post.problems


def replaced(value, path, junk):
    """A copy of a value with another one at a path."""
    if not path:
        return junk
    key, *rest = path
    copy = value.copy()
    copy[key] = replaced(value[key], rest, junk)
    return copy


def paths_of(value, path=()):
    """The paths of everything within a value."""
    yield path
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in pairs:
        yield from paths_of(item, (*path, key))


def changed(record):
    """The record with each of its values replaced by each kind of junk, and the junk in its place."""
    return [replaced(record, path, junk) for path in paths_of(record) for junk in JUNK]


def parts_of(text):
    """The text before a document, the document, the path of its records, and the first of them."""
    before, sign, document = text.rpartition("part0 = ")
    whole = json.loads(document)
    path, values = next((path, value) for path, value in lists_of(whole) if len(value) == 3)
    return before + sign, whole, path, values[0]


@pytest.mark.parametrize("name", [*DOCUMENTS, *JSON_LINES])
def test_values_of_another_kind(write, name):
    if name in JSON_LINES:
        records = changed(json.loads(SAMPLES[name].split("\n")[0]))
        content = SAMPLES[name] + "".join(json.dumps(record) + "\n" for record in records)
    else:
        before, whole, path, first = parts_of(SAMPLES[name])
        records = changed(first)
        content = before + json.dumps(replaced(whole, path, [first, *records]))
    posts = list(open_archive(write("sample", content)))
    assert len(posts) >= len(records) // 2
    for post in posts:
        assert post.kind in KINDS
        json.dumps(post.row()).encode()


@pytest.mark.parametrize("name", [name for name in DOCUMENTS if name != "signal-cli list"])  # which skips other values
def test_a_bad_record_and_an_early_end(write, name):
    before, whole, path, record = parts_of(SAMPLES[name])
    content = before + json.dumps(replaced(whole, path, [record, 3, record]))
    posts = list(open_archive(write("sample", content[: content.rindex("happy") + 2])))
    assert [post.kind for post in posts] == ["post", "unreadable", "unreadable"]
    assert [post.problems[0].reason for post in posts[1:]] == ["not a post", "truncated file"]


def lists_of(value, path=()):
    """The lists within a value, with their paths."""
    if isinstance(value, list):
        yield path, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from lists_of(item, (*path, key))


def test_a_zip_of_every_kind_of_wrong_name(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as opened:
        for name in (
            "data/tweets.js",
            "../data/tweets.js",
            "/data/tweets.js",
            "C:/data/tweets.js",
            "data/../../tweets.js",
        ):
            opened.writestr(name, SAMPLES["x"])
    archive = open_archive(path)
    assert archive.files == ("data/tweets.js",)
    assert len(list(archive)) == 3
