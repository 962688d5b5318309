r"""The rows of a CSV file, those included that break its rules.

Rows follow RFC 4180: a cell in double quotes may hold delimiters, line ends and doubled quotes. A row that does not fit
the header is read again as programs write it that know other rules: with ``\"`` for a quote, with blanks before the
quotes, or with a carriage return within a cell. Where none of these fits, a quote that is never closed would swallow
every row after it. So a row whose quotes do not balance is cut off after its first line, that line is read without
quoting, and reading continues with the second.
"""

import csv
import re
from collections import deque
from collections.abc import Callable, Iterator
from itertools import count

from anymood.posts import Reason
from anymood.tables.format import Record
from anymood.tables.lines import LIMIT, MENDED, Line

# Characters in one cell. Also bounds how far a stray quote is followed, and so the memory needed.
CELL_LIMIT = 2**25
MAX_RETURNS = 100  # carriage returns in one row that are tried as a part of it
_RETURN = "\ue00d"  # stands for a carriage return within a cell while the row is parsed
_ESCAPED = re.compile(r'\\(["\\])')


class Lines(Iterator[str]):
    """Lines for ``csv.reader`` that remembers which lines made a row, and can take them back."""

    def __init__(self, lines: Iterator[Line]) -> None:
        self._lines = lines
        self._returned: deque[Line] = deque()
        self.taken: list[Line] = []

    def __next__(self) -> str:
        line = self._returned.popleft() if self._returned else next(self._lines)
        self.taken.append(line)
        return line.text

    def give_back(self, keep: int) -> None:
        """Read the taken lines again, but for the first ``keep`` of them."""
        self._returned.extendleft(reversed(self.taken[keep:]))
        del self.taken[keep:]

    def take(self, lines: int) -> None:
        """Read some lines of those that were given back."""
        for _ in range(lines):
            next(self)


def parse(source: Iterator[str], delimiter: str, *, skip_blanks: bool = False) -> list[str]:
    """The cells of the next row.

    Raises:
        csv.Error: its quotes do not balance, or a cell is too long.
        StopIteration: there is none.
    """
    return next(csv.reader(source, delimiter=delimiter, strict=True, skipinitialspace=skip_blanks))


class CsvRows:
    """Reads rows and gives them as records.

    Args:
        source: lines, the next of which is that behind the header.
        names: of the columns.
        delimiter: between cells.
        spaced: whether a blank follows every delimiter.
        header_end: how the line of the header ends.
        file: name of the file, for messages.
    """

    def __init__(
        self, source: Lines, names: tuple[str, ...], delimiter: str, *, spaced: bool, header_end: str, file: str
    ) -> None:
        # The limit belongs to the process, so it is only ever raised.
        csv.field_size_limit(max(csv.field_size_limit(), CELL_LIMIT))
        self._source = source
        self._names = names
        self._delimiter = delimiter
        self._spaced = spaced
        self._returns_end_rows = header_end == "\r"
        self._file = file

    def records(self) -> Iterator[Record]:
        """The rows; blank lines are no rows."""
        source = self._source
        reader = csv.reader(source, delimiter=self._delimiter, strict=True, skipinitialspace=self._spaced)
        numbers = count(1)
        while True:
            source.taken.clear()
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
            if broken or len(cells) != len(self._names) or (not self._returns_end_rows and self._ends_in_return()):
                cells, broken = self._repaired(cells, broken)
            yield self._record(next(numbers), cells, broken)

    def _repaired(self, cells: list[str], broken: str) -> tuple[list[str], str]:
        """The cells of a row that does not fit, by other rules if these make it fit."""
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
                found = parse(map(change, source), self._delimiter, skip_blanks=skip_blanks)
            except (csv.Error, StopIteration):
                continue
            if len(found) == len(self._names) and not (self._delimiter == "\t" and self._are_rows()):
                return found, ""
        source.give_back(0)
        if not self._returns_end_rows and (joined := self._joined()) is not None:
            return joined, ""
        if broken:
            source.take(1)
            return source.taken[0].text.rstrip("\r\n").split(self._delimiter), broken
        source.take(lines)
        return cells, ""

    def _joined(self) -> list[str] | None:
        """The cells of a row that goes on behind carriage returns, as far as that makes it fit; None where not."""
        source = self._source
        found: list[str] | None = None
        kept = 0
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
            if len(cells) == len(self._names):
                found, kept = cells, number
            if not line.endswith("\r") or _RETURN in line:
                break
            text = f"{text[:-1]}{_RETURN}"
        if found is None or kept < 2:
            source.give_back(0)
            return None
        source.give_back(kept)
        return [cell.replace(_RETURN, "\r") for cell in found]

    def _ends_in_return(self) -> bool:
        return self._source.taken[-1].text.endswith("\r")

    def _are_rows(self) -> bool:
        """Whether each of several lines has all the tabs of a row of its own.

        Many TSV files are written without quoting. There, a text that begins with a quote and one further down that
        ends with a quote would make one row of all that lie between.
        """
        lines, tabs = self._source.taken, len(self._names) - 1
        return len(lines) > 1 and tabs > 0 and all(line.text.count("\t") == tabs for line in lines)

    def _record(self, number: int, cells: list[str], broken: str) -> Record:
        lines = self._source.taken
        record = Record(number, f"{self._file}:{lines[0].number}", {})
        if broken:
            record.add_problem(Reason.UNBALANCED_QUOTE, f"its quotes do not balance ({broken}); read as it stands.")
        if any(line.cut for line in lines):
            record.add_problem(Reason.LONG_LINE, f"only {LIMIT:,} characters of its line are read.")
        if any(line.mended for line in lines):
            record.add_problem(Reason.ENCODING, f"{MENDED} In Excel, that is CSV UTF-8.")
        self._fill(record, cells)
        return record

    def _fill(self, record: Record, cells: list[str]) -> None:
        """Name the cells. A row too short lacks its last cells; in one too long, nobody can tell which is which."""
        names, delimiter = self._names, self._delimiter
        last = len(names) - 1
        if last == 0:  # where all is one cell, a delimiter is a part of it
            cells = [delimiter.join(cells)]
        record.is_mixed_up = len(cells) > len(names) and any(map(str.strip, cells[len(names) :]))
        if record.is_mixed_up:
            record.add_problem(
                Reason.RAGGED_ROW,
                f"it has {len(cells)} cells for {len(names)} columns, so that it cannot be told which is which. "
                "Put a cell that holds the delimiter in quotes.",
            )
            cells = [*cells[:last], delimiter.join(cells[last:])]
        elif len(cells) < len(names):
            record.add_problem(
                Reason.RAGGED_ROW, f"it has {len(cells)} cells for {len(names)} columns; the last ones are missing."
            )
        record.values.update(zip(names, cells, strict=False))


def _unescaped(line: str) -> str:
    """A line in which quotes within cells are doubled, in place of having a backslash before them."""
    return _ESCAPED.sub(lambda found: '""' if found[1] == '"' else "\\", line)
