"""Chats that signal-export (sigexport) read from Signal's desktop app: a folder for each chat, with data.json."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any
from urllib.parse import unquote

from anymood.archives.post import ArchivedPost
from anymood.archives.reader import ArchiveFile, Reader, count_seen, deleted_message, is_image_name, register
from anymood.archives.values import dig, items, moment, words


@register
class SignalExport(Reader):
    """Messages of all users in the chats."""

    name = "signal-export"
    description = "Signal: chats exported by signal-export (sigexport)"
    expects = "data.json, JSON Lines with date, sender and body"
    pattern = r"data\.json"
    beginning = r'\{\s*"date"\s*:\s*"[^"]*",\s*"sender"\s*:\s*"(?:[^"\\]|\\.)*",\s*"body"\s*:'

    def read_file(self, file: ArchiveFile) -> Iterator[ArchivedPost]:
        return file.objects([()], partial(_message, file), "no message")


def _message(file: ArchiveFile, where: str, message: Mapping[str, Any]) -> ArchivedPost:
    time = moment(message.get("date"))
    created = None if time is None else time.replace(tzinfo=None)  # of the computer that exported it
    if message.get("deleted") is True:
        return deleted_message(where, created)
    text = words((words(message.get("body")) or "").rstrip())
    if message.get("call") is True:
        return ArchivedPost(where=where, text=text, created=created, kind="notice")
    files = [unquote(path) for each in items(message.get("attachments")) if (path := words(dig(each, "path")))]
    image, problems = file.image([name for name in files if is_image_name(name)][:1])
    return ArchivedPost(
        where=where,
        text=text,
        image=image,
        created=created,
        is_reply=words(message.get("quote")) is not None,
        images=count_seen(files),
        problems=problems,
    )
