"""Tables, images and folders of them as a Daft DataFrame, by the readers of anymood.

Daft's readers end a query at an invalid row of CSV or JSON, which here is a problem of the row.
"""

import asyncio
import glob
import os
import shutil
import tempfile
import uuid
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Any, cast

import pyarrow
from daft.io.source import DataSource, DataSourceTask
from daft.recordbatch import RecordBatch

from anymood.cluster import backpressure
from anymood.cluster.daft_io import daft, folder_of, matching_files, name_of, open_file
from anymood.errors import TableError
from anymood.fetching import BLOCK
from anymood.files import is_url
from anymood.jobs.inputs import FILE, STANDARD_INPUT, Input, Inputs, ReadOptions
from anymood.jobs.opening import open_inputs
from anymood.jobs.output import with_late_keys
from anymood.runtime.batches import BATCH_SIZE
from anymood.runtime.results import free_names
from anymood.tables.arrow_types import nested_fields, plain_type, with_leaves
from anymood.tables.registry import all_formats, format_of, is_table
from anymood.tables.rows import ALL_ROWS, SHARD_ROWS, Row, Shard
from anymood.tables.values import as_text

HEAD_BYTES = 2**23  # bytes of a table in an object store that are read for its columns
POST_KIND = pyarrow.struct(
    [
        ("number", pyarrow.int64()),
        ("where", pyarrow.string()),
        ("is_post", pyarrow.bool_()),
        ("text", pyarrow.string()),
        ("image", pyarrow.struct([("bytes", pyarrow.binary()), ("path", pyarrow.string())])),
        ("problems", pyarrow.list_(pyarrow.struct([("reason", pyarrow.string()), ("message", pyarrow.string())]))),
    ]
)


class TableSource(DataSource):
    """Rows of tables and images, in tasks that any machine can run and repeat.

    Args:
        inputs: the inputs.
        shards: number of tasks per input. Each reads the whole input and yields its shard of the rows.
    """

    def __init__(self, inputs: Inputs, shards: int = 1) -> None:
        self.columns = inputs.columns
        self.post = free_names(["post"], inputs.columns)["post"]  # name of the column with the posts
        self.job = uuid.uuid4().hex
        has_image_bytes = any(part.has_image_bytes for part in inputs.parts)
        self.rows = BATCH_SIZE if has_image_bytes else SHARD_ROWS  # per batch
        self._inputs = inputs
        self._shards = shards
        typed = inputs.layout().schema
        kinds = [None if typed is None else _kept(typed.field(name).type) for name in inputs.columns]
        self._texts = frozenset(name for name, kind in zip(inputs.columns, kinds, strict=True) if kind is None)
        fields = [(name, kind or pyarrow.string()) for name, kind in zip(inputs.columns, kinds, strict=True)]
        self._schema = pyarrow.schema([*fields, (self.post, POST_KIND)])

    @property
    def name(self) -> str:
        """The name in a query plan."""
        return "posts"

    @property
    def schema(self) -> "daft.Schema":
        """The columns of the tables, and that of the posts."""
        return daft.Schema.from_pyarrow_schema(self._schema)

    async def get_tasks(self, pushdowns: object) -> AsyncIterator["DataSourceTask"]:
        """The tasks."""
        for part, file in zip(self._inputs.parts, self._inputs.files, strict=True):
            for index in range(self._shards):
                yield _Task(self.job, part, file, Shard(index, self._shards), self._schema, self._texts, self.rows)


@dataclass(frozen=True)
class _Task(DataSourceTask):
    _job: str
    _part: Input
    _file: str | None
    _shard: Shard
    _schema: Any
    _texts: frozenset[str]
    _rows: int

    @property
    def schema(self) -> "daft.Schema":
        return daft.Schema.from_pyarrow_schema(self._schema)

    async def read(self) -> AsyncIterator[RecordBatch]:
        # In a thread, since a table may have to be fetched first.
        rows = await asyncio.to_thread(self._part.rows, 0, self._shard)
        while batch := await asyncio.to_thread(self._next, rows):
            backpressure.read(self._job, batch[0].num_rows)
            yield RecordBatch.from_arrow_record_batches(batch, self._schema)
            await backpressure.wait(self._job, self._rows)

    def _next(self, rows: Iterator[Row]) -> list[Any]:
        some = [self._values(row) for row in islice(rows, self._rows)]
        return [pyarrow.RecordBatch.from_pylist(some, self._schema)] if some else []

    def _values(self, row: Row) -> dict[str, object]:
        *names, post = self._schema.names
        values = row.values
        if self._file is not None:
            values.setdefault(FILE, self._file)
        held = {name: as_text(values.get(name)) if name in self._texts else values.get(name) for name in names}
        lost = [name for name in values if name not in held]
        return held | {post: _post(with_late_keys(row, lost))}


