"""Tables of posts, read and written row by row: CSV, TSV, JSON Lines, JSON, Parquet, Excel, and registered formats."""

from anymood.tables.columns import Columns
from anymood.tables.format import Dialect, Format, Head, Layout, Record, Writer
from anymood.tables.lines import read_lines
from anymood.tables.registry import all_formats, register
from anymood.tables.rows import Row, Table, read_rows

__all__ = [
    "Columns",
    "Dialect",
    "Format",
    "Head",
    "Layout",
    "Record",
    "Row",
    "Table",
    "Writer",
    "all_formats",
    "read_lines",
    "read_rows",
    "register",
]
