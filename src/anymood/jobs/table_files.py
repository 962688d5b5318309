"""Tables as the rows of a job: files and standard input."""

import io
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from anymood.compression import damage, decompressed, suffix_of
from anymood.errors import SettingError, TableError
from anymood.files import file_sha256
from anymood.jobs.inputs import ENDS, Input, ReadOptions, file_digest
from anymood.tables.rows import ALL_ROWS, Row, Shard

STARTS = {
    b"{": ".jsonl",
    b"[": ".json",
    b"PAR1": ".parquet",
    b"PK\x03\x04": ".xlsx",
}  # first bytes of standard input -> suffix
STANDARD_INPUT_NAME = "standard input"  # in messages
BLANKS = b"\xef\xbb\xbf \t\r\n"  # blanks and the byte order mark


class TableFile(Input):
    """A table of posts.

    Args:
        path: path of the table.
        options: how it is read.
        folder: folder that relative paths of images refer to, if ``options`` name none; by default that of the table.
        name: name for messages; by default the path.
    """

    def __init__(
        self, path: Path, options: ReadOptions, folder: Path | str | None = None, name: str | None = None
    ) -> None:
        self.name = name or str(path)
        self._path = path
        with self._named():
            self._table = options.table(path, folder)
        head = self._table.head
        self.columns = head.columns
        beside = (self._table.columns.text or "").rpartition(".")[0]
        self.nested = tuple(
            sorted(head.nested, key=lambda name: (name.rpartition(".")[0] != beside, name.count("."), name))
        )
        self.schema = head.schema
        self.delimiter = head.delimiter
        self.mark = head.mark
        self.notes = self._table.notes
        self.has_images = (self._table.columns.image or "") in {*head.columns, *head.nested}
        self.has_image_bytes = head.schema is not None and any("binary" in str(field.type) for field in head.schema)

    def rows(self, skip: int = 0, shard: Shard = ALL_ROWS) -> Iterator[Row]:
        """The rows after the first ``skip``, or a shard of them."""
        with self._named():
            yield from self._table.rows(skip, shard)

    def count(self) -> int:
        """Approximate number of rows; of a damaged table, those before the damage."""
        return self._table.count()

    @property
    def identity(self) -> str:
        """The absolute path of the file, without links."""
        return str(self._path.resolve())

    def digest(self) -> str:
        """Digest of the file; see ``file_digest``."""
        return file_digest([self._path])

    @contextmanager
    def _named(self) -> Iterator[None]:
        """Replace the path in errors with the name for messages."""
        try:
            yield
        except TableError as error:
            error.args = (str(error).replace(str(self._path), self.name),)
            raise


class StandardInput(TableFile):
    """A table from standard input, which is first copied to a file, so that an interrupted job can be resumed.

    Paths of images are relative to the current folder.

    Args:
        path: path returned by ``keep_standard_input``.
        options: how it is read.

    Raises:
        TableError: it is not a table.
    """

    def __init__(self, path: Path, options: ReadOptions) -> None:
        super().__init__(path, options, Path.cwd(), STANDARD_INPUT_NAME)

    def rows(self, skip: int = 0, shard: Shard = ALL_ROWS) -> Iterator[Row]:
        """The rows after the first ``skip``, or a shard of them."""
        for row in super().rows(skip, shard):
            where = row.where.replace(self._path.name, self.name, 1)
            yield replace(row, where=where, problems=tuple(problem.at(where) for problem in row.problems))

    @property
    def identity(self) -> str:
        """Its name, because the file is a copy."""
        return self.name

    def digest(self) -> str:
        """Digest of the content, because the time of the copy is always new."""
        return file_sha256(self._path)


def keep_standard_input(folder: Path) -> Path:
    """Copy standard input to a file whose suffix is that of the detected format.

    Raises:
        TableError: it is empty.
        SettingError: the disk is full.
    """
    path = folder / "stdin"
    try:
        with path.open("w+b") as file:
            shutil.copyfileobj(sys.stdin.buffer, file, ENDS)
            file.seek(0)
            head = file.read(ENDS).lstrip(BLANKS)
    except OSError as error:
        raise SettingError(f"Standard input cannot be stored in {path}: {error.strerror or error}.") from error
    if not head:
        raise TableError("Standard input is empty. It should be a table: CSV, TSV, JSON Lines or Parquet.")
    packed = suffix_of(head)
    if packed:
        head = _unpacked(head).lstrip(BLANKS)
    suffix = next((suffix for mark, suffix in STARTS.items() if head.startswith(mark)), ".csv")
    return path.replace(path.with_suffix(suffix + packed))


def _unpacked(head: bytes) -> bytes:
    """The decompressed beginning of a file, as far as it can be read; errors are raised when the file is read."""
    with decompressed(io.BytesIO(head)) as stream:
        try:
            return stream.read1(ENDS)
        except damage():
            return b""
