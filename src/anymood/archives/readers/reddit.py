"""Dumps of Reddit comments and submissions, published by Pushshift, Arctic Shift and others, and pages of its API."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from anymood.archives.post import ArchivedPost
from anymood.archives.reader import ArchiveFile, Reader, is_image_name, register, text_of
from anymood.archives.values import dig, identifier, items, moment, unescaped, words
from anymood.json_stream import ITEM, Broken, Value, documents, lines

_SUFFIX = r"\.(?:zst|ndjson|jsonl?|gz|bz2|xz)"
_FILES = (
    rf"R[CS](?:_\d{{4}}-\d{{2}}(?:-\d{{2}})?)?(?:{_SUFFIX})*|"  # RC_2023-01.zst
    rf"[^/]*(?:comments|submissions|posts)[^/]*{_SUFFIX}+"  # r_python_posts.jsonl
)
_ESCAPED = 2  # times: the service escapes "&" in what a writer may have escaped already
_FILLER = re.compile("[\u200b\u2060\ufeff]")  # &#x200B;, which Reddit's editor writes for empty lines
# The API returns a page of submissions as one listing, and a submission with its comments as a list of two.
_LISTING = re.compile(r'\[?\s*\{\s*"kind"\s*:\s*"Listing"')
_CHILDREN = ("data", "children", ITEM, "data")
_MARKS = ("subreddit", "link_id", "parent_id", "permalink", "created_utc")
_OF_SUBMISSIONS = (*_MARKS, "author", "url")  # which tables with a body have as well


@register
class Reddit(Reader):
    """Comments have a ``body``, submissions a ``title`` and ``selftext``."""

    name = "reddit"
    description = "Reddit: dumps of comments and submissions (.zst or plain JSON Lines), and JSON of its API"
    expects = "JSON Lines with body, or with title and selftext, such as RC_2023-01.zst, or JSON of the kind Listing"
    pattern = _FILES

    def recognises(self, head: str) -> bool:
        if _LISTING.match(head):
            return True
        first = head.split("\n", 1)[0]
        if not first.startswith("{"):
            return False
        comment = re.search(r'"body"\s*:', first) is not None
        submission = re.search(r'"title"\s*:', first) is not None and re.search(r'"selftext"\s*:', first) is not None
        marks = _OF_SUBMISSIONS if submission else _MARKS if comment else ()
        return any(f'"{mark}"' in first for mark in marks)

    def read_file(self, file: ArchiveFile) -> Iterator[ArchivedPost]:
        def convert(where: str, value: Value) -> ArchivedPost | str | None:
            record = value.data if isinstance(value.data, Mapping) else {}
            if "body" in record:
                return _comment(where, record)
            if "title" in record:
                return _submission(file, where, record)
            if "children" in record:
                return None  # ids of further comments, which are not in the file
            return "neither a comment nor a submission"

        records = _listed(file.stream) if _LISTING.match(file.head) else lines(file.stream)
        return file.posts(records, convert)


def _listed(stream: BinaryIO) -> Iterator[Value | Broken]:
    """The submissions and comments of listings, each before its replies."""
    for listing in documents(stream, [_CHILDREN, (ITEM, *_CHILDREN)]):
        if isinstance(listing, Broken):
            yield listing
            continue
        waiting = [listing.data]
        while waiting:
            record = waiting.pop()
            yield Value(listing.path, record, listing.place)
            replies = items(dig(record, "replies", "data", "children"))
            waiting += [dig(reply, "data") for reply in reversed(list(replies))]


def _comment(where: str, comment: Mapping[str, Any]) -> ArchivedPost:
    text, problems = text_of(_plain(comment.get("body")))
    return ArchivedPost(
        where=where,
        id=_name(comment, "t1"),
        text=text,
        created=moment(comment.get("created_utc")),
        is_reply=True,
        problems=problems,
    )


def _submission(file: ArchiveFile, where: str, submission: Mapping[str, Any]) -> ArchivedPost:
    text, problems = text_of(_plain(submission.get("title")), _plain(submission.get("selftext")))
    urls = _images(submission)
    image, _ = file.image([], urls[0] if urls else None)
    return ArchivedPost(
        where=where,
        id=_name(submission, "t3"),
        text=text,
        image=image,
        created=moment(submission.get("created_utc")),
        is_repost=bool(submission.get("crosspost_parent")),
        images=len(urls),
        problems=problems,
    )


def _plain(value: object) -> str | None:
    text = unescaped(words(value), _ESCAPED)
    return None if text is None else words(_FILLER.sub("", text))


def _name(record: Mapping[str, Any], kind: str) -> str | None:
    """The full name, such as ``t1_c0ffee``: comments and submissions may have the same id."""
    if named := identifier(record.get("name")):
        return named
    bare = identifier(record.get("id"))
    return bare if bare is None or bare.startswith(f"{kind}_") else f"{kind}_{bare}"


def _images(submission: Mapping[str, Any]) -> list[str]:
    """URLs of the images of a submission: a gallery, a single image, or its preview; none for a link."""
    metadata = submission.get("media_metadata")
    urls = []
    for item in items(dig(submission, "gallery_data", "items")):
        source = dig(metadata, dig(item, "media_id"), "s")
        if url := unescaped(words(dig(source, "u") or dig(source, "gif"))):
            urls.append(url)
    url = words(submission.get("url_overridden_by_dest") or submission.get("url"))
    if not urls and is_image_name(url):
        urls.append(str(url))
    preview = unescaped(words(dig(submission, "preview", "images", 0, "source", "url")))
    if not urls and preview and submission.get("post_hint") in ("image", "hosted:video"):
        urls.append(preview)
    return urls
