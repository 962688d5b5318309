"""Parquet, read and written in row groups. Needs the optional dependency ``parquet``."""

from collections.abc import Generator, Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from anymood.errors import TableError, optional_dependency
from anymood.posts import Reason
from anymood.tables.arrow_types import added_fields, casts, nested_fields, plain_type, with_leaves
from anymood.tables.format import Dialect, Format, HasPosts, Head, Layout, Record, Writer
from anymood.tables.header import unique
from anymood.tables.lines import require_file
from anymood.tables.registry import register
from anymood.tables.values import as_text

# Rows read at once: few, because the table may contain images.
ROWS_READ = 64
# Rows of a row group: some hundred kilobytes of text, or some ten megabytes with images.
ROWS_WRITTEN = 1024
BYTES_WRITTEN = 2**26  # maximum size of a row group


class ParquetWriter(Writer):
    """Columns from Parquet keep their types; those of other formats are text, with lists and objects as JSON.

    Parquet cannot be appended to, because its index is at the end. Rows are kept in an Arrow stream, which can.
    """

    suffix = ".arrows"

    def __init__(self, file: IO[bytes], layout: Layout, *, begin: bool = True) -> None:
        super().__init__(file, layout, begin=begin)
        with optional_dependency("Writing Parquet", "parquet"):
            import pyarrow
        self._arrow = pyarrow
        schema = layout.schema
        self._typed = schema is not None
        fields = [pyarrow.field(name, pyarrow.string()) for name in layout.columns] if schema is None else list(schema)
        stored = [field.with_type(with_leaves(field.type, plain_type)) for field in fields]
        fields = [field if casts(short, field) else short for short, field in zip(stored, fields, strict=True)]
        added = added_fields(layout.added)
        self._schema = pyarrow.schema([*fields, *added])
        self._kept = pyarrow.schema([*stored, *added])
        self._held: list[dict[str, object]] = []
        if begin:
            file.write(self._kept.serialize())

    def write(self, values: Mapping[str, object], added: Mapping[str, object]) -> None:
        row = {name: values.get(name) if self._typed else as_text(values.get(name)) for name in self._columns}
        self._held.append(row | dict(added))
        if len(self._held) == ROWS_WRITTEN:
            self._put()

    def flush(self) -> None:
        self._put()
        self._file.flush()

    def finish(self, partial: Path) -> Path:
        """Convert the Arrow stream to Parquet."""
        from pyarrow import parquet

        target = partial.with_suffix(".parquet")
        with (
            partial.open("rb") as file,
            self._arrow.ipc.open_stream(file) as rows,
            parquet.ParquetWriter(target, self._schema) as written,
        ):
            for group in _groups(self._arrow, rows):
                written.write_table(group.cast(self._schema))
        return target

    def _put(self) -> None:
        if self._held:
            self._file.write(self._arrow.RecordBatch.from_pylist(self._held, self._kept).serialize())
            self._held = []


