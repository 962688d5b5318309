"""Excel workbooks (.xlsx). Needs the optional dependency ``excel``."""

import datetime
import json
import math
import re
import warnings
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import islice, repeat
from pathlib import Path
from typing import IO, Any
from zipfile import ZipFile

from anymood.errors import AnymoodError, TableError, optional_dependency
from anymood.posts import Reason
from anymood.tables.format import Dialect, Format, HasPosts, Head, Layout, Record, Writer
from anymood.tables.header import find_header, numbered_names, skipped_note, unique
from anymood.tables.lines import require_file
from anymood.tables.registry import register
from anymood.tables.values import as_text
from anymood.wording import plural

SHEET_ROWS = 2**20  # maximum number of rows of a sheet, including the header
SHEET_COLUMNS = 2**14
PREAMBLE_ROWS = 50  # rows that are searched for the column names
CELL_CHARACTERS = 2**15 - 1  # of UTF-16: an emoji counts as two
EXACT_NUMBERS = 10**15  # Excel shows 15 digits of a number: longer ones, such as ids of posts, are written as texts
_NO_CHARACTER = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # characters that are not valid in XML
# How Excel writes these characters.
_ESCAPED = re.compile(r"_x(?!D[89A-F])([0-9A-F]{4})_", re.IGNORECASE)

_OLD = bytes.fromhex("d0cf11e0a1b11ae1")  # how .xls and encrypted workbooks begin
_FORMULA = re.compile(rb"<(?:\w+:)?f[ >]")  # in the XML of a sheet
# Formulas that compute something: with a function, a cell or a text. Others, such as "=) great", are texts that a
# program wrote as formulas because they begin with "=".
_COMPUTES = re.compile(r'[A-Za-z]\(|\$?[A-Z]{1,3}\$?\d|"')

# openpyxl warns of unsupported features that are not needed, such as data validation.
warnings.filterwarnings("ignore", category=UserWarning, module="openpyxl")


class ExcelWriter(Writer):
    """A workbook of one sheet, or several if there are more rows than fit a sheet.

    Rows are kept as JSON lists until the last one. A text is cut at the 32,767 characters that a cell can contain, and
    a number of more than 15 digits is written as a text.
    """

    suffix = ".jsonl"

    def __init__(self, file: IO[bytes], layout: Layout, *, begin: bool = True) -> None:
        super().__init__(file, layout, begin=begin)
        _openpyxl("Writing")
        if (columns := len(layout.flat_names())) > SHEET_COLUMNS:
            raise TableError(
                f"The output has {columns:,} columns, but a sheet of Excel has {SHEET_COLUMNS:,}. Write CSV or Parquet."
            )

    def write(self, values: Mapping[str, object], added: Mapping[str, object]) -> None:
        cells = [_cell(values.get(name)) for name in self._columns]
        line = json.dumps([*cells, *map(_cell, self._layout.flat_values(added))], ensure_ascii=False)
        self._file.write(line.encode("utf-8", "replace") + b"\n")

    def finish(self, partial: Path) -> Path:
        openpyxl = _openpyxl("Writing")
        book = openpyxl.Workbook(write_only=True)
        target = partial.with_suffix(".xlsx")
        sheet: Any = None
        with partial.open("rb") as lines:
            for number, line in enumerate(lines):
                if number % (SHEET_ROWS - 1) == 0:
                    sheet = self._sheet(book)
                sheet.append([self._written(sheet, value) for value in json.loads(line)])
        if sheet is None:
            self._sheet(book)
        book.save(target)
        return target

    def _sheet(self, book: Any) -> Any:
        sheet = book.create_sheet()
        sheet.append([self._written(sheet, name) for name in self._layout.flat_names()])
        return sheet

    @staticmethod
    def _written(sheet: Any, value: object) -> object:
        """A value for openpyxl, which would write texts that begin with "=" as formulas."""
        if not isinstance(value, str):
            return value
        from openpyxl.cell import WriteOnlyCell

        text = _ESCAPED.sub(r"_x005F_x\1_", _NO_CHARACTER.sub("", value))
        if len(text) > CELL_CHARACTERS // 2:
            text = text.encode("utf-16-le")[: 2 * CELL_CHARACTERS].decode("utf-16-le", "ignore")
        cell = WriteOnlyCell(sheet, text)
        cell.data_type = "s"
        return cell


