"""The archive of X, formerly Twitter: the zip of "Download an archive of your data"."""

import posixpath
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from anymood.archives.post import ArchivedPost
from anymood.archives.reader import ArchiveFile, FoundImage, Reader, register
from anymood.archives.source import Source
from anymood.archives.tweets import fields, is_cut_long, media_of, without_media_links
from anymood.archives.values import dig, moment, unescaped, words
from anymood.json_stream import ITEM, Value, documents

# tweets.js, its further parts, posts in communities; tweet.js until 2021; a file a month until 2018.
_FILES = r"(?:tweets?|community-tweet)(?:-part\d+)?\.js|data/js/tweets/\d{4}_\d{2}\.js"
_NOTES = r"note-tweet(?:-part\d+)?\.js"
_HEAD = re.compile(r"(?:YTD\.(?:tweets?|community_tweet)\.part|Grailbird\.data\.tweets)")
_BARE = re.compile(r'\[\s*\{\s*"tweet"\s*:\s*\{')
_MEDIA_FOLDERS = ("tweets_media", "tweet_media", "community_tweet_media")

_LEADING_NAMES = re.compile(r"\A(?:@\w+\s+)+")
_LINK = re.compile(r"https?://\S+")
_BLANKS = re.compile(r"\s+")
_COMPARED = 60  # characters of the common beginning of a post and a long text

Notes: TypeAlias = dict[datetime, list[str]]


@register
class X(Reader):
    """The user's posts. The full texts of long posts are in ``note-tweet.js``."""

    name = "x"
    description = "X (Twitter): the archive of an account, as a zip or folder"
    expects = "data/tweets.js (tweet.js in older archives), which begins with window.YTD.tweets.part0"
    pattern = _FILES

    def recognises(self, head: str) -> bool:
        return _HEAD.search(head[:300]) is not None or _BARE.match(head) is not None

    def read(self, source: Source) -> Iterator[ArchivedPost]:
        notes: Notes = defaultdict(list)
        names = self.files(source)
        for note in _note_files(source, names):
            yield from self.guarded(source, note, partial(self._read_notes, notes=notes))
        for name in names:
            yield from self.guarded(source, name, partial(self.read_file, notes=notes))

    def read_file(self, file: ArchiveFile, notes: Notes | None = None) -> Iterator[ArchivedPost]:
        def convert(where: str, value: Value) -> ArchivedPost | str:
            tweet = dig(value.data, "tweet") or value.data
            if not isinstance(tweet, Mapping) or not ("full_text" in tweet or "text" in tweet):
                return "no post"
            post = fields(tweet)
            media = media_of(tweet)
            long = None if post["is_repost"] else _long_text(post["text"], post["created"], notes or {})
            if long is not None:
                post |= {"text": without_media_links(long, media), "cut": False}
            image, problems = _image(file, post["id"], media)
            return ArchivedPost(where=where, image=image, problems=problems, **post)

        return file.posts(documents(file.stream, [(ITEM,)]), convert)

    def _read_notes(self, file: ArchiveFile, notes: Notes) -> Iterator[ArchivedPost]:
        """Read the long texts by the second of their creation, because they do not contain the id of their post."""

        def keep(_: str, value: Value) -> None:
            long = dig(value.data, "noteTweet")
            text = unescaped(words(dig(long, "core", "text") or dig(long, "noteTweetResults", "text")))
            created = moment(dig(long, "createdAt"))
            if text is not None and created is not None:
                notes[created.replace(microsecond=0)].append(text)

        return file.posts(documents(file.stream, [(ITEM,)]), keep)


def _note_files(source: Source, names: Sequence[str]) -> list[str]:
    """The files with long texts next to those with posts, also if a single file was given."""
    folders = {posixpath.dirname(name) for name in names}
    listed = re.compile(_NOTES)
    notes = {n for n in source.names if listed.fullmatch(posixpath.basename(n)) and posixpath.dirname(n) in folders}
    for name in names:
        path = source.beside(name, "note-tweet.js")
        if path is not None and source.file(path) is not None:
            notes.add(path)
    return sorted(notes)


def _long_text(text: str | None, created: datetime | None, notes: Notes) -> str | None:
    """The long text of a post: created within a second of it, and with the same beginning."""
    if text is None or created is None or not notes:
        return None
    for seconds in (0, 1, -1):
        candidates = notes.get(created + timedelta(seconds=seconds), [])
        for note in candidates:
            if len(note) >= len(text) - 30 and _begins_alike(text, note):
                return note
        if seconds == 0 and len(candidates) == 1 and is_cut_long(text):
            return candidates[0]
    return None


def _begins_alike(text: str, note: str) -> bool:
    """Whether a post and a long text have the same beginning, except for links, spaces and leading names of replies."""
    short, long = (_BLANKS.sub(" ", _LINK.sub("", _LEADING_NAMES.sub("", t))).strip() for t in (text, note))
    short = short.rstrip("\N{HORIZONTAL ELLIPSIS} ")[:_COMPARED]
    return bool(short) and long.startswith(short)


def _image(file: ArchiveFile, tweet_id: str | None, media: list[Any]) -> FoundImage:
    """The first image: ``tweets_media/<id of the post>-<its name>`` in the archive, or its URL.

    For a video, the archive contains the video, and the record the URL of its thumbnail.
    """
    pictures = [medium for medium in media if dig(medium, "type") in (None, "photo")]
    first = dig(pictures or media, 0)
    url = words(dig(first, "media_url_https") or dig(first, "media_url"))
    if url is None:
        return None, ()
    paths = []
    if pictures and tweet_id:
        paths = [f"{folder}/{tweet_id}-{posixpath.basename(urlsplit(url).path)}" for folder in _MEDIA_FOLDERS]
    return file.image(paths, url)
