r"""The rows of a CSV file, also of an invalid one.

Rows follow RFC 4180: a quoted cell may contain delimiters, line ends and doubled quotes. A row that does not fit the
header is parsed again by other common rules: ``\"`` for a quote, spaces before the quotes, or a carriage return within
a cell. If none of them fits, an unclosed quote would include all later rows. Therefore a row with unbalanced quotes
ends after its first line, which is parsed without quoting, and parsing continues with the second line.
"""

import csv
import re
from collections import deque
from collections.abc import Callable, Iterator
from typing import NamedTuple

from anymood.text_decoding import Line

# Maximum number of characters of a cell. Also limits the memory needed after a stray quote.
CELL_LIMIT = 2**25
MAX_RETURNS = 100  # carriage returns within a row
UNCLOSED = "unexpected end of data"  # error of ``csv`` at the end of a file inside quotes
_RETURN = "\ue00d"  # placeholder for a carriage return within a cell while the row is parsed
_ESCAPED = re.compile(r'\\(["\\])')


class Lines(Iterator[str]):
    """Lines for ``csv.reader``, which remembers the lines of a row and can take them back."""

    def __init__(self, lines: Iterator[Line]) -> None:
        self._lines = lines
        self._returned: deque[Line] = deque()
        self.taken: list[Line] = []

    def __next__(self) -> str:
        line = self._returned.popleft() if self._returned else next(self._lines)
        self.taken.append(line)
        return line.text

    def give_back(self, keep: int) -> None:
        """Put back the lines of the last row, except the first ``keep``."""
        self._returned.extendleft(reversed(self.taken[keep:]))
        del self.taken[keep:]

    def take(self, lines: int) -> None:
        """Consume some of the lines that were put back."""
        for _ in range(lines):
            next(self)


def parse(source: Iterator[str], delimiter: str, *, skip_blanks: bool = False) -> list[str]:
    """The cells of the next row.

    Raises:
        csv.Error: its quotes are unbalanced, or a cell is too long.
        StopIteration: there is none.
    """
    return next(csv.reader(source, delimiter=delimiter, strict=True, skipinitialspace=skip_blanks))


class Row(NamedTuple):
    """The cells of a row, its lines, and why it was read without quoting; empty if its quotes are balanced."""

    cells: list[str]
    lines: list[Line]
    broken: str

    @property
    def place(self) -> str:
        """Its first line, for messages."""
        return f"line {self.lines[0].number}"


class CsvRows:
    """Parses rows; blank lines are skipped.

    Args:
        source: the lines.
        width: number of columns; 0 for that of the first row.
        delimiter: delimiter of cells.
        spaced: whether a space follows each delimiter.
        returns_end_rows: whether a single carriage return ends a row.
    """

    def __init__(
        self,
        source: Lines,
        width: int = 0,
        delimiter: str = ",",
        *,
        spaced: bool = False,
        returns_end_rows: bool = False,
    ) -> None:
        # The limit is shared by the whole process, so it is never lowered.
        csv.field_size_limit(max(csv.field_size_limit(), CELL_LIMIT))
        self._source = source
        self._width = width
        self._delimiter = delimiter
        self._spaced = spaced
        self._returns_end_rows = returns_end_rows

    def __iter__(self) -> Iterator[Row]:
        source = self._source
        reader = csv.reader(source, delimiter=self._delimiter, strict=True, skipinitialspace=self._spaced)
        while True:
            source.taken = []
            broken = ""
            try:
                cells = next(reader)
                if self._delimiter == "\t" and self._are_rows():
                    broken = "they enclose whole rows"
            except StopIteration:
                return
            except csv.Error as error:
                cells, broken = [], str(error)
            if not cells and not broken:
                continue
            self._width = self._width or len(cells)
            ends_in_return = source.taken[-1].text.endswith("\r") and not self._returns_end_rows
            if broken or len(cells) != self._width or ends_in_return:
                cells, broken = self._repaired(cells, broken)
            yield Row(cells, source.taken, broken)

    def _repaired(self, cells: list[str], broken: str) -> tuple[list[str], str]:
        """The cells of a row of another width, by other rules if these give the right width."""
        source = self._source
        lines = len(source.taken)
        raw = "".join(line.text for line in source.taken)
        ways: list[tuple[Callable[[str], str], bool]] = []
        blanks = f'{self._delimiter} "' in raw or raw.startswith(' "')
        if '\\"' in raw:
            ways += [(_unescaped, False), *([(_unescaped, True)] if blanks else [])]
        if blanks:
            ways.append((str, True))
        for change, skip_blanks in ways:
            source.give_back(0)
            try:
                repaired = parse(map(change, source), self._delimiter, skip_blanks=skip_blanks)
            except (csv.Error, StopIteration):
                continue
            if len(repaired) == self._width and not (self._delimiter == "\t" and self._are_rows()):
                return repaired, ""
        source.give_back(0)
        if not self._returns_end_rows and (joined := self._joined()) is not None:
            return joined, ""
        if broken:
            source.take(1)
            return source.taken[0].text.rstrip("\r\n").split(self._delimiter), broken
        source.take(lines)
        return cells, ""

    def _joined(self) -> list[str] | None:
        """The cells of a row that contains carriage returns, if joining lines gives the right width; otherwise None."""
        source = self._source
        joined: list[str] | None = None
        count = 0
        text = ""
        for number in range(1, MAX_RETURNS + 1):
            line = next(source, "")
            if not line:
                break
            text += line
            try:
                cells = parse(iter([text]), self._delimiter, skip_blanks=self._spaced)
            except csv.Error:
                cells = []
            if len(cells) == self._width:
                joined, count = cells, number
            if not line.endswith("\r") or _RETURN in line:
                break
            text = f"{text[:-1]}{_RETURN}"
        if joined is None or count < 2:
            source.give_back(0)
            return None
        source.give_back(count)
        return [cell.replace(_RETURN, "\r") for cell in joined]

    def _are_rows(self) -> bool:
        """Whether each of several lines has as many tabs as a row.

        Many TSV files are written without quoting. In these, a text that begins with a quote and a later one that ends
        with a quote would join all lines between them to one row.
        """
        lines, tabs = self._source.taken, self._width - 1
        return len(lines) > 1 and tabs > 0 and all(line.text.count("\t") == tabs for line in lines)


def _unescaped(line: str) -> str:
    """A line with doubled quotes in place of backslash escapes."""
    return _ESCAPED.sub(lambda match: '""' if match[1] == '"' else "\\", line)