@register
class Excel(Format):
    """The first sheet with a column of posts, else the widest, and all sheets with the same first row."""

    name = "excel"
    description = "Excel workbooks (pip install 'anymood[excel]')"
    suffixes = (".xlsx",)
    compressible = False
    streamed = False
    dialect = frozenset({"skip_lines", "header"})
    writer = ExcelWriter

    def head(self, path: Path, dialect: Dialect, has_posts: HasPosts) -> Head:
        """The names of the columns of the first sheet with posts.

        ``details`` are these names as they are written, and the titles of the sheets that have them, with the number
        of the first row after the names in each; without a header, no names.
        """

        def is_header(names: Sequence[str]) -> bool:
            return has_posts([name for name in names if name])

        with _book(path) as book:
            tops = {sheet.title: _top(sheet, dialect, is_header) for sheet in book.worksheets}
        read = {title: names for title, (names, _) in tops.items() if any(names)}
        if not read:
            raise TableError(f"{path} is empty: the first row of a table has the column names.")
        widest = max(read.values(), key=lambda names: sum(map(bool, names)))  # for messages on what is missing
        first = next(filter(is_header, read.values()), widest)
        like = {title: tops[title][1] for title, names in read.items() if names == first}
        others = [title for title in read if title not in like]
        names, repeated = unique([name or f"column {number}" for number, name in enumerate(first, 1)])
        notes = []
        if others:
            title, listed = next(iter(like)), ", ".join(map(repr, others))
            sheets = plural(len(others), "sheet")
            notes.append(f"{sheets} skipped, whose column names differ from those of {title!r}: {listed}")
        if dialect.skip_lines is None and (skipped := max(like.values())):
            notes.append(skipped_note(skipped, "row"))
        firsts = {title: skipped + 1 + dialect.header for title, skipped in like.items()}
        written = first if dialect.header else None
        return Head(names, repeated=repeated, notes=tuple(notes), details=(written, firsts))

    def records(self, path: Path, head: Head) -> Generator[Record, None, None]:
        """The rows after the first; blank rows are skipped."""
        number = 0
        written, firsts = head.details
        with _book(path) as book, _formula_book(path) as formulas:
            for title, first in firsts.items():
                where = f"{path.name}, sheet {title}" if len(firsts) > 1 else path.name
                rows = zip(
                    _rows(book[title], first), _formulas_without_result(book, formulas, title, first), strict=False
                )
                for line, (row, unfinished) in enumerate(rows, first):
                    if line > SHEET_ROWS:  # openpyxl yields blank rows up to the next row, whatever its number is
                        raise TableError(
                            f"{where} has a row beyond row {SHEET_ROWS:,}, the last one of Excel. Save it as CSV."
                        )
                    # Blank cells at the end are missing from the row.
                    values: dict[str, object] = dict.fromkeys(head.columns)
                    values.update(zip(head.columns, map(_value, row), strict=False))
                    if unfinished or any(value is not None for value in values.values()):
                        number += 1
                        record = Record(number, f"{where}, row {line}", values)
                        _add_formulas(record, dict(zip(head.columns, unfinished, strict=False)))
                        if written and _names(row) == written:
                            record.repeat_header()
                        yield record

    def count(self, path: Path) -> int:
        """Number of rows according to the first sheet."""
        with _book(path) as book:
            return max(0, (book.worksheets[0].max_row or 1) - 1)


def _openpyxl(doing: str) -> Any:
    """Import openpyxl."""
    with optional_dependency(f"{doing} .xlsx files", "excel"):
        import openpyxl
    return openpyxl


@contextmanager
def _book(path: Path) -> Iterator[Any]:
    require_file(path)
    openpyxl = _openpyxl("Reading")
    book = None
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        yield book
    except AnymoodError:
        raise
    except Exception as error:  # for damaged files, openpyxl raises anything from KeyError to ParseError
        with path.open("rb") as file:
            is_old = file.read(len(_OLD)) == _OLD
        if is_old:
            raise TableError(
                f"{path} has a password, or is of the old format .xls. Save it as .xlsx without a password."
            ) from error
        raise TableError(f"{path} cannot be read as an Excel workbook: {error}. Save it again as .xlsx.") from error
    finally:
        if book is not None:
            book.close()


