"""Bluesky: repositories (.car) exported by the app and by tools, and JSON of its API."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from anymood.archives import car
from anymood.archives.post import ArchivedPost
from anymood.archives.reader import COMPRESSED, ArchiveFile, FoundImage, Reader, register
from anymood.archives.source import Source
from anymood.archives.values import dig, identifier, items, language, moment, words
from anymood.json_stream import ANY, ITEM, Broken, Value, documents, lines
from anymood.posts import Problem, Reason

POST = "app.bsky.feed.post"
REPOST = "app.bsky.feed.repost"
_EMBED = "app.bsky.embed."


@register
class Bluesky(Reader):
    """Posts and reposts. Images are URLs in JSON of the API, and files named by their hash beside a repository."""

    name = "bluesky"
    description = "Bluesky: a repository (.car), or JSON of posts (records, feeds, Jetstream)"
    expects = "a .car file, or JSON or JSON Lines with app.bsky.feed.post"
    pattern = r"[^/]+\.(?:jsonl|ndjson|json)" + COMPRESSED

    def recognises(self, head: str) -> bool:
        is_json = head.startswith(("{", "["))
        return is_json and re.search(rf'"{re.escape(POST)}"|"\$type"\s*:\s*"app\.bsky\.', head) is not None

    def files(self, source: Source) -> Sequence[str]:
        repositories = [name for name in source.names if _may_be_car(source, name)]
        return [*repositories, *super().files(source)]

    def read_file(self, file: ArchiveFile) -> Iterator[ArchivedPost]:
        if not car.is_car(file.source.head(file.name)):
            return file.posts(_json(file), partial(_from_json, file))
        with file.source.open(file.name) as first:
            owner, keys = car.keys(first, (f"{POST}/", f"{REPOST}/"))

        def convert(where: str, block: car.Block) -> ArchivedPost | None:
            kind = dig(block.data, "$type")
            if kind not in (POST, REPOST):
                return None
            key = keys.get(block.cid)
            uri = f"at://{owner}/{key}" if key and owner else key or car.name_of(block.cid)
            return _post(file, where, uri, block.data, view=None, repost=kind == REPOST)

        return file.posts(car.blocks(file.stream), convert)


def _json(file: ArchiveFile) -> Iterator[Value | Broken]:
    """The records in JSON Lines, in a list, or in the list of an API response."""
    text = file.head
    first = text.split("\n", 1)[0].rstrip()
    is_response = re.match(r'\{\s*"(?:feed|records|posts|cursor)"\s*:', text) is not None
    if text.startswith("{") and first.endswith("}") and not is_response:
        return lines(file.stream)
    return documents(file.stream, [(ITEM,), (ANY, ITEM)])


def _record_of(item: object) -> Mapping[str, Any] | None:
    """The record of a post within an API view; None for other values."""
    places = (("record",), ("post", "record"), ("value",), ("commit", "record"), ())
    for place in places:
        record = dig(item, *place)
        if isinstance(record, Mapping) and (record.get("$type") in (POST, REPOST) or (place and "text" in record)):
            return record
    return None


def _from_json(file: ArchiveFile, where: str, value: Value) -> ArchivedPost | None:
    item = value.data
    record = _record_of(item)
    if record is None:
        return None
    uri = dig(item, "uri") or dig(item, "post", "uri")
    did, collection, key = dig(item, "did"), dig(item, "commit", "collection"), dig(item, "commit", "rkey")
    if uri is None and did and key:
        uri = f"at://{did}/{collection}/{key}"
    view = dig(item, "embed") or dig(item, "post", "embed")
    reason = dig(item, "reason", "$type")
    repost = record.get("$type") == REPOST or (isinstance(reason, str) and reason.endswith("reasonRepost"))
    return _post(file, where, uri, record, view=view, repost=repost)


def _post(
    file: ArchiveFile, where: str, uri: object, record: Mapping[str, Any], *, view: object, repost: bool
) -> ArchivedPost:
    problems: tuple[Problem, ...] = ()
    if record.get("$type") == REPOST:
        subject = dig(record, "subject", "uri")
        problems = (Problem(Reason.NOT_EXPORTED, f"The archive has only the address of the post: {subject}"),)
    embed = _media(record.get("embed"))
    pictures = items(dig(embed, "images")) or items(dig(embed, "items"))
    video = dig(embed, "video") is not None
    image, missing = _image(file, pictures, _media(view))
    alt_texts = [words(dig(picture, "alt")) for picture in pictures] + [words(dig(embed, "alt"))]
    return ArchivedPost(
        where=where,
        id=identifier(uri),
        text=words(record.get("text")),
        image=image,
        created=moment(record.get("createdAt")),
        language=language(dig(record, "langs", 0)),
        is_repost=repost,
        is_reply="reply" in record,
        alt_text=next((alt for alt in alt_texts if alt), None),
        images=len(pictures) + video,
        problems=problems + missing,
    )


def _media(embed: object) -> object:
    """The embed with images or a video, which is nested one level deeper beside a quoted post."""
    kind = dig(embed, "$type")
    if isinstance(kind, str) and kind.startswith(f"{_EMBED}recordWithMedia"):
        return dig(embed, "media")
    return embed


def _image(file: ArchiveFile, pictures: list[Any], view: object) -> FoundImage:
    """The first image: its URL in the API view, or a file named by its hash, as tools download them."""
    views = items(dig(view, "images")) or items(dig(view, "items"))
    url = words(dig(views, 0, "fullsize") or dig(view, "thumbnail"))
    if url is None and not pictures:
        return None, ()
    reference = dig(pictures, 0, "image", "ref")
    link = dig(reference, "$link") if isinstance(reference, Mapping) else reference
    cid = car.name_of(link) if isinstance(link, bytes) else words(link)
    paths = [
        f"{folder}{cid}{suffix}" for folder in ("blobs/", "", "_blob/") for suffix in ("", ".jpg", ".jpeg", ".png")
    ]
    return file.image(paths if cid else [], url)


def _may_be_car(source: Source, name: str) -> bool:
    return (len(source.names) == 1 or name.lower().endswith(".car")) and car.is_car(source.head(name))
