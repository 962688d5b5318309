"""CSV, read in constant memory."""

import csv
import re
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path
from typing import IO, Any, NamedTuple

from anymood.csv_rows import CELL_LIMIT, CsvRows, Lines, Row, parse
from anymood.errors import TableError
from anymood.posts import Reason
from anymood.tables.format import Dialect, Format, HasPosts, Head, Layout, Record, Writer
from anymood.tables.header import find_header, numbered_names, skipped_note, unique
from anymood.tables.lines import add_line_problems, count_lines, has_mark, read_lines
from anymood.tables.registry import register
from anymood.tables.values import as_text
from anymood.text_decoding import MARK, Line
from anymood.wording import plural

PREAMBLE_LINES = 50  # maximum number of lines before the header
_NAMED_DELIMITER = re.compile(r"sep=([,;\t|])")  # first line in which Excel names the delimiter


class _Header(NamedTuple):
    """The header of a file.

    Attributes:
        names: unique names of the columns.
        delimiter: delimiter of cells.
        line: number of its first line, or of the first row if there is no header.
        spaced: whether a space follows each delimiter.
        end: its line end.
        is_row: whether it is the first row.
    """

    names: tuple[str, ...]
    delimiter: str
    line: int
    spaced: bool
    end: str
    is_row: bool = False


class CsvWriter(Writer):
    """CSV in UTF-8. Lists and objects are written as JSON; bytes are omitted."""

    suffix = ".csv"
    delimiter: str | None = None  # None for the delimiter of the layout

    def __init__(self, file: IO[bytes], layout: Layout, *, begin: bool = True) -> None:
        super().__init__(file, layout, begin=begin)
        self._writer: Any = csv.writer(_Line(), delimiter=self.delimiter or layout.delimiter, lineterminator="\r\n")
        if begin:
            if layout.mark:
                file.write(MARK.encode())
            self._put(layout.flat_names())

    def write(self, values: Mapping[str, object], added: Mapping[str, object]) -> None:
        """Append a row. Numbers of added columns have six decimal places, because more depend on the machine."""
        cells = [cell if type(cell) is str else as_text(cell) for cell in map(values.get, self._columns)]
        results = [f"{cell:.6f}" if isinstance(cell, float) else cell for cell in self._layout.flat_values(added)]
        self._put([*cells, *results])

    def _put(self, cells: Sequence[object]) -> None:
        # Before Python 3.13, csv only quotes cells that contain characters of its own line terminator.
        line = self._writer.writerow(cells)
        self._file.write(line.removesuffix("\r\n").encode("utf-8", "replace") + b"\n")


class _Line:
    """A file object whose ``write`` returns its argument, so that ``writerow`` returns the line."""

    def write(self, line: str) -> str:
        return line


@register
class Csv(Format):
    """Comma-separated values, also with semicolons, tabs or bars."""

    name = "csv"
    description = "CSV, with commas, semicolons, tabs or bars between the cells"
    suffixes = (".csv",)
    dialect = frozenset({"delimiter", "skip_lines", "header"})
    writer = CsvWriter
    delimiter: str | None = None  # None to detect it

    def head(self, path: Path, dialect: Dialect, has_posts: HasPosts) -> Head:
        dialect = Dialect(dialect.delimiter or self.delimiter, dialect.skip_lines, dialect.header)
        with closing(read_lines(path)) as lines:
            head = head_of(lines, str(path), dialect, has_posts)
        return replace(head, mark=has_mark(path))

    def records(self, path: Path, head: Head) -> Generator[Record, None, None]:
        """The rows after the header; blank lines are skipped."""
        with closing(read_lines(path)) as lines:
            yield from records_of(lines, path.name, head)

    def count(self, path: Path) -> int:
        """Approximate number of rows: a cell with two lines counts as two."""
        return max(0, count_lines(path) - 1)


def head_of(lines: Iterator[Line], name: str, dialect: Dialect, has_posts: HasPosts) -> Head:
    """The beginning of the table in some lines; ``name`` is that of the table, for messages.

    Raises:
        TableError: it is empty, is not text, or its header has unbalanced quotes.
    """
    header, skipped = _find_header(Lines(lines), name, dialect, has_posts)
    names, repeated = unique(header.names)
    notes = (skipped_note(skipped, "line"),) if skipped and dialect.skip_lines is None else ()
    return Head(columns=names, repeated=repeated, delimiter=header.delimiter, notes=notes, details=header)


def records_of(lines: Iterator[Line], name: str, head: Head) -> Generator[Record, None, None]:
    """The rows of the table in some lines; ``name`` is that of the table, and ``head`` its beginning."""
    header: _Header = head.details
    source = Lines(lines)
    while next(source, None) is not None and source.taken[-1].number < header.line:
        source.taken.clear()
    source.give_back(0)
    if not header.is_row:
        parse(source, header.delimiter, skip_blanks=header.spaced)
    rows = CsvRows(
        source,
        len(head.columns),
        header.delimiter,
        spaced=header.spaced,
        returns_end_rows=header.end == "\r",
    )
    for number, row in enumerate(rows, 1):
        record = _record(number, row, head.columns, header.delimiter, name)
        if _is_header(row.cells, header):
            record.repeat_header()
        yield record


