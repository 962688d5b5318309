"""Chat history exported by Signal's desktop app: main.jsonl, in the schema of Signal's backups, and the files."""

import binascii
import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from anymood.archives.post import ArchivedPost
from anymood.archives.reader import ArchiveFile, Reader, deleted_message, register
from anymood.archives.values import dig, items, moment, words
from anymood.posts import Problem, Reason

# files/0f/0f3a....jpg, named by the SHA-256 of the content
_MEDIA = re.compile(r"(?:^|/)([0-9a-f]{64})(?:\.\w+)?$")
_SUFFIXES = {"jpeg": ("jpg", "jpeg"), "svg+xml": ()}
_DELETED = ("remoteDeletedMessage", "adminDeletedMessage")
_WRITTEN = ("standardMessage", "viewOnceMessage", "directStoryReplyMessage", "stickerMessage", "poll")


@register
class Signal(Reader):
    """Messages of all users in the chats. Changes of groups, calls and payments are notices."""

    name = "signal"
    description = "Signal: chat history exported by the desktop app (main.jsonl)"
    expects = "main.jsonl, JSON Lines that begin with backupTimeMs and contain chatItem objects"
    pattern = r"main\.jsonl"
    beginning = r'\{[^{}]*"backupTimeMs"\s*:'

    def read_file(self, file: ArchiveFile) -> Iterator[ArchivedPost]:
        media = {match[1]: name for name in file.source.names if (match := _MEDIA.search(name))}
        return file.objects([("chatItem",)], partial(_message, file, media), "no message")


def _message(file: ArchiveFile, media: Mapping[str, str], where: str, item: Mapping[str, Any]) -> ArchivedPost:
    created = moment(item.get("dateSent"))
    if any(kind in item for kind in _DELETED):
        return deleted_message(where, created)
    kind = next((kind for kind in _WRITTEN if isinstance(item.get(kind), Mapping)), None)
    if kind is None:
        return ArchivedPost(where=where, created=created, kind="notice")
    message = item[kind]
    body = (
        dig(message, "textReply", "text", "body") if kind == "directStoryReplyMessage" else dig(message, "text", "body")
    )
    attached = [message.get("attachment")] if kind == "viewOnceMessage" else items(message.get("attachments"))
    seen = [each for each in attached if str(dig(each, "pointer", "contentType")).startswith(("image/", "video/"))]
    pictures = [each for each in seen if str(dig(each, "pointer", "contentType")).startswith("image/")]
    image, problems = file.image(_paths(file.name, media, pictures[0])) if pictures else (None, ())
    if pictures and image is None:
        problems = (Problem(Reason.MEDIA_OMITTED, "The image is not in the archive."),)
    return ArchivedPost(
        where=where,
        text=words(message.get("question") if kind == "poll" else body),
        image=image,
        created=created,
        is_reply="quote" in message or kind == "directStoryReplyMessage",
        cut="longText" in message,
        images=len(seen),
        problems=problems,
    )


def _paths(name: str, media: Mapping[str, str], attachment: Any) -> list[str]:
    """Possible paths of an image relative to main.jsonl; a placeholder if the archive has no hash of it."""
    try:
        digest = binascii.a2b_base64(str(dig(attachment, "pointer", "locatorInfo", "plaintextHash"))).hex()
    except ValueError:
        return ["files"]
    if (file := media.get(digest)) is not None:
        return ["../" * name.count("/") + file]
    kind = str(dig(attachment, "pointer", "contentType")).removeprefix("image/")
    return [f"files/{digest[:2]}/{digest}.{suffix}" for suffix in _SUFFIXES.get(kind, (kind,))] or ["files"]
