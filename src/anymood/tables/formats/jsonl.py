"""JSON Lines: one object per line."""

import json
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import IO, ClassVar

from anymood.tables.format import Dialect, Format, HasPosts, Head, Layout, Record, Writer
from anymood.tables.json_rows import document_head, document_records, is_document, line_records, lines_head
from anymood.tables.lines import count_lines
from anymood.tables.registry import register
from anymood.tables.values import plain


class JsonLinesWriter(Writer):
    """One object per line, in UTF-8. Bytes that are not UTF-8, NaN and infinities become null."""

    suffix = ".jsonl"

    def __init__(self, file: IO[bytes], layout: Layout, *, begin: bool = True) -> None:
        super().__init__(file, layout, begin=begin)
        self._taken = frozenset(layout.added)

    def write(self, values: Mapping[str, object], added: Mapping[str, object]) -> None:
        row = {name: plain(value) for name, value in values.items() if name not in self._taken} | dict(added)
        line = json.dumps(row, ensure_ascii=False, allow_nan=False)
        self._file.write(line.encode("utf-8", "replace") + b"\n")

    def lost(self, values: Mapping[str, object]) -> list[str]:
        """Keys with the name of an added column; all others can be written."""
        return [name for name in values if name in self._taken]


@register
class JsonLines(Format):
    """One object per line; an absent key is a missing value. A document is recognised by its content."""

    name = "jsonl"
    description = "JSON Lines, one object per line"
    suffixes: ClassVar[tuple[str, ...]] = (".jsonl", ".ndjson")
    writer: ClassVar[type[Writer] | None] = JsonLinesWriter

    def head(self, path: Path, dialect: Dialect, has_posts: HasPosts) -> Head:
        """The keys of the first thousand rows."""
        del dialect
        if self._is_document(path):
            return document_head(path, has_posts)
        return lines_head(path)

    def records(self, path: Path, head: Head) -> Generator[Record, None, None]:
        return line_records(path) if head.details is None else document_records(path, head)

    def count(self, path: Path) -> int:
        """Approximate number of rows; 0 for a document."""
        return 0 if self._is_document(path) else count_lines(path)

    def _is_document(self, path: Path) -> bool:
        return is_document(path, named_lines=type(self) is JsonLines)
