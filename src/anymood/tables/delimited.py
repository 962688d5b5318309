"""CSV and TSV, row by row, in memory that does not grow with the file.

Rows follow RFC 4180: a cell in double quotes may hold delimiters, line ends and doubled quotes. A
quote that is never closed would swallow every row after it, so a row that breaks the rule is cut
off after its first line, that line is read without quoting, and reading goes on with the second.
"""

import csv
import re
from collections import deque
from collections.abc import Generator, Iterator
from contextlib import closing
from itertools import count
from pathlib import Path

from anymood.errors import TableError
from anymood.posts import Reason
from anymood.tables.lines import LIMIT, MENDED, Line, read_lines
from anymood.tables.records import Format, Record

# Characters in one cell. Also bounds how far a stray quote is followed, and so the memory needed.
CELL_LIMIT = 2**25


class _Source(Iterator[str]):
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


def columns(path: Path) -> list[str]:
    """Names in the header.

    Raises:
        TableError: there is no header.
    """
    with closing(read_lines(path)) as lines:
        return _header(_Source(lines), path)[0]


def records(path: Path) -> Generator[Record, None, None]:
    """The rows below the header; blank lines are no rows."""
    # The limit belongs to the process, so it is only ever raised.
    csv.field_size_limit(max(csv.field_size_limit(), CELL_LIMIT))
    with closing(read_lines(path)) as lines:
        source = _Source(lines)
        names, delimiter = _header(source, path)
        reader = csv.reader(source, delimiter=delimiter, strict=True)
        numbers = count(1)
        while True:
            source.taken.clear()
            broken = ""
            try:
                cells = next(reader)
                if delimiter == "\t" and _are_rows(source.taken, names):
                    broken = "they enclose whole rows"
            except StopIteration:
                return
            except csv.Error as error:
                broken = str(error)
            if broken:
                source.give_back(keep=1)
                cells = source.taken[0].text.rstrip("\r\n").split(delimiter)
            if not cells:
                continue
            record = Record(next(numbers), f"{path.name}:{source.taken[0].number}", {})
            if broken:
                record.add_problem(Reason.UNBALANCED_QUOTE, f"its quotes do not balance ({broken}); read as it stands.")
            if any(line.cut for line in source.taken):
                record.add_problem(Reason.LONG_LINE, f"only {LIMIT:,} characters of its line are read.")
            if any(line.mended for line in source.taken):
                record.add_problem(Reason.ENCODING, f"{MENDED} In Excel, that is CSV UTF-8.")
            _fill(record, names, cells, delimiter)
            yield record


def _header(source: _Source, path: Path) -> tuple[list[str], str]:
    """Names of the columns, and the delimiter."""
    first = next((line for line in source if line.strip()), None)
    if first is None:
        raise TableError(f"{path} is empty: a table begins with a line that names its columns.")
    if told := re.fullmatch(r"sep=([,;\t])", first.strip("\r\n ")):  # Excel's word for the delimiter
        source.taken.clear()
        first = next((line for line in source if line.strip()), "")
    if "\0" in first:
        raise TableError(f"{path} is no text: its first line holds NUL bytes. Save the table as CSV in UTF-8.")
    delimiter = told[1] if told else _delimiter(path, first)
    source.give_back(keep=len(source.taken) - 1)
    try:
        cells = next(csv.reader(source, delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise TableError(f"{path} begins with a line of column names whose quotes do not balance: {error}.") from error
    return [name.strip() or f"column {number}" for number, name in enumerate(cells, 1)], delimiter


def _delimiter(path: Path, header: str) -> str:
    if path.name.lower().removesuffix(".gz").endswith(".tsv"):
        return "\t"
    # Excel writes semicolons where the comma is the decimal sign. A comma may stand in a name, too.
    return max(",;\t", key=re.sub('"[^"]*"', "", header).count)


def _are_rows(lines: list[Line], names: list[str]) -> bool:
    """Whether each of several lines has all the tabs of a row of its own.

    Many TSV files are written without quoting. There, a text that begins with a quote and one further
    down that ends with a quote would make one row of all that lie between.
    """
    return len(lines) > 1 and len(names) > 1 and all(line.text.count("\t") == len(names) - 1 for line in lines)


def _fill(record: Record, names: list[str], cells: list[str], delimiter: str) -> None:
    """Name the cells. A row too short lacks its last cells; in one too long, nobody can tell which is which."""
    last = len(names) - 1
    if last == 0:  # where all is one cell, a delimiter is a part of it
        cells = [delimiter.join(cells)]
    record.is_mixed_up = any(cell.strip() for cell in cells[len(names) :])
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


DELIMITED = Format(columns, records)