@register
class Parquet(Format):
    """Parquet; columns keep their types."""

    name = "parquet"
    description = "Parquet, whose columns keep their types (pip install 'anymood[parquet]')"
    suffixes = (".parquet",)
    compressible = False
    streamed = False
    writer = ParquetWriter

    def head(self, path: Path, dialect: Dialect, has_posts: HasPosts) -> Head:
        del dialect, has_posts
        with _open(path) as table:
            schema = table.schema_arrow
        names, repeated = unique(schema.names)
        return Head(names, nested=nested_fields(schema), repeated=repeated, schema=None if repeated else schema)

    def records(self, path: Path, head: Head) -> Generator[Record, None, None]:
        """The rows with Python values: str, bytes, numbers, and dict for a struct.

        Python's dates and times have microsecond precision; without pandas, nanoseconds are lost.
        """
        number = 0
        with _open(path) as table:
            from pyarrow import ArrowException

            try:
                for batch in table.iter_batches(ROWS_READ, use_threads=False):
                    start = number + 1
                    rows = [Record(start + n, f"{path.name}, row {start + n}", {}) for n in range(batch.num_rows)]
                    for name, values in zip(head.columns, batch.columns, strict=True):
                        _fill(rows, name, values)
                    number += len(rows)
                    yield from rows
            except (OSError, ArrowException) as error:
                lists = [field for field in table.schema_arrow if "fixed_size_list" in str(field.type)]
                if lists and "Expected all lists to be of size" in str(error):
                    named = " or ".join(repr(field.name) for field in lists)
                    remedy = f"A list is missing in {named}, and pyarrow cannot read such lists of fixed length. Write "
                    remedy += "lists of any length, as pyarrow.list_(pyarrow.float64()), or leave out the column."
                else:
                    remedy = "Download or write it again."
                message = f"{path} cannot be read after row {number}: {_message(error)}. {remedy}"
                raise TableError(message) from error

    def count(self, path: Path) -> int:
        with _open(path) as table:
            return int(table.metadata.num_rows)


def _open(path: Path) -> Any:
    require_file(path)
    with optional_dependency("Reading Parquet", "parquet"):
        from pyarrow import ArrowException
        from pyarrow.parquet import ParquetFile
    try:
        # Without read-ahead and with a small buffer, only the current pages are in memory, not a whole row group.
        return ParquetFile(path, pre_buffer=False, buffer_size=2**20)
    except (OSError, ArrowException) as error:
        raise TableError(
            f"{path} cannot be read as Parquet: {_message(error)}. Check that it is a complete Parquet file."
        ) from error


def _message(error: Exception) -> str:
    """The message of an error of Arrow, which may have several lines, on one."""
    return " ".join(str(error).split()).rstrip(".")


def _fill(rows: list[Record], name: str, values: Any) -> None:
    try:
        plain = values.to_pylist()
    except (ValueError, OverflowError):  # caused by single values, such as bytes that are not UTF-8
        values = values.cast(with_leaves(values.type, _to_the_microsecond), safe=False)
        plain = [_one(row, name, value) for row, value in zip(rows, values, strict=True)]
    for row, value in zip(rows, plain, strict=True):
        row.values[name] = value


def _one(row: Record, name: str, value: Any) -> object:
    try:
        return value.as_py()
    except UnicodeDecodeError:
        text = value.value if hasattr(value, "dictionary") else value
        if hasattr(text, "as_buffer"):
            row.add_problem(Reason.ENCODING, f"its {name} is not UTF-8; undecodable bytes are replaced.")
            raw: bytes = text.as_buffer().to_pybytes()
            return raw.decode("utf-8", "replace")
    except (ValueError, OverflowError):
        pass
    row.add_problem(Reason.WRONG_TYPE, f"its {name} has no Python type and is omitted.")
    return None


def _to_the_microsecond(kind: Any) -> Any:
    import pyarrow

    if pyarrow.types.is_timestamp(kind):
        return pyarrow.timestamp("us", kind.tz) if kind.unit == "ns" else kind
    return pyarrow.duration("us") if kind == pyarrow.duration("ns") else kind


def _groups(arrow: Any, batches: Iterable[Any]) -> Iterator[Any]:
    """Tables of ``ROWS_WRITTEN`` rows, or of fewer large ones: many small groups are large and slow to read.

    A resumed job has other batches, but the same groups, unless rows are large.
    """
    held: list[Any] = []
    for batch in batches:
        rest = batch
        while len(rest) >= (free := ROWS_WRITTEN - sum(map(len, held))):
            yield arrow.Table.from_batches([*held, rest.slice(0, free)])
            held, rest = [], rest.slice(free)
        if len(rest):
            held.append(rest)
        if sum(part.nbytes for part in held) >= BYTES_WRITTEN:
            yield arrow.Table.from_batches(held)
            held = []
    if held:
        yield arrow.Table.from_batches(held)
