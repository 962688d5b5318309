"""Messages of Messenger and Instagram: Meta's download in JSON, or Messenger's export of end-to-end encrypted chats."""

import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from anymood.archives.meta_notices import ALONE, ATTACHMENT, UNSENT, VERBS, after_name
from anymood.archives.post import ArchivedPost
from anymood.archives.reader import ArchiveFile, Reader, deleted_message, is_image_name, register
from anymood.archives.values import dig, items, moment, repaired, words
from anymood.json_stream import ITEM
from anymood.posts import Problem, Reason

_CHAT = re.compile(r'\{(?=.*"participants"\s*:\s*\[)(?=.*"messages"\s*:\s*\[)', re.DOTALL)
_META = re.compile(r'"(?:thread_path|threadName|is_still_participant|sender_name|senderName)"\s*:')

# Types of the years until 2022; since then there are none. Group changes, calls and payments have no author.
_NOTICE_TYPES = {"Call", "Subscribe", "Unsubscribe", "Payment", "Plan", "Poll"}


@register
class MetaMessages(Reader):
    """Messages of all users in the chats, newest first as in the archive.

    Each UTF-8 byte of the texts is escaped as a separate character, except in end-to-end encrypted chats.
    """

    name = "meta-messages"
    description = "Messenger and Instagram: messages of a download in JSON"
    expects = "message_1.json below messages/, or a file with participants, threadName and messages"
    second_to = frozenset({"facebook", "instagram"})
    pattern = r"[^/]+_\d+\.json"

    def recognises(self, head: str) -> bool:
        return bool(_CHAT.match(head) and _META.search(head))

    def read_file(self, file: ArchiveFile) -> Iterator[ArchivedPost]:
        return file.objects([("messages", ITEM)], partial(_message, file), "no message")


def _message(file: ArchiveFile, where: str, message: Mapping[str, Any]) -> ArchivedPost:
    created = moment(message.get("timestamp_ms")) or moment(message.get("timestamp"))
    sender = repaired(words(message.get("sender_name") or message.get("senderName"))) or ""
    content = repaired(words(message.get("content") or message.get("text")))
    rest = after_name(content or "", sender)
    placeholder = message.get("type") == "placeholder"  # in encrypted chats, for unsent or expired messages
    if message.get("is_unsent") is True or message.get("isUnsent") is True or placeholder or UNSENT.fullmatch(rest):
        return deleted_message(where, created, "The message was unsent.")
    if _is_notice(message, content or "", rest):
        return ArchivedPost(where=where, text=content, created=created, kind="notice")
    media = _media(message)
    image, problems = file.image_below([uri for uri in media if is_image_name(uri)])
    attachment = bool(ATTACHMENT.fullmatch(rest))
    text = None if attachment else content
    shared = repaired(words(dig(message, "share", "share_text"))) if text is None else None
    missing = attachment and not media and shared is None
    if missing or any("/" not in uri for uri in media):  # in place of a path: "Failed to download media"
        problems += (Problem(Reason.MEDIA_OMITTED, "The archive does not have the files of the message."),)
    return ArchivedPost(
        where=where,
        text=text or shared,
        image=image,
        created=created,
        is_repost=shared is not None,
        images=len(media),
        problems=problems,
    )


def _media(message: Mapping[str, Any]) -> list[str]:
    """Paths of images and videos, without stickers, audio and other files."""
    media = [medium for kind in ("photos", "gifs", "videos") for medium in items(message.get(kind))]
    uris = [words(dig(medium, "uri")) for medium in (*media, *items(message.get("media")))]
    return [uri for uri in uris if uri and not uri.lower().endswith((".ogg", ".opus", ".aac", ".m4a", ".mp3", ".wav"))]


def _is_notice(message: Mapping[str, Any], content: str, rest: str) -> bool:
    if message.get("type") in _NOTICE_TYPES or "call_duration" in message:
        return True
    return bool(VERBS.fullmatch(rest) or ALONE.fullmatch(content.strip()))