@contextmanager
def _formula_book(path: Path) -> Iterator[Any]:
    """The workbook with formulas in place of their results; None if it has none, which is faster."""
    with ZipFile(path) as parts:
        sheets = [name for name in parts.namelist() if name.startswith("xl/worksheets/") and name.endswith(".xml")]
        has_formulas = any(_has_formulas(parts, name) for name in sheets)
    if not has_formulas:
        yield None
        return
    book = _openpyxl("Reading").load_workbook(path, read_only=True)
    try:
        yield book
    finally:
        book.close()


def _has_formulas(parts: ZipFile, name: str) -> bool:
    end = b""
    with parts.open(name) as stream:
        for block in iter(partial(stream.read, 2**20), b""):
            if _FORMULA.search(end + block):
                return True
            end = block[-40:]
    return False


def _formulas_without_result(book: Any, formulas: Any, title: str, first: int) -> Iterator[list[str | None]]:
    """For each row of a sheet from a number on, its formulas without a result; empty if there are none.

    Excel stores results with formulas, and "" as an empty text. Other programs store only the formulas.
    """
    if formulas is None:
        yield from repeat([])
    formulas[title].reset_dimensions()
    both = (book[title].iter_rows(min_row=first), formulas[title].iter_rows(min_row=first))
    for results, written in zip(*both, strict=False):
        texts = [
            str(getattr(cell.value, "text", cell.value))  # of formulas of several cells
            if cell.data_type == "f" and result.value is None and result.data_type == "n"
            else None
            for result, cell in zip(results, written, strict=False)
        ]
        yield texts if any(texts) else []


def _add_formulas(record: Record, formulas: Mapping[str, str | None]) -> None:
    """Add formulas without a result to a record: as problems, or as texts."""
    for name, formula in formulas.items():
        if formula is None:
            continue
        if _COMPUTES.search(formula):
            record.add_problem(
                Reason.WRONG_TYPE,
                f"its {name} is a formula without a result, {formula[:60]!r}. Open the workbook in Excel or "
                "LibreOffice, and save it.",
            )
        else:
            record.values[name] = formula


def _top(sheet: Any, dialect: Dialect, is_header: HasPosts) -> tuple[tuple[str, ...], int]:
    """The names of the columns of a sheet, and the number of rows before them.

    Without a header, there are as many columns as in the widest of the first rows.
    """
    skipped = dialect.skip_lines
    if not dialect.header:
        beginning = islice(_rows(sheet, (skipped or 0) + 1), PREAMBLE_ROWS)
        width = max((len(_names(row)) for row in beginning), default=0)
        return numbered_names(width), skipped or 0
    rows = islice(_rows(sheet, (skipped or 0) + 1), PREAMBLE_ROWS if skipped is None else 1)
    names, number = find_header(map(_names, rows), lambda names: names, is_header) or ((), 0)
    return names, (skipped or 0) + number


def _names(row: tuple[object, ...]) -> tuple[str, ...]:
    """The cells of a row as texts, without trailing blank ones."""
    names = [(as_text(_value(value)) or "").strip() for value in row]
    while names and not names[-1]:
        names.pop()
    return tuple(names)


def _rows(sheet: Any, first: int) -> Iterator[tuple[object, ...]]:
    """The rows of a sheet from a number on."""
    sheet.reset_dimensions()  # some programs write wrong dimensions
    return iter(sheet.iter_rows(min_row=first, values_only=True))


def _value(value: object) -> object:
    """A cell value that other formats can represent: dates and times as text, and escaped characters as themselves."""
    if isinstance(value, str):
        return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), value) if "_x" in value else value
    return str(value) if isinstance(value, datetime.date | datetime.time | datetime.timedelta) else value


def _cell(value: object) -> object:
    """A value that a cell can contain."""
    is_plain = (isinstance(value, int) and abs(value) < EXACT_NUMBERS) or (
        isinstance(value, float) and math.isfinite(value)
    )
    return value if is_plain else as_text(value)
