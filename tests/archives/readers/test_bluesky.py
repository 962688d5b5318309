import hashlib
import json
from datetime import UTC, datetime

import pytest

from anymood.archives import open_archive
from anymood.errors import InputError

libipld = pytest.importorskip("libipld")

CREATED = "2022-11-05T10:00:00.000Z"
DID = "did:plc:abc"


def record(text="hello", **more):
    return {"$type": "app.bsky.feed.post", "text": text, "createdAt": CREATED, "langs": ["en"], **more}


def images(*alts, kind="images"):
    field = "items" if kind == "gallery" else "images"
    blob = {"$type": "blob", "ref": {"$link": "bafkrei1"}, "mimeType": "image/jpeg"}
    return {"$type": f"app.bsky.embed.{kind}", field: [{"alt": alt, "image": blob} for alt in alts]}


def lines(*values):
    return "".join(json.dumps(value) + "\n" for value in values)


@pytest.mark.parametrize(
    "content",
    [
        lines({"uri": "at://a/1", "record": record()}),
        json.dumps([{"uri": "at://a/1", "record": record()}], indent=1),
        json.dumps({"feed": [{"post": {"uri": "at://a/1", "record": record()}}], "cursor": "x"}),
        json.dumps({"records": [{"uri": "at://a/1", "cid": "b", "value": record()}]}, indent=2),
        json.dumps({"cursor": "x", "posts": [{"uri": "at://a/1", "record": record()}]}),
    ],
)
def test_answers_of_the_api(posts, content):
    [post] = posts("posts.json", content)
    assert (post.id, post.text, post.language) == ("at://a/1", "hello", "en")
    assert post.created == datetime(2022, 11, 5, 10, tzinfo=UTC)


def test_jetstream(posts):
    commit = {"operation": "create", "collection": "app.bsky.feed.post", "rkey": "3k", "record": record()}
    like = {
        "operation": "create",
        "collection": "app.bsky.feed.like",
        "rkey": "3l",
        "record": {"$type": "app.bsky.feed.like"},
    }
    results = posts("a.jsonl", lines({"did": DID, "kind": "commit", "commit": commit}, {"did": DID, "commit": like}))
    assert [post.id for post in results] == [f"at://{DID}/app.bsky.feed.post/3k"]


def test_replies_and_reposts(posts):
    reason = {"$type": "app.bsky.feed.defs#reasonRepost"}
    feed = [
        {"post": {"uri": "at://a/1", "record": record(reply={"parent": {}})}},
        {"post": {"uri": "at://a/2", "record": record()}, "reason": reason},
    ]
    results = posts("a.json", {"feed": feed})
    assert [(post.is_reply, post.is_repost) for post in results] == [(True, False), (False, True)]


@pytest.mark.parametrize(
    ("embed", "alt", "count"),
    [
        (images("", "a dog"), "a dog", 2),
        (images("a dog", kind="gallery"), "a dog", 1),
        ({"$type": "app.bsky.embed.recordWithMedia", "media": images("a dog"), "record": {}}, "a dog", 1),
        ({"$type": "app.bsky.embed.video", "alt": "it jumps", "video": {"ref": {"$link": "b"}}}, "it jumps", 1),
        (
            {
                "$type": "app.bsky.embed.recordWithMedia",
                "media": {"$type": "app.bsky.embed.video", "alt": "x", "video": {}},
            },
            "x",
            1,
        ),
        ({"$type": "app.bsky.embed.external", "external": {"title": "news", "description": "d", "uri": "x"}}, None, 0),
    ],
)
def test_alt_texts(posts, embed, alt, count):
    [post] = posts("a.jsonl", lines({"uri": "at://a/1", "record": record(embed=embed)}))
    assert (post.alt_text, post.images, post.text) == (alt, count, "hello")


def test_pictures_have_the_url_of_the_view(posts):
    view = {
        "$type": "app.bsky.embed.images#view",
        "images": [{"fullsize": "https://cdn.example/1.jpg", "alt": "a dog"}],
    }
    quoted = {"$type": "app.bsky.embed.recordWithMedia#view", "media": view}
    items = [
        {"uri": f"at://a/{i}", "record": record(embed=images("a dog")), "embed": v}
        for i, v in enumerate((view, quoted))
    ]
    assert [post.image for post in posts("a.jsonl", lines(*items))] == ["https://cdn.example/1.jpg"] * 2


def test_bad_lines(posts):
    results = posts(
        "a.jsonl", lines({"uri": "at://a/1", "record": record()}) + "{no\n" + lines({"uri": "x", "record": record()})
    )
    assert [post.kind for post in results] == ["post", "unreadable", "post"]


# Repositories


class Link(bytes):
    """A content id within a record."""


