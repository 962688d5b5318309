"""Chats that signal-export (sigexport) read from Signal's desktop app: a folder for each chat, with data.json."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, BinaryIO
from urllib.parse import unquote

from anymood.archives.post import ArchivedPost
from anymood.archives.reader import Reader, image_of, is_image_name
from anymood.archives.registry import register
from anymood.archives.source import Source
from anymood.archives.values import dig, items, moment, words
from anymood.posts import Problem, Reason

_HEAD = re.compile(r'[\s\ufeff]*\{\s*"date"\s*:\s*"[^"]*",\s*"sender"\s*:\s*"(?:[^"\\]|\\.)*",\s*"body"\s*:')


@register
class SignalExport(Reader):
    """Messages of all users in the chats."""

    name = "signal-export"
    description = "Signal: chats exported by signal-export (sigexport)"
    expects = "data.json, JSON Lines with date, sender and body"

    def files(self, source: Source) -> Sequence[str]:
        return source.select(r"data\.json", lambda head: _HEAD.match(head) is not None)

    def read_file(self, source: Source, name: str, stream: BinaryIO) -> Iterator[ArchivedPost]:
        return self.objects(source, name, stream, [()], partial(_message, source, name), "no message")


def _message(source: Source, name: str, where: str, message: Mapping[str, Any]) -> ArchivedPost:
    time = moment(message.get("date"))
    created = None if time is None else time.replace(tzinfo=None)  # of the computer that exported it
    if message.get("deleted") is True:
        problem = Problem(Reason.DELETED_MESSAGE, "The message was deleted.")
        return ArchivedPost(where=where, created=created, problems=(problem,))
    text = words((words(message.get("body")) or "").rstrip())
    if message.get("call") is True:
        return ArchivedPost(where=where, text=text, created=created, kind="notice")
    files = [unquote(path) for each in items(message.get("attachments")) if (path := words(dig(each, "path")))]
    image, problems = image_of(source, name, [file for file in files if is_image_name(file)][:1])
    return ArchivedPost(
        where=where,
        text=text,
        image=image,
        created=created,
        is_reply=words(message.get("quote")) is not None,
        images=len(files),
        problems=problems,
    )
