"""YouTube comments and live chats from Google Takeout: CSV whose texts are JSON within a cell, or JSON."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from anymood.archives.delimited import rows
from anymood.archives.markup import plain_text
from anymood.archives.post import ArchivedPost
from anymood.archives.reader import ArchiveFile, Reader, register
from anymood.archives.values import dig, identifier, moment, unescaped, words
from anymood.csv_rows import Row
from anymood.json_stream import ANY, ITEM
from anymood.posts import Problem, Reason
from anymood.preparation.serialised import SEGMENTS, joined_parts, segments

# In other languages, "comments.csv" is "Kommentare.csv" or "коментарі.csv", and its header is in that language, too.
_FILES = r"[^/]+\.csv|(?:[^/]*comments?|[^/]*chats?)[^/]*\.json"
_CELL = re.compile(r'"\s*\{\s*""(?:takeoutSegments|text)""\s*:')
_ENGLISH = re.compile(r"(?:comment|live chat) text", re.IGNORECASE)
_OTHER_COLUMN = re.compile(r"(?:comment|live chat|channel|video) id", re.IGNORECASE)
_COMMENT_ID = re.compile(r"(?:Ug|z)[\w-]{10,}(?:\.[\w-]+)?|L[Ci][\w%-]{10,}")
_TAG = re.compile(r"<(?:br|[abisu]|/[abisu])\b[^<>]*>", re.IGNORECASE)  # of the API's textDisplay

_ID = re.compile(r"(?:comment|live chat) id", re.IGNORECASE)
_PARENT = re.compile(r"parent comment id", re.IGNORECASE)
_CREATED = re.compile(r"(?:comment|live chat) create timestamp", re.IGNORECASE)


@register
class YouTube(Reader):
    """The user's comments and messages in live chats."""

    name = "youtube"
    description = "YouTube: comments and live chats of Google Takeout"
    expects = "comments.csv or live chats.csv with a column Comment Text or Live Chat Text, or comments.json"
    pattern = _FILES

    def recognises(self, head: str) -> bool:
        return _is_csv(head) or _is_json(head)

    def read_file(self, file: ArchiveFile) -> Iterator[ArchivedPost]:
        if file.head.startswith(("{", "[")):
            return file.objects([(ITEM,), (ANY, ITEM)], _record, "no comment")
        columns: _Columns | None = None
        header: list[str] | None = None

        def convert(where: str, row: Row) -> ArchivedPost | str | None:
            nonlocal columns, header
            if header is None:
                header = row.cells
                return None
            if len(row.cells) < len(header):
                return f"a row of {len(row.cells)} cells, not {len(header)}"
            columns = columns or _Columns(header, row.cells)
            return columns.post(where, row.cells)

        return file.posts(rows(file.stream), convert)


class _Columns:
    """The roles of the columns, by their English names or by the content of the first row."""

    def __init__(self, header: list[str], first: list[str]) -> None:
        self._text = _column(header, _ENGLISH)
        if self._text is None:
            self._text = next((i for i, cell in enumerate(first) if SEGMENTS.match(cell)), None)
        self._id = _column(header, _ID)
        self._parent = _column(header, _PARENT)
        self._created = _column(header, _CREATED)
        if self._id is None:
            ids = [i for i, cell in enumerate(first) if _COMMENT_ID.fullmatch(cell)]
            self._id = ids[0] if ids else None
        if self._created is None:
            self._created = next((i for i, cell in enumerate(first) if moment(cell) and "-" in cell), None)

    def post(self, where: str, cells: list[str]) -> ArchivedPost:
        comment = _cell(cells, self._id)
        text, problems = _text(_cell(cells, self._text) or "")
        # The id of a reply is the id of its comment, a dot, and its own id.
        reply = _cell(cells, self._parent) is not None or (comment is not None and "." in comment)
        return ArchivedPost(
            where=where,
            id=comment,
            text=text,
            created=moment(_cell(cells, self._created)),
            is_reply=reply,
            problems=problems,
        )


def _text(cell: object) -> tuple[str | None, tuple[Problem, ...]]:
    """The text of a cell: plain until 2023, then ``{"takeoutSegments": [...]}``, and since 2024 only the objects."""
    if isinstance(cell, str):
        if not SEGMENTS.match(cell):
            return unescaped(words(cell)), ()
        parts = segments(cell)
        if parts is None:
            return None, (Problem(Reason.INVALID_JSON, f"The text is not a list of segments: {cell[:80]!r}."),)
        cell = parts
    return words(joined_parts(cell)), ()


def _record(where: str, record: Mapping[str, Any]) -> ArchivedPost:
    """A comment in JSON, whose keys are the column names or those of the API."""
    snippet = dig(record, "snippet", "topLevelComment", "snippet") or record.get("snippet") or record
    keys = {re.sub(r"[\W_]", "", str(key)).lower(): value for key, value in {**record, **snippet}.items()}
    key = next((key for key in _TEXT_KEYS if keys.get(key)), None)
    value = None if key is None else keys[key]
    if key == "textdisplay" and isinstance(value, str) and _TAG.search(value):  # plain text if textFormat=plainText
        value = plain_text(value)
    text, problems = _text(value)
    return ArchivedPost(
        where=where,
        id=identifier(keys.get("commentid") or keys.get("livechatid") or keys.get("id")),
        text=text,
        created=moment(next((keys[key] for key in _TIME_KEYS if keys.get(key)), None)),
        is_reply=bool(keys.get("parentcommentid") or keys.get("parentid")),
        problems=problems,
    )


_TEXT_KEYS = ("commenttext", "livechattext", "takeoutsegments", "textoriginal", "textdisplay", "text", "content")
_TIME_KEYS = ("commentcreatetimestamp", "livechatcreatetimestamp", "publishedat", "createtime", "timestamp", "time")


def _column(header: list[str], pattern: re.Pattern[str]) -> int | None:
    return next((i for i, cell in enumerate(header) if pattern.fullmatch(cell.strip())), None)


def _cell(cells: list[str], column: int | None) -> str | None:
    return None if column is None or column >= len(cells) or not cells[column].strip() else cells[column]


def _is_csv(head: str) -> bool:
    if head.startswith(("{", "[")):
        return False
    header, _, rest = head.partition("\n")
    cells = [cell.strip(' "\r') for cell in header.split(",")]
    if any(_ENGLISH.fullmatch(cell) for cell in cells) and any(_OTHER_COLUMN.fullmatch(cell) for cell in cells):
        return True
    return len(cells) > 1 and _CELL.search(rest) is not None


def _is_json(head: str) -> bool:
    if not head.startswith(("{", "[")):
        return False
    keys = set(re.findall(r'"([A-Za-z_ ]{2,40})"\s*:', head))
    return bool({"takeoutSegments", "Comment Text", "Comment text", "Live Chat Text"} & keys) or (
        "youtube#comment" in head or "youtube#commentThread" in head
    )
