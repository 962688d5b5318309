"""Rows of comma-separated files written by collection tools."""

import csv
import re
from collections.abc import Iterator
from typing import BinaryIO

from anymood.compression import damage
from anymood.csv_rows import UNCLOSED, CsvRows, Lines, Row
from anymood.json_stream import Broken, breaks_off
from anymood.posts import Problem, Reason
from anymood.text_decoding import decoded_lines


def column_names(head: str) -> set[str]:
    """The names of the columns in the first line of a file, with commas or tabs between them."""
    return {cell.strip(' "\r') for cell in re.split(r"[,\t]", head.split("\n", 1)[0])}


def rows(stream: BinaryIO, delimiter: str = ",") -> Iterator[Row | Broken]:
    """Rows of a comma-separated file, with the header if there is one; blank ones are skipped.

    Lines that are not UTF-8 are read as Windows-1252. A row is broken if a cell is too long, or if the file ends
    inside quotes.
    """
    source = Lines(decoded_lines(stream))
    end = 0
    try:
        for row in CsvRows(source, delimiter=delimiter):
            end = row.lines[-1].number
            if row.broken == UNCLOSED and _is_cut(source):
                yield Broken(breaks_off(row.place, None), row.place)
                return
            record = _with_stray_quotes(row, delimiter) if row.broken else row
            if isinstance(record, Broken) or any(map(str.strip, record.cells)):
                yield record
    except damage() as error:
        place = f"line {end + 1}"
        yield Broken(breaks_off(place, error), place)


def _is_cut(source: Lines) -> bool:
    """Whether a file with an unclosed quote ends within a line; otherwise, the quote is a stray one."""
    *_, last = (source.taken[-1].text, *source)
    source.give_back(1)
    return not last.endswith(("\n", "\r"))


def _with_stray_quotes(row: Row, delimiter: str) -> Row | Broken:
    """The row as the lenient parser of ``csv`` reads its line, which accepts quotes within cells."""
    try:
        return row._replace(cells=next(csv.reader([row.lines[0].text], delimiter=delimiter)))
    except csv.Error as error:
        problem = Problem(Reason.INVALID_CSV, f"The row at {row.place} cannot be read: {error}.")
        return Broken(problem, row.place)
