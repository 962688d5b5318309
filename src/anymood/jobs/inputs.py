"""What a job reads: tables, folders of images and single images, one after the other as one stream of rows."""

import glob
import gzip
import hashlib
import os
import shutil
import sys
import zlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from anymood.errors import SettingError, TableError
from anymood.files import is_file, is_folder
from anymood.posts import Post
from anymood.preparation.decoding import SUFFIXES
from anymood.tables.columns import Columns
from anymood.tables.lines import require_file
from anymood.tables.rows import WHOLE, Row, Share, column_names, is_table, read_rows

STANDARD_INPUT = ("-", "/dev/stdin")
WORK_SUFFIX = ".part"  # of the folder in which an output grows
IMAGE_COLUMN = "image"  # the one column of rows that come from image files
STARTS = {b"{": ".jsonl", b"PAR1": ".parquet"}  # of standard input; the suffix to keep it by
GZIP = b"\x1f\x8b"
BLANKS = b"\xef\xbb\xbf \t\r\n"  # and a byte order mark
ENDS = 2**20  # bytes at either end of a table that are hashed, to notice that it has changed


class RowPosition(NamedTuple):
    """Where a row stands: which of the parts it is from, and its number there, from 1."""

    part: int
    number: int


START = RowPosition(0, 0)


class Part(Protocol):
    """Something with rows."""

    name: str

    def columns(self) -> list[str]:
        """Names of the columns."""

    def rows(self, skip: int, share: Share = WHOLE) -> Iterator[Row]:
        """The rows after the first ``skip``, or the share of them."""

    def count(self) -> int:
        """About how many rows there are."""

    def fingerprint(self) -> str:
        """A digest that changes with what is read."""

    def schema(self) -> Any:
        """Arrow's types of the columns, None where they are not from Parquet."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """The parts of a job, in order.

    Attributes:
        parts: at least one.
        columns: names of all their columns, each once, in the order they occur.
    """

    parts: tuple[Part, ...]
    columns: tuple[str, ...]

    @classmethod
    def open(cls, given: Sequence[str], columns: Columns, folder: Path, *, links: bool = False) -> "Inputs":
        """Find what was named, and look at the heads of the tables.

        Args:
            given: paths of tables, folders and images, patterns as a shell knows them, or ``-`` for standard input.
            columns: names of the tables' columns.
            folder: where standard input is kept while the job goes on.
            links: whether images that are URLs will be fetched.

        Raises:
            TableError: there is nothing of that name, or it cannot be read.
            MissingExtra: a table is Parquet, and pyarrow is not installed.
        """
        parts: list[Part] = []
        paths = [path for name in given for path in ([None] if name in STANDARD_INPUT else find(name))]
        for holds_images, group in groupby(paths, lambda path: path is not None and (path.is_dir() or is_image(path))):
            if holds_images:
                parts.append(ImagesPart(tuple(path for path in group if path is not None)))
            else:
                parts += [
                    StandardInputPart(folder, columns) if path is None else TablePart(path, columns, links=links)
                    for path in group
                ]
        return cls.of(parts)

    @classmethod
    def of(cls, parts: Sequence[Part]) -> "Inputs":
        """Parts that are known, with the columns of all."""
        return cls(tuple(parts), tuple({name: None for part in parts for name in part.columns()}))

    def rows(self, after: RowPosition = START) -> Iterator[tuple[RowPosition, Row]]:
        """Every row after a position, with its own."""
        for index, part in enumerate(self.parts[after.part :], after.part):
            for row in part.rows(after.number if index == after.part else 0):
                yield RowPosition(index, row.number), row

    def count(self) -> int:
        """About how many rows there are: a text of two lines in a cell counts as two."""
        return sum(part.count() for part in self.parts)

    def fingerprints(self) -> dict[str, str]:
        """A digest for each part, by what it is called."""
        return {f"{part.name} (input {index})": part.fingerprint() for index, part in enumerate(self.parts, 1)}

    def holds_bytes(self) -> bool:
        """Whether rows may carry whole images, as in Parquet, so that few of them fill the memory."""
        schemas = [part.schema() for part in self.parts]
        return any("binary" in str(field.type) for schema in schemas if schema is not None for field in schema)

    def schema(self) -> Any:
        """Arrow's types of the columns; None unless all parts are Parquet and agree on them."""
        first, *others = (part.schema() for part in self.parts)
        return first if all(other == first for other in others) else None


