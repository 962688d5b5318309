"""Google Chat messages from Google Takeout, in JSON."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

from anymood.archives.post import ArchivedPost
from anymood.archives.reader import ArchiveFile, Reader, count_seen, is_image_name, register, text_of
from anymood.archives.values import MONTHS, dig, identifier, items, moment, words
from anymood.json_stream import ITEM

# Friday, March 17, 2023 at 9:00:00 AM UTC, with U+202F before AM in newer exports
_DATE = re.compile(r"\w+, (\w{3})\w* (\d{1,2}), (\d{4}) at (\d{1,2}):(\d{2}):(\d{2})\s?([AP]M)? UTC")


@register
class GoogleChat(Reader):
    """Messages of all users in the chats. Those of bots are notices."""

    name = "google-chat"
    description = "Google Chat: messages of Google Takeout"
    expects = "messages.json below Google Chat/Groups, with creator, created_date and text"
    pattern = r"messages\.json"
    beginning = r'(?s)\{\s*"messages"\s*:\s*\[\s*\{(?=.*"creator"\s*:)(?=.*"(?:message_id|created_date)"\s*:)'

    def read_file(self, file: ArchiveFile) -> Iterator[ArchivedPost]:
        return file.objects([("messages", ITEM)], partial(_message, file), "no message")


def _message(file: ArchiveFile, where: str, message: Mapping[str, Any]) -> ArchivedPost:
    number = identifier(message.get("message_id"))  # <chat>/<topic>/<message>; the first of a topic has the topic's
    parts = (number or "").split("/")
    files = [file for file in items(message.get("attached_files")) if isinstance(file, Mapping)]
    names = [words(file.get("export_name")) or "" for file in files]
    image, missing = file.image(list(filter(is_image_name, names))[:1])
    text, problems = text_of(message.get("text"))
    bot = dig(message, "creator", "user_type") == "Bot"
    empty = message.get("text") is None and not files and not items(message.get("annotations"))  # somebody joined
    return ArchivedPost(
        where=where,
        id=number,
        text=text,
        image=image,
        created=_created(message.get("created_date")),
        is_reply=len(parts) == 3 and parts[1] != parts[2],
        kind="notice" if bot or empty else "post",
        images=count_seen(names),
        problems=problems + missing,
    )


def _created(value: object) -> datetime | None:
    match = _DATE.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        return moment(value)
    month, day, year, hour, minute, second, half = match.groups()
    hours = int(hour) if half is None else int(hour) % 12 + (12 if half == "PM" else 0)
    try:
        return datetime(
            int(year), MONTHS.index(month.lower()) + 1, int(day), hours, int(minute), int(second), tzinfo=UTC
        )
    except ValueError:  # no such month or day
        return None
