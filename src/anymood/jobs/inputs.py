"""Inputs of a job: tables, archives, images and folders of them, read one after another as a stream of rows."""

import hashlib
import os
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from anymood.errors import InputError, TableError
from anymood.tables.columns import DEFAULT_COLUMNS, Columns
from anymood.tables.format import Dialect, Layout, require_dialect
from anymood.tables.rows import ALL_ROWS, DEFAULT_DIALECT, Row, Shard, Table
from anymood.wording import listed

STANDARD_INPUT = ("-", "/dev/stdin")
FILE = "file"  # the column with the name of the input, if there are several
ENDS = 2**20  # bytes at both ends of a file that are hashed to detect changes


class RowPosition(NamedTuple):
    """Position of a row: the index of the input, and the number of the row in it, from 1."""

    part: int
    number: int


START = RowPosition(0, 0)


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How inputs are read.

    Attributes:
        columns: names of the columns.
        dialect: dialect of CSV files.
        links: whether images that are URLs will be fetched.
        format: name of the format of all inputs, one of ``jobs.opening.format_names``; None detects it for each.
        use_alt_text: whether to use the alt text of an image in an archive as the text of a post that has neither text
            nor image.
        image_folder: folder that relative paths of images in tables refer to; by default that of the table, and the
            current folder for standard input.
        scored: whether a table with predictions may lack both a text and an image column.
        images: whether the model reads images.

    Raises:
        SettingError: ``dialect`` is of another type.
    """

    columns: Columns = DEFAULT_COLUMNS
    dialect: Dialect = DEFAULT_DIALECT
    links: bool = False
    format: str | None = None
    use_alt_text: bool = False
    image_folder: Path | None = None
    scored: bool = False
    images: bool = True

    def __post_init__(self) -> None:
        require_dialect(self.dialect)

    @property
    def as_tables(self) -> bool:
        """Whether columns or a dialect were given, so that ambiguous files are tables."""
        return (self.columns.unlabelled(), self.dialect) != (DEFAULT_COLUMNS.unlabelled(), DEFAULT_DIALECT)

    def table(self, path: Path, folder: Path | str | None = None) -> Table:
        """Open a table. Without an image folder, paths of images are relative to ``folder``, or that of the table.

        Raises:
            TableError: it cannot be read.
        """
        return Table(
            path,
            self.columns,
            image_folder=self.image_folder or folder,
            links=self.links,
            dialect=self.dialect,
            format=self.format,
            guess=True,
            scored=self.scored,
            images=self.images,
        )


class Input(ABC):
    """A source of rows.

    Attributes:
        name: name for messages.
        columns: names of its columns.
        nested: names of values within its columns, those beside the text first.
        schema: Arrow types of the columns, None if unknown.
        delimiter: delimiter of a CSV file, None for other formats.
        mark: whether a CSV file begins with a byte order mark.
        has_images: whether rows may have images.
        has_image_bytes: whether rows may contain image bytes, so that a few of them fill the memory.
        notes: assumptions to show to the user.
    """

    name: str
    columns: tuple[str, ...]
    nested: tuple[str, ...] = ()
    schema: Any = None
    delimiter: str | None = None
    mark: bool = False
    has_images: bool = True
    has_image_bytes: bool = False
    notes: tuple[str, ...] = ()

    @abstractmethod
    def rows(self, skip: int = 0, shard: Shard = ALL_ROWS) -> Iterator[Row]:
        """The rows after the first ``skip``, or a shard of them."""

    @abstractmethod
    def count(self) -> int:
        """Approximate number of rows, 0 if unknown."""

    @property
    def identity(self) -> str:
        """What identifies it when a job is resumed: its name, or its path, however it is spelled."""
        return self.name

    @abstractmethod
    def digest(self) -> str:
        """Digest that changes with the content."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """The inputs of a job, in order.

    Attributes:
        parts: the inputs; at least one.
    """

    parts: tuple[Input, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of all columns, in order of first occurrence, and ``FILE``, if there are several inputs."""
        names = [name for part in self.parts for name in part.columns]
        return tuple(dict.fromkeys([*names, FILE] if len(self.parts) > 1 else names))

    @property
    def files(self) -> list[str | None]:
        """The value of the column ``FILE`` for each input; None for a single one, and if it has a column of that name.

        It is the name of the file, with as many of its folders as are needed to distinguish all of them.
        """
        names = self._distinct_names() if len(self.parts) > 1 else [None]
        return [None if FILE in part.columns else name for part, name in zip(self.parts, names, strict=False)]

    def _distinct_names(self) -> list[str]:
        paths = [os.fsencode(part.name).decode("utf-8", "replace") for part in self.parts]
        parts = [Path(path).parts for path in paths]
        for depth in range(1, max(map(len, parts))):
            names = [str(Path(*part[-depth:])) for part in parts]
            if len(set(names)) == len(names):
                return names
        return paths

    def rows(self, after: RowPosition = START) -> Iterator[tuple[RowPosition, Row]]:
        """The rows after a position, each with its position."""
        files = self.files
        for index, part in enumerate(self.parts[after.part :], after.part):
            for row in part.rows(after.number if index == after.part else 0):
                if (file := files[index]) is not None:
                    row.values.setdefault(FILE, file)  # of JSON, a late key may have this name
                yield RowPosition(index, row.number), row

    def count(self) -> int:
        """Approximate number of rows, 0 if unknown. A text of two lines in a cell counts as two rows."""
        counts = [part.count() for part in self.parts]
        return sum(counts) if all(counts) else 0

    def digests(self) -> dict[str, str]:
        """Digest of each input, by its identity."""
        return {f"{part.identity} (input {index})": part.digest() for index, part in enumerate(self.parts, 1)}

    def changed_since(self, before: Mapping[str, str]) -> tuple[str, ...]:
        """Names of the inputs whose ``digests`` have changed; of all if one can no longer be read."""
        try:
            now = self.digests()
        except (OSError, InputError):
            return tuple(part.name for part in self.parts)
        named = zip(self.parts, now.items(), strict=True)
        return tuple(part.name for part, (name, digest) in named if before.get(name, digest) != digest)

    @property
    def notes(self) -> list[str]:
        """Assumptions about the inputs, to show to the user; one that several inputs share is listed once."""
        named: dict[str, list[str]] = {}
        for part in self.parts:
            for note in part.notes:
                named.setdefault(note, []).append(part.name)
        return [f"{listed(names)}: {note}." for note, names in named.items()]

    def layout(self) -> Layout:
        """The columns and dialect of the output: those of the inputs, where they agree."""
        first, *others = self.parts
        alike = all((part.schema, part.delimiter) == (first.schema, first.delimiter) for part in others)
        schema = first.schema if alike else None
        if schema is not None and FILE in self.columns and FILE not in schema.names:
            import pyarrow

            schema = schema.append(pyarrow.field(FILE, pyarrow.string()))
        return Layout(
            self.columns,
            schema=schema,
            delimiter=(first.delimiter if alike else None) or ",",
            mark=all(part.mark for part in self.parts),
        )


def file_digest(paths: Iterable[Path]) -> str:
    """Digest of the sizes, times, first and last bytes of files.

    Hashing whole files takes minutes if they are large; a change in the middle shows in the time.

    Raises:
        TableError: a file cannot be read.
    """
    digest = hashlib.sha256()
    for path in paths:
        try:
            with path.open("rb") as file:
                state = os.fstat(file.fileno())
                digest.update(f"{state.st_size} {state.st_mtime_ns}\n".encode())
                digest.update(file.read(ENDS))
                file.seek(max(0, state.st_size - ENDS))
                digest.update(file.read(ENDS))
        except OSError as error:
            raise TableError(f"{path} cannot be read: {error.strerror or error}.") from error
    return digest.hexdigest()