class TablePart:
    """A table of posts.

    Args:
        path: its file.
        names: which columns make a post.
        folder: where relative paths of images start; by default where the table lies.
        links: whether images that are URLs will be fetched.
    """

    def __init__(self, path: Path, names: Columns, folder: Path | str | None = None, *, links: bool = False) -> None:
        self.name = str(path)
        self._links = links
        self._path = path
        self._names = names
        self._folder = folder or path.parent
        self._present = column_names(path, names)

    def columns(self) -> list[str]:
        """Names of the columns."""
        return self._present

    def rows(self, skip: int, share: Share = WHOLE) -> Iterator[Row]:
        """The rows after the first ``skip``, or the share of them."""
        return read_rows(self._path, self._names, folder=self._folder, skip=skip, share=share, links=self._links)

    def count(self) -> int:
        """About how many rows there are; of a table that cannot be read to its end, how many come before that."""
        name = self._path.name.lower()
        if name.endswith(".parquet"):
            from pyarrow.parquet import ParquetFile

            with ParquetFile(self._path) as file:
                return int(file.metadata.num_rows)
        newlines = 0
        # What is wrong with the table is told by reading it, after the rows before.
        with (
            suppress(OSError, EOFError, zlib.error),
            gzip.open(self._path) if name.endswith(".gz") else self._path.open("rb") as lines,
        ):
            for block in iter(lambda: lines.read(2**16), b""):
                newlines += block.count(b"\n")
        return max(0, newlines - (".csv" in name or ".tsv" in name))

    def fingerprint(self) -> str:
        """Digest of its size, its time and its two ends.

        To read all of it would take minutes where the table is large; a change in its middle shows by its time.
        """
        try:
            with self._path.open("rb") as file:
                state = os.fstat(file.fileno())
                digest = hashlib.sha256(f"{state.st_size} {state.st_mtime_ns}\n".encode())
                digest.update(file.read(ENDS))
                file.seek(max(0, state.st_size - ENDS))
                digest.update(file.read(ENDS))
        except OSError as error:
            raise TableError(f"{self._path} cannot be read: {error.strerror or error}.") from error
        return digest.hexdigest()

    def schema(self) -> Any:
        """Arrow's types, where the table is Parquet."""
        if not self._path.name.lower().endswith(".parquet"):
            return None
        from pyarrow import parquet

        return parquet.read_schema(self._path)


class StandardInputPart(TablePart):
    """A table from standard input: it is kept in a file first, so that a job that was killed can be gone on with.

    Its images are relative to the current folder.

    Args:
        folder: where to keep it.
        names: which columns make a post.

    Raises:
        TableError: it is empty, or no table.
        SettingError: there is no room for it.
    """

    def __init__(self, folder: Path, names: Columns) -> None:
        kept = folder / "stdin"
        try:
            with kept.open("w+b") as file:
                shutil.copyfileobj(sys.stdin.buffer, file, ENDS)
                file.seek(0)
                head = file.read(ENDS).lstrip(BLANKS)
        except OSError as error:
            raise SettingError(f"Standard input cannot be kept in {kept}: {error.strerror or error}.") from error
        if not head:
            raise TableError("Standard input is empty. Send it a table as CSV, TSV, JSON Lines or Parquet.")
        packed = head.startswith(GZIP)
        if packed:
            with suppress(zlib.error):  # which reading it will tell
                head = zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(head, ENDS).lstrip(BLANKS)
        suffix = next((suffix for mark, suffix in STARTS.items() if head.startswith(mark)), ".csv")
        path = kept.replace(kept.with_suffix(suffix + ".gz" * packed))
        super().__init__(path, names, Path.cwd())
        self.name = "standard input"

    def fingerprint(self) -> str:
        """Digest of all of it: what is sent again is as new each time."""
        with self._path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()


