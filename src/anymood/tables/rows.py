"""Rows of a table of any format as posts, in which text or image may be missing.

``read_rows`` streams a table of any length; labels are optional. Errors of the whole table (no such file, no such
column) raise ``TableError``. Errors of one row are problems of that row, and reading continues.
"""

from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from itertools import islice
from os import PathLike
from pathlib import Path

from anymood.errors import SettingError, TableError
from anymood.posts import Post, Problem, Reason
from anymood.preparation.serialised import serialised_objects
from anymood.tables import cells
from anymood.tables.columns import DEFAULT_COLUMNS, PREFIX, Columns, is_scored, require_columns
from anymood.tables.format import Dialect, Format, Record, require_dialect
from anymood.tables.header import rows_of_header
from anymood.tables.lines import require_file, table_path
from anymood.tables.registry import FORMATS, all_formats, format_of, suffixes
from anymood.tables.values import nested_names
from anymood.wording import plural

SHARD_ROWS = 256  # consecutive rows that belong to the same shard
FIRST_ROWS = 20  # rows that are searched for names of image files
DEFAULT_DIALECT = Dialect()


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table.

    Attributes:
        number: number of the row, from 1, without the header.
        where: file and line, or file and row for formats without lines.
        post: the post; without text and image if nothing could be read. Its id is None if the row has none.
        label: the label as written, None if missing or rejected by the annotator.
        split: the split as written, None if missing.
        values: all columns in order, with the values of the file except NUL bytes.
        problems: problems of the row.
        is_post: False for a notice of an archive, which is not predicted.
    """

    number: int
    where: str
    post: Post
    label: str | None
    split: str | None
    values: dict[str, object]
    problems: tuple[Problem, ...]
    is_post: bool = True

    @property
    def is_rejected(self) -> bool:
        """Whether the label was rejected by an annotator, which is a problem of the row."""
        return any(problem.reason is Reason.REJECTED_LABEL for problem in self.problems)


@dataclass(frozen=True, slots=True)
class Shard:
    """A subset of the rows of a table: every ``of``-th block of ``SHARD_ROWS`` rows, from block ``index`` on."""

    index: int = 0
    of: int = 1

    def __contains__(self, number: int) -> bool:
        """Whether it has the row with a number, from 1."""
        return (number - 1) // SHARD_ROWS % self.of == self.index


ALL_ROWS = Shard()


class Table:
    """A table whose beginning has been read.

    Args:
        path: path of the file.
        columns: names of the columns.
        image_folder: folder or URL that relative paths of images refer to; by default that of the table.
        links: whether URLs of images are returned; otherwise each is a problem of its row.
        dialect: how the file is written.
        format: name of the format; by default that of the suffix.
        guess: whether to use columns with other usual names, where there is only one for a role.
        scored: whether a table with predictions may lack both a text and an image column.
        images: whether the model reads images; if not, no column of images is suggested.

    Attributes:
        path: path of the file.
        format: its format.
        head: its beginning.
        columns: exact names of the columns.
        guessed: roles of columns with other names than the given ones.
        notes: assumptions to show to the user.

    Raises:
        TableError: the file does not exist, is empty, of another type or damaged, lacks a given column, or has neither
            a text nor an image column.
        SettingError: there is no such format, a part of the dialect does not apply to it, or ``columns`` or
            ``dialect`` is of another type.
        MissingExtra: the format needs an optional dependency.
    """

    def __init__(
        self,
        path: str | PathLike[str],
        columns: Columns = DEFAULT_COLUMNS,
        *,
        image_folder: Path | str | None = None,
        links: bool = False,
        dialect: Dialect = DEFAULT_DIALECT,
        format: str | None = None,  # the name in the public API
        guess: bool = False,
        scored: bool = False,
        images: bool = True,
    ) -> None:
        require_columns(columns)
        require_dialect(dialect)
        self.path = table_path(path)
        self.format = _format(self.path, format)
        _require_dialect(self.path, self.format, dialect)
        self.head = self.format.head(self.path, dialect, columns.has_posts)
        first: Iterable[dict[str, object]] = self._first_values()
        self._header_rows = 0
        if not self.head.nested and self.head.schema is None:
            first = list(first)
            self._header_rows = rows_of_header(first)
            self.head = replace(self.head, nested=_serialised_names(first, columns))
        present, nested = self.head.columns, self.head.nested
        self.columns = columns.resolve(
            present, path, nested=nested, repeated=self.head.repeated, guess=guess, scored=scored
        )
        self.guessed = columns.guessed(self.columns)
        self.notes = self.head.notes
        if self._header_rows:
            self.notes += (f"{plural(self._header_rows, 'row')} of types or questions below the column names skipped",)
        if guess:
            self.notes += tuple(columns.notes(self.columns, present, nested, rows=first, images=images))
        self._reasons = ("reason", f"{PREFIX}reason") if is_scored(present) else ()
        self._image_folder = image_folder or self.path.parent
        self._links = links

    def rows(self, skip: int = 0, shard: Shard = ALL_ROWS) -> Generator[Row, None, None]:
        """The rows after the first ``skip``, in constant memory.

        A text or an image is missing if its cell is null, NaN, empty or blank. An image is also missing if its file
        does not exist, which is a problem of the row.

        Raises:
            TableError: the table is damaged; the rows before the damage are yielded first.
        """
        with closing(self.format.records(self.path, self.head)) as records:
            for record in islice(records, skip, None):
                if record.number in shard:
                    if any(record.values.get(name) == Reason.REPEATED_HEADER for name in self._reasons):
                        record.repeat_header()  # which the earlier prediction has found
                    elif record.number <= self._header_rows:
                        record.repeat_header("has the types or questions of the columns")
                    yield row_of(record, self.columns, self._image_folder, links=self._links)

    def count(self) -> int:
        """Approximate number of rows, 0 if unknown."""
        return self.format.count(self.path)

    def _first_values(self) -> Iterator[dict[str, object]]:
        """The values of the first rows; errors are left to ``rows``."""
        with suppress(TableError), closing(self.format.records(self.path, self.head)) as records:
            for record in islice(records, FIRST_ROWS):
                yield record.values


def read_rows(
    path: str | PathLike[str],
    columns: Columns = DEFAULT_COLUMNS,
    *,
    image_folder: Path | str | None = None,
    skip: int = 0,
    links: bool = False,
    dialect: Dialect = DEFAULT_DIALECT,
) -> Generator[Row, None, None]:
    """Read a table row by row, in constant memory.

    Args:
        path: as for ``Table``.
        columns: names of the columns.
        image_folder: folder that relative paths of images refer to.
        skip: number of rows to skip.
        links: whether URLs of images are returned.
        dialect: how the file is written.

    Returns:
        A generator. The beginning of the table has been checked when it is returned.

    Raises:
        TableError: as for ``Table``.
        MissingExtra: as for ``Table``.
    """
    return Table(path, columns, image_folder=image_folder, links=links, dialect=dialect).rows(skip)


def row_of(record: Record, columns: Columns, image_folder: Path | str, *, links: bool = False) -> Row:
    """Convert a record to a row.

    Args:
        record: the values; NUL bytes are removed from its strings.
        columns: exact names of the columns.
        image_folder: as for ``Table``.
        links: as for ``Table``.
    """
    cells.remove_nul_bytes(record)
    if record.is_mixed_up:
        return Row(record.number, record.where, Post(), None, None, record.values, tuple(record.problems))
    post = Post(
        text=cells.text_in(record, columns.text),
        image=cells.image_in(record, columns.image, image_folder, links=links),
        id=cells.name_in(record, columns.id),
    )
    return Row(
        number=record.number,
        where=record.where,
        post=post,
        label=cells.label_in(record, columns.label),
        split=cells.name_in(record, columns.split),
        values=record.values,
        problems=tuple(record.problems),
    )


def _serialised_names(rows: Iterable[Mapping[str, object]], columns: Columns) -> frozenset[str]:
    """Names of values within the objects that cells contain as JSON, as in CSV.

    Columns that are texts or images by their names are left out: their cells are read as a whole.
    """
    names: set[str] = set()
    for row in rows:
        objects = {name: serialised_objects(cell) for name, cell in row.items() if isinstance(cell, str)}
        names |= nested_names({name: each for name, each in objects.items() if each and not columns.has_posts((name,))})
    return frozenset(names)


def _format(path: Path, name: str | None) -> Format:
    require_file(path)
    if name is not None:
        return FORMATS.get(name)
    table_format = format_of(path.name)
    if table_format is None:
        raise TableError(
            f"{path} is not a table that can be read: its name must end in one of {', '.join(suffixes())}. "
            "Save it as CSV in UTF-8, or correct its suffix."
        )
    return table_format


def _require_dialect(path: Path, table_format: Format, dialect: Dialect) -> None:
    options = {"delimiter": "--delimiter", "skip_lines": "--skip-lines", "header": "--no-header"}
    for part in dialect.given():
        if part not in table_format.dialect:
            formats = ", ".join(name for name, other in all_formats().items() if part in other.dialect)
            raise SettingError(
                f"{path} is read as {table_format.name}, but {options[part]} only applies to {formats}. Leave it out, "
                "or give another --format."
            )
