"""Parquet, a few rows at a time. Needs the extra ``parquet``."""

from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

from anymood.errors import MissingExtra, TableError
from anymood.posts import Reason
from anymood.tables.lines import require_file
from anymood.tables.records import Format, Record

# Rows decoded together: small, because the images may stand in the table.
ROWS_AT_ONCE = 64


def columns(path: Path) -> list[str]:
    """Names of the top-level columns.

    Raises:
        TableError: the file is no Parquet file or is damaged.
        MissingExtra: pyarrow is not installed.
    """
    with _open(path) as table:
        return list(table.schema_arrow.names)


def records(path: Path) -> Generator[Record, None, None]:
    """The rows, with Python values: str, bytes, numbers, and dict for a struct.

    Python's own dates and times are exact to the microsecond: where pandas is not installed, so are these.
    """
    from pyarrow import ArrowException

    number = 0
    try:
        with _open(path) as table:
            for batch in table.iter_batches(ROWS_AT_ONCE, use_threads=False):
                start = number + 1
                rows = [Record(start + n, f"{path.name}, row {start + n}", {}) for n in range(batch.num_rows)]
                for name, values in zip(batch.schema.names, batch.columns, strict=True):
                    _fill(rows, name, values)
                number += len(rows)
                yield from rows
    except (OSError, ArrowException) as error:
        raise TableError(f"{path} cannot be read after row {number}: {error}. Fetch or write it anew.") from error


def _open(path: Path) -> Any:
    require_file(path)
    try:
        from pyarrow import ArrowException
        from pyarrow.parquet import ParquetFile
    except ImportError:
        raise MissingExtra("Reading Parquet", "parquet") from None
    try:
        # Read through a small buffer and not ahead, so that memory holds the pages in use and not a row group.
        return ParquetFile(path, pre_buffer=False, buffer_size=2**20)
    except (OSError, ArrowException) as error:
        raise TableError(f"{path} cannot be read as Parquet: {error}. Is it whole, and is it Parquet?") from error


def with_leaves(kind: Any, leaf: Callable[[Any], Any]) -> Any:
    """Arrow's type, with what ``leaf`` makes of each type in it that does not hold others."""
    import pyarrow
    from pyarrow import types

    def inner(field: Any) -> Any:
        return field.with_type(with_leaves(field.type, leaf))

    if types.is_struct(kind):
        return pyarrow.struct([inner(field) for field in kind.fields])
    if types.is_map(kind):
        return pyarrow.map_(inner(kind.key_field), inner(kind.item_field), keys_sorted=kind.keys_sorted)
    if types.is_fixed_size_list(kind):
        return pyarrow.list_(inner(kind.value_field), kind.list_size)
    for name in ("list", "large_list", "list_view", "large_list_view"):
        if getattr(types, f"is_{name}")(kind):
            return getattr(pyarrow, "list_" if name == "list" else name)(inner(kind.value_field))
    return leaf(kind)


def _fill(rows: list[Record], name: str, values: Any) -> None:
    try:
        plain = values.to_pylist()
    except (ValueError, OverflowError):  # one value is enough; among them are bytes that are no UTF-8
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
            row.add_problem(Reason.ENCODING, f"its {name} is not UTF-8; what could be read of it was kept.")
            raw: bytes = text.as_buffer().to_pybytes()
            return raw.decode("utf-8", "replace")
    except (ValueError, OverflowError):
        pass
    row.add_problem(Reason.WRONG_TYPE, f"its {name} has no counterpart in Python and is left out.")
    return None


def _to_the_microsecond(kind: Any) -> Any:
    import pyarrow

    if pyarrow.types.is_timestamp(kind):
        return pyarrow.timestamp("us", kind.tz) if kind.unit == "ns" else kind
    return pyarrow.duration("us") if kind == pyarrow.duration("ns") else kind


PARQUET = Format(columns, records)
