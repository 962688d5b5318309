"""Rows of a table of any format, read as posts, with any text and any image missing.

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
from anymood.tables.format import Dialect, Format, Record
from anymood.tables.lines import require_file
from anymood.tables.registry import FORMATS, format_of, suffixes

SHARE_ROWS = 256  # rows in a row that fall to one of those who share a table
DEFAULT_DIALECT = Dialect()


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
        is_post: False for what is nobody's post, and is not predicted: a notice of an archive.
    """

    number: int
    where: str
    post: Post
    label: str | None
    split: str | None
    values: dict[str, object]
    problems: tuple[Problem, ...]
    is_post: bool = True


@dataclass(frozen=True, slots=True)
class Share:
    """Which rows of a table are read: every ``of``-th block of ``SHARE_ROWS`` rows, from block ``index`` on."""

    index: int = 0
    of: int = 1

    def holds(self, number: int) -> bool:
        """Whether the row of that number, from 1, is one of them."""
        return (number - 1) // SHARE_ROWS % self.of == self.index


WHOLE = Share()


class Table:
    """A table whose beginning has been read.

    Args:
        path: a file of one of the registered formats, by its suffix.
        columns: which columns make a post.
        folder: where relative paths of images start, or a URL; by default the table's own.
        links: whether URLs of images are handed on as they are; else each is a problem of its row.
        dialect: what is known of a CSV file.
        format: name of the format, where the suffix does not tell it.
        guess: whether a column under another usual name is taken for text or image where it is the only one.

    Attributes:
        path: the file.
        format: its format.
        head: what its beginning tells.
        columns: which columns make a post, under their exact names.
        notes: what was assumed, to be told to the user.

    Raises:
        TableError: there is no such file, it is empty, of another type or damaged, it lacks a column that was named,
            or it has neither a text nor an image column.
        SettingError: there is no such format.
        MissingExtra: it cannot be read without an optional dependency.
    """

    def __init__(
        self,
        path: str | PathLike[str],
        columns: Columns = DEFAULT_COLUMNS,
        *,
        folder: Path | str | None = None,
        links: bool = False,
        dialect: Dialect = DEFAULT_DIALECT,
        format: str | None = None,  # as users call it
        guess: bool = False,
    ) -> None:
        self.path = Path(path)
        self.format = _format(self.path, format)
        self.head = self.format.head(self.path, dialect, columns.make_posts)
        present, nested = self.head.columns, self.head.nested
        self.columns = columns.resolve(present, path, nested=nested, repeated=self.head.repeated, guess=guess)
        self.notes = (*self.head.notes, *(columns.notes(self.columns, present, nested) if guess else ()))
        self._folder = folder or self.path.parent
        self._links = links

    def rows(self, skip: int = 0, share: Share = WHOLE) -> Generator[Row, None, None]:
        """The rows after the first ``skip``, in memory that does not grow with their number.

        A text or an image is missing where the cell is null, NaN, empty or blank; an image also where its file is not
        there, which is a problem of the row.

        Raises:
            TableError: the table is damaged; the rows before have been given.
        """
        with closing(self.format.records(self.path, self.head)) as records:
            for record in islice(records, skip, None):
                if share.holds(record.number):
                    yield row_of(record, self.columns, self._folder, links=self._links)

    def count(self) -> int:
        """About how many rows there are, 0 where that is not known."""
        return self.format.count(self.path)


def read_rows(
    path: str | PathLike[str],
    columns: Columns = DEFAULT_COLUMNS,
    *,
    folder: Path | str | None = None,
    skip: int = 0,
    links: bool = False,
    dialect: Dialect = DEFAULT_DIALECT,
) -> Generator[Row, None, None]:
    """Read a table row by row, in memory that does not grow with its length.

    Args:
        path: as for ``Table``, and as there for what follows.
        columns: the names of the columns.
        folder: where relative paths of images start.
        skip: rows at the beginning to pass over.
        links: whether URLs of images are handed on.
        dialect: what is known of a CSV file.

    Returns:
        A generator; the beginning of the table has been checked when it is returned.

    Raises:
        TableError: as for ``Table``.
        MissingExtra: as for ``Table``.
    """
    return Table(path, columns, folder=folder, links=links, dialect=dialect).rows(skip)


def row_of(record: Record, columns: Columns, folder: Path | str, *, links: bool = False) -> Row:
    """What a record says of a post.

    Args:
        record: the values of a row; its strings lose their NUL bytes.
        columns: which of them make a post, under their exact names.
        folder: as for ``Table``.
        links: as for ``Table``.
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


def _format(path: Path, name: str | None) -> Format:
    require_file(path)
    if name is not None:
        return FORMATS.get(name)
    found = format_of(path.name)
    if found is None:
        raise TableError(
            f"{path} is no table that can be read: its name should end in one of {', '.join(suffixes())}. "
            "Save it as CSV in UTF-8, or give it its right suffix."
        )
    return found
