"""Rows of comma-separated files written by collection tools."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from anymood.broken_utf8 import mended
from anymood.compression import damage
from anymood.json_stream import MAX_VALUE, Broken, breaks_off
from anymood.posts import Problem, Reason

MAX_CELL = 1 << 24  # characters: comments and serialised lists are far shorter
MAX_ROW = 1 << 26


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of a row, and its position."""

    cells: list[str]
    place: str


def rows(stream: BinaryIO, delimiter: str = ",", *, escaped_quotes: bool = False) -> Iterator[Row | Broken]:
    r"""Rows of a comma-separated file, with the header if there is one.

    Lines that are not UTF-8 are read as Windows-1252, and blank lines are skipped. A row is broken if a cell is too
    long, or if the file ends inside quotes. Set ``escaped_quotes`` if quotes in cells are written ``\"`` and not
    doubled.
    """
    if csv.field_size_limit() < MAX_CELL:
        csv.field_size_limit(MAX_CELL)
    source = _Lines(stream, escaped_quotes=escaped_quotes)
    reader = csv.reader(source, delimiter=delimiter)
    raw = ""
    while True:
        place = f"line {source.number + 1}"
        source.taken.clear()
        try:
            cells = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            yield Broken(Problem(Reason.INVALID_CSV, f"The row at {place} cannot be read: {error}."), place)
            continue
        except damage() as error:
            yield Broken(breaks_off(place, error), place)
            return
        raw = "".join(source.taken)
        if _unclosed(raw, delimiter):
            yield Broken(breaks_off(place, None), place)
        elif any(cell.strip() for cell in cells):
            yield Row(cells, place)


def _unclosed(raw: str, delimiter: str) -> bool:
    """Whether a row ends inside quotes, which only the last row can."""
    if raw.count('"') % 2 == 0:
        return False
    try:
        for _ in csv.reader([raw], delimiter=delimiter, strict=True):
            pass
    except csv.Error as error:
        return "unexpected end of data" in str(error)
    return False


class _Lines:
    """Counted lines of a stream, with those of the current row."""

    def __init__(self, stream: BinaryIO, *, escaped_quotes: bool) -> None:
        self._stream = stream
        self._escaped_quotes = escaped_quotes
        self.number = 0
        self.taken: list[str] = []
        self._characters = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._stream.readline(MAX_VALUE)
        if not line:
            raise StopIteration
        self.number += 1
        if self.number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
        text = mended(line.decode("utf-8", "surrogateescape"))
        if self._escaped_quotes:
            text = text.replace('\\"', '""')
        self._characters = self._characters + len(text) if self.taken else len(text)
        if self._characters > MAX_ROW:
            raise csv.Error(f"it has more than {MAX_ROW:,} characters")
        self.taken.append(text)
        return text
