"""The data package of a Discord account: the messages that the user wrote."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from anymood.archives.post import ArchivedPost
from anymood.archives.reader import ArchiveFile, Reader, count_seen, is_image_name, register
from anymood.archives.values import identifier, moment, words
from anymood.json_stream import ITEM, Value, documents

_JSON = re.compile(r'\[\s*\{(?=[^{}]*"Contents"\s*:)\s*"(?:ID|Timestamp|Contents|Attachments)"\s*:')
_CSV = re.compile(r'"?ID"?,"?Timestamp"?,"?Contents"?,"?Attachments"?\s')

# How messages encode @name, #channel, an emoji of a server, a date, and a link without a preview.
_MARKUP = [
    (re.compile(r"<(?:@[!&]?|#|/[^:<>]+:)(\d{15,20})>"), r"@\1"),
    (re.compile(r"<a?(:\w{2,32}:)\d{15,20}>"), r"\1"),
    (re.compile(r"<t:-?\d+(?::[tTdDfFRsS])?>"), ""),
    (re.compile(r"<(https?://[^\s<>]+)>"), r"\1"),
]


@register
class DiscordPackage(Reader):
    """Messages of all channels. Messages of others are not in the package."""

    name = "discord-package"
    description = "Discord: messages of the data of an account (JSON, or CSV until 2023)"
    expects = "messages/c<number>/messages.json, or messages.csv with ID, Timestamp, Contents and Attachments"
    pattern = r"messages\.(?:json|csv)"

    def recognises(self, head: str) -> bool:
        return bool(_JSON.match(head) or _CSV.match(head))

    def read_file(self, file: ArchiveFile) -> Iterator[ArchivedPost]:
        def convert(where: str, value: Value) -> ArchivedPost | str:
            is_message = isinstance(value.data, Mapping) and "Contents" in value.data
            return _message(where, value.data) if is_message else "no message"

        if _JSON.match(file.head):
            return file.posts(documents(file.stream, [(ITEM,)]), convert)
        return file.table(_message, needed="Contents")


def _message(where: str, message: Mapping[str, Any]) -> ArchivedPost:
    text = words(message.get("Contents"))
    for pattern, shown in _MARKUP if text and "<" in text else ():
        text = pattern.sub(shown, text or "")
    attached = (words(message.get("Attachments")) or "").split()
    image = next(filter(is_image_name, attached), None)
    return ArchivedPost(
        where=where,
        id=identifier(message.get("ID")),
        text=words(text),
        image=image,
        created=moment(message.get("Timestamp")),
        images=count_seen(attached),
    )