def cbor(value):
    """DAG-CBOR, with links, which the library's encoder does not write."""
    if isinstance(value, Link):
        return b"\xd8\x2a\x58" + bytes([len(value) + 1]) + b"\x00" + value
    if isinstance(value, dict):
        pairs = sorted(value.items(), key=lambda pair: (len(pair[0]), pair[0]))
        return bytes([0xA0 + len(value)]) + b"".join(cbor(key) + cbor(item) for key, item in pairs)
    if isinstance(value, list):
        return bytes([0x80 + len(value)]) + b"".join(map(cbor, value))
    return libipld.encode_dag_cbor(value)


def block(value):
    content = cbor(value)
    cid = Link(b"\x01\x71\x12\x20" + hashlib.sha256(content).digest())
    return cid, varint(len(cid) + len(content)) + cid + content


def varint(number):
    data = b""
    while number > 0x7F:
        data += bytes([number & 0x7F | 0x80])
        number >>= 7
    return data + bytes([number])


def repository(**records):
    """A CAR file with records by their keys, and the tree that names them."""
    blocks = {f"app.bsky.feed.{key}": block(value) for key, value in records.items()}
    entries, before = [], b""
    for key in sorted(blocks):
        name = key.replace("__", "/").encode()
        shared = next(
            (i for i, (a, b) in enumerate(zip(before, name, strict=False)) if a != b), min(len(before), len(name))
        )
        entries.append({"k": name[shared:], "p": shared, "t": None, "v": blocks[key][0]})
        before = name
    tree, tree_block = block({"e": entries, "l": None})
    root, root_block = block({"did": DID, "rev": "3k", "sig": b"x", "data": tree, "prev": None, "version": 3})
    header = cbor({"roots": [root], "version": 1})
    return varint(len(header)) + header + root_block + tree_block + b"".join(data for _, data in blocks.values())


def test_a_repository(posts):
    data = repository(
        post__3a=record("one"), post__3b=record("two", langs=["de"]), like__3c={"$type": "app.bsky.feed.like"}
    )
    results = posts("repo.car", data)
    assert [(post.id, post.text, post.language) for post in results] == [
        (f"at://{DID}/app.bsky.feed.post/3a", "one", "en"),
        (f"at://{DID}/app.bsky.feed.post/3b", "two", "de"),
    ]


def test_reposts_of_a_repository_are_addresses(posts):
    repost = {"$type": "app.bsky.feed.repost", "subject": {"uri": "at://b/9", "cid": "x"}, "createdAt": CREATED}
    [post] = posts("repo.car", repository(repost__3a=repost))
    assert (post.text, post.is_repost) == (None, True)
    assert post.problems[0].reason == "text not in the export"


def test_pictures_of_a_repository_are_files_named_by_their_hash(write, picture, tmp_path):
    hashed = Link(b"\x01\x55\x12\x20" + hashlib.sha256(picture).digest())
    embed = images("a dog")
    embed["images"][0]["image"]["ref"] = hashed
    write("repo.car", repository(post__3a=record(embed=embed)))
    [post] = open_archive(tmp_path)
    assert (post.image, post.alt_text, post.problems[0].reason) == (None, "a dog", "missing image")
    path = write(f"blobs/{libipld.encode_cid(bytes(hashed))}", picture)
    [post] = open_archive(tmp_path)
    assert post.image == path


def test_a_damaged_block_is_named_and_the_next_ones_follow(posts):
    data = repository(post__3a=record("first words"), post__3b=record("two"))
    results = posts("repo.car", data.replace(b"first words", b"first w0rds"))
    assert [post.kind for post in results] == ["unreadable", "post"]
    assert results[0].problems[0].reason == "damaged block"
    assert results[1].text == "two"


@pytest.mark.parametrize("cut", [1, 30, 100])
def test_a_repository_that_is_truncated_is_reported(posts, cut):
    results = posts("repo.car", repository(post__3a=record("one"), post__3b=record("two " * 100))[:-cut])
    assert [post.text for post in results] == ["one", None]
    assert results[-1].problems[0].reason == "truncated file"


def test_any_byte_may_be_damaged(write):
    data = repository(post__3a=record("one"), post__3b=record("two"))
    path = write("repo.car", data)
    for at in range(0, len(data), 3):
        path.write_bytes(data[:at] + b"\xff" + data[at + 1 :])
        try:
            archive = open_archive(path)
        except InputError:
            assert at < 30  # the header
            continue
        assert all(post.text in ("one", "two", None) for post in archive)


def test_a_length_that_is_none(posts):
    results = posts("repo.car", repository(post__3a=record("one")) + b"\xff" * 4 + b"\x7f")
    assert results[-1].problems[0].reason == "damaged block"
