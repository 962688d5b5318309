"""Rows of a table, read as posts: CSV, TSV, JSON Lines or Parquet, with any text and any image missing.

``read_rows`` streams the rows of a table of any length and needs no labels. A mistake in the table as a whole (no such
file, no such column) is a ``TableError``. A mistake in one row is a problem of that row: it is named, can be counted,
and never ends the reading.
"""

from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from os import PathLike
from pathlib import Path

from anymood.errors import TableError
from anymood.posts import Post, Problem
from anymood.tables import cells
from anymood.tables.columns import DEFAULT_COLUMNS, Columns
from anymood.tables.delimited import DELIMITED
from anymood.tables.jsonlines import JSON_LINES
from anymood.tables.lines import require_file
from anymood.tables.parquet import PARQUET
from anymood.tables.records import Format, Record

FORMATS: dict[str, Format] = {
    ".csv": DELIMITED,
    ".csv.gz": DELIMITED,
    ".tsv": DELIMITED,
    ".tsv.gz": DELIMITED,
    ".jsonl": JSON_LINES,
    ".jsonl.gz": JSON_LINES,
    ".ndjson": JSON_LINES,
    ".ndjson.gz": JSON_LINES,
    ".parquet": PARQUET,
}

SHARE_ROWS = 256  # rows in a row that fall to one of those who share a table


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table.

    Attributes:
        number: which row of the data it is, from 1; the header does not count.
        where: file and line, or file and row where a file has no lines.
        post: what could be read; without text and image where nothing could. Its id is None where the row has none.
        label: as written, None where there is none.
        split: as written, None where there is none.
        values: all columns in their order, with the values as the file holds them, but for NUL bytes.
        problems: what was wrong with the row.
    """

    number: int
    where: str
    post: Post
    label: str | None
    split: str | None
    values: dict[str, object]
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Share:
    """Which rows of a table are read: every ``of``-th block of ``SHARE_ROWS`` rows, from block ``index`` on."""

    index: int = 0
    of: int = 1

    def holds(self, number: int) -> bool:
        """Whether the row of that number, from 1, is one of them."""
        return (number - 1) // SHARE_ROWS % self.of == self.index


WHOLE = Share()


def is_table(path: Path) -> bool:
    """Whether a name ends like that of a table which can be read."""
    return path.name.lower().endswith(tuple(FORMATS))


def read_rows(
    path: str | PathLike[str],
    columns: Columns = DEFAULT_COLUMNS,
    *,
    folder: Path | str | None = None,
    skip: int = 0,
    share: Share = WHOLE,
    links: bool = False,
) -> Generator[Row, None, None]:
    """Read a table row by row, in memory that does not grow with its length.

    A text or an image is missing where the cell is
    null, NaN, empty or blank; an image also where its file is not there, which is a problem of the row.

    Args:
        path: a file whose name ends in .csv, .tsv, .jsonl or .ndjson, each also with .gz after it, or in .parquet.
        columns: the names of the columns.
        folder: where relative paths of images start, or a URL; by default the table's own.
        skip: rows at the beginning to pass over.
        share: which of the rows to read.
        links: whether URLs of images are handed on as they are; else each is a problem of its row.

    Returns:
        A generator; the head of the table has been checked when it is returned.

    Raises:
        TableError: there is no such file, it is empty, of another kind or damaged, it lacks a column that was named,
            or it has neither a text nor an image column.
        MissingExtra: the table is Parquet, and pyarrow is not installed.
    """
    table = Path(path)
    file_format, _, columns = _open(table, columns)
    return _rows(table, file_format, columns, folder or table.parent, skip, share, links=links)


def column_names(path: str | PathLike[str], columns: Columns = DEFAULT_COLUMNS) -> list[str]:
    """Names of all columns of a table, in their order.

    Raises:
        TableError: as for ``read_rows``.
        MissingExtra: as for ``read_rows``.
    """
    return _open(Path(path), columns)[1]


def _open(path: Path, columns: Columns) -> tuple[Format, list[str], Columns]:
    """The format, the names of all columns, and which of them make a post."""
    require_file(path)
    name = path.name.lower()
    found = next((FORMATS[suffix] for suffix in FORMATS if name.endswith(suffix)), None)
    if found is None:
        raise TableError(
            f"{path} is no table that can be read: its name should end in one of {', '.join(FORMATS)}. "
            "Save it as CSV in UTF-8, or give it its right suffix."
        )
    present = found.columns(path)
    return found, present, columns.resolve(present, path)


def _rows(
    path: Path,
    file_format: Format,
    columns: Columns,
    folder: Path | str,
    skip: int = 0,
    share: Share = WHOLE,
    *,
    links: bool = False,
) -> Generator[Row, None, None]:
    with closing(file_format.records(path)) as records:
        for record in islice(records, skip, None):
            if share.holds(record.number):
                yield row_of(record, columns, folder, links=links)


def row_of(record: Record, columns: Columns, folder: Path | str, *, links: bool = False) -> Row:
    """What a record says of a post.

    Args:
        record: the values of a row; its strings lose their NUL bytes.
        columns: which of them make a post, under their exact names.
        folder: as for ``read_rows``.
        links: as for ``read_rows``.
    """
    cells.clean(record)
    if record.is_mixed_up:
        return Row(record.number, record.where, Post(), None, None, record.values, tuple(record.problems))
    post = Post(
        text=cells.text_in(record, columns.text),
        image=cells.image_in(record, columns.image, folder, links=links),
        id=cells.name_in(record, columns.id),
    )
    return Row(
        number=record.number,
        where=record.where,
        post=post,
        label=cells.name_in(record, columns.label),
        split=cells.name_in(record, columns.split),
        values=record.values,
        problems=tuple(record.problems),
    )
