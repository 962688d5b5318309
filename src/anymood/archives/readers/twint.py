"""CSV of twint, a scraper of Twitter that stopped working in 2021, whose collections are still in use."""

import ast
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from anymood.archives.delimited import column_names
from anymood.archives.post import ArchivedPost
from anymood.archives.reader import COMPRESSED, ArchiveFile, Reader, register
from anymood.archives.tweets import is_cut, is_retweet, without_media_links
from anymood.archives.values import identifier, items, language, moment, unescaped, utc_offset, words

_MARKS = {"conversation_id", "date", "timezone", "photos", "replies_count", "retweets_count", "reply_to", "username"}
_OWN_PICTURE = re.compile(r"\s*\bpic\.twitter\.com/\w+")


@register
class Twint(Reader):
    """Tweets in the column ``tweet``. Lists of images are in Python syntax."""

    name = "twint"
    description = "Twitter: CSV of twint"
    expects = "a CSV with the columns id, tweet and others of twint, such as conversation_id and photos"
    pattern = r"[^/]+\.[ct]sv" + COMPRESSED

    def recognises(self, head: str) -> bool:
        header = column_names(head)
        return {"id", "tweet"} <= header and len(_MARKS & header) >= 2

    def read_file(self, file: ArchiveFile) -> Iterator[ArchivedPost]:
        delimiter = "\t" if "\t" in file.head.split("\n", 1)[0] else ","
        return file.table(_post, "tweet", delimiter)


def _post(where: str, cells: dict[str, str]) -> ArchivedPost:
    text = without_media_links(unescaped(words(cells["tweet"])), [])
    text = words(_OWN_PICTURE.sub("", text)) if text else None
    photos = [photo for photo in items(_literal(cells.get("photos", ""))) if isinstance(photo, str)]
    thumbnail = cells.get("thumbnail", "").strip()
    conversation = cells.get("conversation_id", "").strip()
    repost = (
        cells.get("retweet", "").strip().lower() == "true" or bool(cells.get("user_rt", "").strip()) or is_retweet(text)
    )
    return ArchivedPost(
        where=where,
        id=identifier(cells.get("id")),
        text=text,
        image=next(iter(photos), None) or (thumbnail if thumbnail.startswith("http") else None),
        created=_created(cells),
        language=language(cells.get("language")),
        is_repost=repost,
        is_reply=bool(conversation) and conversation != cells.get("id", "").strip(),
        cut=repost and is_cut(text),
        images=len(photos) or int(cells.get("video", "").strip() == "1"),
    )


def _created(cells: dict[str, str]) -> datetime | None:
    """``date`` and ``time`` are in the scraper's zone, ``timezone``; ``created_at`` repeats them."""
    zone = utc_offset(cells.get("timezone", ""))
    if zone is not None and cells.get("date") and cells.get("time"):
        try:
            return datetime.fromisoformat(f"{cells['date']} {cells['time']}").replace(tzinfo=zone).astimezone(UTC)
        except ValueError:
            return None
    return moment(cells.get("created_at"))


def _literal(cell: str) -> Any:
    try:
        return ast.literal_eval(cell) if cell.startswith("[") else None
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return None