class ImagesPart:
    """Image files, each a post: those named, and those in the folders named and in their folders, sorted by name."""

    def __init__(self, paths: tuple[Path, ...]) -> None:
        self.name = str(paths[0]) + (f" and {len(paths) - 1} more" if len(paths) > 1 else "")
        self._paths = paths
        if next(self._files(), None) is None:
            known = ", ".join(sorted(SUFFIXES))
            table = next((path for path in paths[0].iterdir() if is_table(path)), None) if paths[0].is_dir() else None
            way_out = f" For its tables, give a pattern: '{paths[0] / f'*{table.suffix}'}'." if table else ""
            raise TableError(f"{self.name} holds no image. Images are told by their suffix: {known}.{way_out}")

    def columns(self) -> list[str]:
        """One column, with the path."""
        return [IMAGE_COLUMN]

    def rows(self, skip: int, share: Share = WHOLE) -> Iterator[Row]:
        """The rows after the first ``skip``, or the share of them."""
        for number, path in enumerate(self._files(), 1):
            if number > skip and share.holds(number):
                # A name need not be UTF-8, but a table must.
                shown = os.fsencode(path).decode("utf-8", "replace")
                yield Row(number, shown, Post(image=path), None, None, {IMAGE_COLUMN: shown}, ())

    def count(self) -> int:
        """How many files there are."""
        return sum(1 for _ in self._files())

    def fingerprint(self) -> str:
        """Digest of the files' names, sizes and times."""
        digest = hashlib.sha256()
        for path in self._files():
            state = path.stat() if path.exists() else path.lstat()  # a link that leads nowhere is a row with a problem
            digest.update(os.fsencode(path) + f"\0{state.st_size} {state.st_mtime_ns}\n".encode())
        return digest.hexdigest()

    def schema(self) -> Any:
        """None: files have no types."""
        return

    def _files(self) -> Iterator[Path]:
        for path in self._paths:
            try:
                yield from _image_files(path)
            except OSError as error:
                raise TableError(f"{path} cannot be read: {error}.") from error


def is_pattern(name: str) -> bool:
    """Whether a shell would take a name for a pattern."""
    return glob.has_magic(name)


def is_image(path: Path) -> bool:
    """Whether a name ends like that of an image which can be decoded."""
    return path.suffix.lower() in SUFFIXES


def find(name: str) -> list[Path]:
    """The files and folders that a path or a pattern names, sorted.

    Raises:
        TableError: there are none.
    """
    path = Path(name)
    if is_pattern(name) and not os.path.lexists(name):
        matching = [Path(found) for found in sorted(glob.glob(name, recursive=True))]  # noqa: PTH207 - Path's knows no absolute one
        wanted = [found for found in matching if _is_readable(found)]
        if not wanted:
            raise TableError(f"{name} matches no table, image or folder. It is read relative to {Path.cwd()}.")
        return wanted
    # An image that is a link which leads nowhere is a row with a problem: a shell names those as well.
    if not is_folder(path) and not is_file(path) and not (is_image(path) and path.is_symlink()):
        require_file(path)
    return [path]


def _is_readable(path: Path) -> bool:
    """Whether a match of a pattern is meant: a table, an image, or a folder that no unfinished job has made."""
    return path.suffix != WORK_SUFFIX if path.is_dir() else is_table(path) or is_image(path)


def _image_files(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    with os.scandir(path) as entries:
        listed = sorted((entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries)
    for name, enters in listed:
        if enters:
            yield from _image_files(path / name)
        elif is_image(Path(name)):
            yield path / name
