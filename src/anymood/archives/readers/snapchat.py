"""Snapchat chats from "My Data", in the format JSON."""

import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from anymood.archives.post import ArchivedPost
from anymood.archives.reader import ArchiveFile, Reader, deleted_message, is_image_name, register
from anymood.archives.source import Source
from anymood.archives.values import moment, words
from anymood.json_stream import ANY, ITEM
from anymood.posts import Problem, Reason

# chat_media/2024-04-20_b~EiQ....jpg
_MEDIA = re.compile(r"(?:^|/)\d{4}-\d\d-\d\d_(.+)\.\w+$")
_ERASED = {"STATUSERASEDMESSAGE", "STATUSERASEDSNAPMESSAGE"}
_NOTICES = ("STATUS", "NONPARTICIPANTBOTRESPONSE", "MAPREACTION")
_SEEN = {"MEDIA", "IMAGE", "PHOTO", "VIDEO", "VIDEO_NO_AUDIO"}


@register
class Snapchat(Reader):
    """Messages of all users in the chats. Messages that were not saved have no text in the archive."""

    name = "snapchat"
    description = "Snapchat: chats of the data of an account in JSON"
    expects = "chat_history.json, with lists of messages that have Media Type, Created and Content or Text"
    pattern = r"chat_history\.json"
    beginning = r'(?s)\{\s*"(?=.*"Media Type"\s*:)(?=.*"Created"\s*:)'

    def read_file(self, file: ArchiveFile) -> Iterator[ArchivedPost]:
        media = {match[1]: name for name in file.source.names if (match := _MEDIA.search(name))}
        return file.objects([(ANY, ITEM)], partial(_message, file.source, media), "no message")


def _message(source: Source, media: Mapping[str, str], where: str, message: Mapping[str, Any]) -> ArchivedPost:
    kind = str(message.get("Media Type", "TEXT"))
    text = words(message.get("Content")) or words(message.get("Text"))
    # "Created(microseconds)" counts milliseconds.
    created = moment(message.get("Created")) or moment(message.get("Created(microseconds)"))
    if kind in _ERASED:
        return deleted_message(where, created)
    if kind.startswith(_NOTICES):
        return ArchivedPost(where=where, text=text, created=created, kind="notice")
    numbers = [number for part in str(message.get("Media IDs") or "").split("|") if (number := part.strip())]
    files = [media[number] for number in numbers if number in media]
    problems: tuple[Problem, ...] = ()
    if text is None and kind == "TEXT":
        problems = (Problem(Reason.NOT_EXPORTED, "Snapchat only exports the text of saved messages."),)
    elif kind in _SEEN and not files:
        problems = (Problem(Reason.MEDIA_OMITTED, "The file of the message is not in the archive."),)
    image = next((source.file(file) for file in files if is_image_name(file)), None)
    return ArchivedPost(
        where=where,
        text=text,
        image=image,
        created=created,
        images=max(len(numbers), 1) if kind in _SEEN else 0,
        problems=problems,
    )