def _record(number: int, row: Row, names: tuple[str, ...], delimiter: str, file: str) -> Record:
    """The record of a row. A short row lacks its last cells; a long one cannot be assigned to columns."""
    cells, lines, broken = row
    record = Record(number, f"{file}:{lines[0].number}", {})
    if broken:
        cause = f"its quotes are unbalanced ({broken})"
        if broken.startswith("field larger than"):
            cause = f"its quotes are unbalanced, or a cell has more than {CELL_LIMIT:,} characters"
        record.add_problem(Reason.UNBALANCED_QUOTE, f"{cause}, so its line is read without quoting.")
    add_line_problems(record, lines, "In Excel, that is CSV UTF-8.")
    last = len(names) - 1
    if last == 0:  # in a table with one column, delimiters are part of the cell
        cells = [delimiter.join(cells)]
    record.is_mixed_up = len(cells) > len(names) and any(map(str.strip, cells[len(names) :]))
    if record.is_mixed_up:
        record.add_problem(
            Reason.RAGGED_ROW,
            f"it has {plural(len(cells), 'cell')} for {plural(len(names), 'column')}, so they cannot be assigned. "
            "Quote cells that contain the delimiter.",
        )
        cells = [*cells[:last], delimiter.join(cells[last:])]
    elif len(cells) < len(names):
        record.add_problem(
            Reason.RAGGED_ROW,
            f"it has {plural(len(cells), 'cell')} for {len(names)} columns; the last ones are missing.",
        )
    record.values.update(zip(names, cells, strict=False))
    return record


def _find_header(source: Lines, table: str, dialect: Dialect, has_posts: HasPosts) -> tuple[_Header, int]:
    """The header, and the number of lines before it that are not blank."""
    for _ in islice(source, dialect.skip_lines or 0):
        pass
    source.taken.clear()
    first = next((line for line in source if line.strip()), None)
    if first is None:
        what = f"has no line after the first {dialect.skip_lines:,}" if dialect.skip_lines else "is empty"
        raise TableError(f"{table} {what}: the first line of a table has the column names.")
    if named := _NAMED_DELIMITER.fullmatch(first.strip("\r\n ")):
        dialect = Dialect(dialect.delimiter or named[1], dialect.skip_lines, dialect.header)
        source.taken.clear()
        first = next((line for line in source if line.strip()), "")
    if "\0" in first:
        raise TableError(f"{table} is not text: its first line contains NUL bytes. Save the table as CSV in UTF-8.")
    source.give_back(keep=len(source.taken) - 1)
    source.taken.clear()
    header = _read_header(source, table, dialect)
    if not dialect.header:
        return header._replace(names=numbered_names(len(header.names)), is_row=True), 0
    if dialect.skip_lines is not None:
        return header, 0
    headers = chain([header], _headers_below(source, table, dialect))
    return find_header(headers, lambda row: _written(row.names), has_posts) or (header, 0)


def _names(cells: Sequence[str]) -> tuple[str, ...]:
    return tuple(name.strip() or f"column {number}" for number, name in enumerate(cells, 1))


def _written(names: Sequence[str]) -> list[str]:
    """Names as they are written: "" where blank. Excel fills up the lines of a preamble with blank cells."""
    return ["" if name == number else name for name, number in zip(names, numbered_names(len(names)), strict=True)]


def _is_header(cells: Sequence[str], header: _Header) -> bool:
    """Whether a row repeats the header; its first cell may begin with the byte order mark of another file."""
    first = cells[0]
    if not first.startswith(MARK) and first.strip() not in ("", header.names[0]):  # most rows
        return False
    first = first.removeprefix(MARK).strip(' "')
    return not header.is_row and _names([first, *cells[1:]]) == header.names


def _read_header(source: Lines, table: str, dialect: Dialect) -> _Header:
    first = next(source)
    line = source.taken[-1].number
    source.give_back(0)
    delimiter = dialect.delimiter or _delimiter(first)
    try:
        cells = parse(source, delimiter)
        spaced = len(cells) > 1 and all(cell.startswith(" ") for cell in cells[1:])
        if spaced:
            source.give_back(0)
            cells = parse(source, delimiter, skip_blanks=True)
    except csv.Error as error:
        raise TableError(f"{table} begins with a line of column names with unbalanced quotes: {error}.") from error
    names = _names(cells)
    last = source.taken[-1].text
    return _Header(names, delimiter, line, spaced, last[len(last.rstrip("\r\n")) :])


def _headers_below(source: Lines, table: str, dialect: Dialect) -> Iterator[_Header]:
    """The next lines that are not blank as headers, up to one with unbalanced quotes."""
    for _ in range(PREAMBLE_LINES):
        source.taken.clear()
        line = next(source, None)
        if line is None:
            return
        if line.strip():
            source.give_back(0)
            try:
                yield _read_header(source, table, dialect)
            except TableError:
                return


def _delimiter(header: str) -> str:
    # Excel writes semicolons if the comma is the decimal separator. Quoted names may contain commas.
    bare = re.sub('"[^"]*"', "", header)
    best = max(",;\t", key=bare.count)
    return "|" if best not in bare and "|" in bare else best