class RemoteTable(Input):
    """A table at a URL. Tasks copy it to a temporary folder first.

    Args:
        url: URL of the table.
        options: options for reading.
        io_config: Daft's configuration for object stores.

    Raises:
        TableError: it does not exist, or is not a table.
    """

    def __init__(self, url: str, options: ReadOptions, io_config: "daft.io.IOConfig | None" = None) -> None:
        self.name = url
        self._folder = folder_of(url)  # that paths of images are relative to
        self._options = options
        self._io_config = io_config
        table_format = format_of(name_of(url)) if options.format is None else all_formats().get(options.format)
        if table_format is None:
            cause = "has no suffix of a format" if options.format is None else f"cannot be read as {options.format}"
            raise TableError(f"{url} {cause}. Only tables can be read from URLs: {', '.join(all_formats())}.")
        if table_format.name == "parquet":
            with _as_table_errors(url):
                self.schema = daft.read_parquet(url, io_config=io_config).schema().to_pyarrow_schema()
            self.columns = tuple(self.schema.names)
            options.columns.resolve(self.columns, url, nested=nested_fields(self.schema), guess=True)
        else:
            with self._copied(HEAD_BYTES if table_format.streamed else None) as path:
                table = self._options.table(path, self._folder)
            self.columns = table.head.columns
            self.notes = table.notes
        self.has_image_bytes = self.schema is not None

    def rows(self, skip: int = 0, shard: Shard = ALL_ROWS) -> Iterator[Row]:
        """The rows after the first ``skip``, or a shard of them."""
        with self._copied() as path:
            yield from self._options.table(path, self._folder).rows(skip, shard)

    def count(self) -> int:
        """Unknown."""
        return 0

    def digest(self) -> str:
        """Empty: jobs with it are not resumed."""
        return ""

    @contextmanager
    def _copied(self, size: int | None = None) -> Iterator[Path]:
        """A copy of the table, or of its first bytes, with the same name for messages."""
        with tempfile.TemporaryDirectory(prefix="anymood-") as folder:
            path = Path(folder, name_of(self.name))
            with _as_table_errors(self.name), open_file(self.name, self._io_config) as file, path.open("wb") as copy:
                if size is None:
                    shutil.copyfileobj(cast("IO[bytes]", file), copy, BLOCK)
                else:
                    copy.write(file.read(size))
            yield path


def open_sources(sources: Sequence[str], options: ReadOptions, io_config: "daft.io.IOConfig | None" = None) -> Inputs:
    """Inputs by paths, URLs or patterns of tables, images and folders of them.

    Raises:
        TableError: an input does not exist, or cannot be read.
    """
    parts: list[Input] = []
    for source in sources:
        if source in STANDARD_INPUT:
            raise TableError("Other machines cannot read standard input. Write the table to a file.")
        if is_url(source):
            parts += [RemoteTable(url, options, io_config) for url in _matching(source, io_config)]
        else:
            pattern = glob.has_magic(source) and not Path(source).exists()
            base = Path(glob.escape(str(Path.cwd()))) if pattern else Path.cwd()  # its name may contain a bracket
            parts += open_inputs([str(base / source)], options, Path()).parts
    return Inputs(tuple(parts))


def _matching(url: str, io_config: "daft.io.IOConfig | None") -> list[str]:
    """The URLs that match a pattern; HTTP URLs may contain a question mark."""
    if not glob.has_magic(url) or url.lower().startswith(("http:", "https:")):
        return [url]
    with _as_table_errors(url):
        paths = [path for path in matching_files(url, io_config) if is_table(Path(name_of(path)))]
    if not paths:
        raise TableError(f"{url} matches no table.")
    return paths


@contextmanager
def _as_table_errors(url: str) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError) as error:
        raise TableError(f"{url} cannot be read: {error}.") from error


def _post(row: Row) -> dict[str, object]:
    image = row.post.image
    path = os.fspath(image) if isinstance(image, str | os.PathLike) else None
    shown = as_text(path)
    if path is not None and shown != path:  # not valid Unicode
        with suppress(OSError):
            image = Path(path).read_bytes()
    return {
        "number": row.number,
        "where": as_text(row.where),
        "is_post": row.is_post,
        "text": as_text(row.post.text),
        "image": {"bytes": image if isinstance(image, bytes) else None, "path": shown},
        "problems": [{"reason": problem.reason.value, "message": as_text(problem.message)} for problem in row.problems],
    }


def _kept(kind: Any) -> Any:
    """Daft's type for one of Arrow; None if it has none."""
    kind = with_leaves(kind, plain_type)
    try:
        return None if daft.DataType.from_arrow_type(kind).is_python() else kind
    except Exception:  # errors of Daft have no common base
        return None
