"""How predicted rows are written: CSV, TSV, JSON Lines and Parquet, a few rows at a time.

Every writer appends to one file, and after ``flush`` that file may be cut off at its length and be
gone on with later, by another writer that is told not to begin: this is what resuming stands on.
Parquet cannot be appended to, as its index stands at its end. Its rows are kept as a stream of
Arrow, which can, until the last one is there.
"""

import csv
import io
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import IO, Any, ClassVar, Protocol

from anymood.errors import MissingExtra
from anymood.labels import LabelSet
from anymood.posts import Prediction, Problem, Reason, Scores
from anymood.tables.parquet import with_leaves
from anymood.tables.rows import Row

# Rows of a row group: some hundred kilobytes of text, or some ten megabytes where images stand in the table.
ROWS_AT_ONCE = 1024
BYTES_AT_ONCE = 2**26  # of a row group, though its rows be fewer


class Writer(Protocol):
    """A table in the making.

    Args:
        file: open for writing bytes; it is not closed.
        columns: names of the columns that the rows had before.
        labels: the model's.
        schema: Arrow's types of these columns, where the rows come from Parquet.
        begin: whether the file is new; else it holds rows already, and more are appended.
    """

    partial_suffix: ClassVar[str]

    def __init__(
        self, file: IO[bytes], columns: Sequence[str], labels: LabelSet, schema: Any = None, *, begin: bool = True
    ) -> None: ...

    def write(self, values: Mapping[str, object], prediction: Prediction) -> None:
        """Add a row: what it had before, and what is predicted."""

    def lost(self, values: Mapping[str, object]) -> list[str]:
        """Keys of a row that came too late to have a place in the table."""

    def flush(self) -> None:
        """Hand what is still held back to the file."""

    def finish(self, partial: Path) -> Path:
        """Make the table of a file that holds all rows; it may be the same, or another one beside it."""


def free_names(wanted: Iterable[str], taken: Iterable[str]) -> dict[str, str]:
    """The names of our columns: as wanted, with ``predicted_`` in front as often as the name is taken."""
    used = set(taken)
    names = {}
    for name in wanted:
        free = name
        while free in used:
            free = f"predicted_{free}"
        names[name] = free
        used.add(free)
    return names


def with_late_keys(row: Row, lost: Sequence[str]) -> Row:
    """A row with the problem that some of its keys have no place in what is written, if there are such."""
    if not lost:
        return row
    told = (
        f"it has {', '.join(map(repr, lost))}, which the first rows of its table lack: too late for a column of the "
        "output, and left out. Name all keys in the first row, with null where it has no value."
    )
    return replace(row, problems=(*row.problems, Problem(Reason.LATE_KEY, told, row.where)))


def delimited_line(cells: Sequence[object], delimiter: str = ",") -> bytes:
    """A line of CSV in UTF-8, which ends in a line feed."""
    line = io.StringIO(newline="")
    # Before Python 3.13, csv quotes a cell for the line ends that it writes itself; readers know these two.
    csv.writer(line, delimiter=delimiter, lineterminator="\r\n").writerow(cells)
    return line.getvalue().removesuffix("\r\n").encode("utf-8", "replace") + b"\n"


class DelimitedWriter:
    """CSV in UTF-8. Lists and objects are written as JSON, bytes are left out."""

    delimiter = ","
    partial_suffix: ClassVar[str] = ".csv"

    def __init__(
        self, file: IO[bytes], columns: Sequence[str], labels: LabelSet, schema: Any = None, *, begin: bool = True
    ) -> None:
        self._file = file
        self._columns = dict.fromkeys(columns)
        self._labels = labels
        if begin:
            ours = ["label", *(f"p_{label}" for label in labels), "used", "disagreement", "problem", "reason"]
            self._put([*columns, *free_names(ours, columns).values()])

    def write(self, values: Mapping[str, object], prediction: Prediction) -> None:
        """Add a row."""
        probabilities = prediction.probabilities
        self._put(
            [
                *(_cell(values.get(name)) for name in self._columns),
                prediction.label,
                *(_rounded(probabilities.get(label)) for label in self._labels),
                prediction.used,
                _rounded(prediction.disagreement),
                prediction.problem,
                prediction.reason,
            ]
        )

    def lost(self, values: Mapping[str, object]) -> list[str]:
        """Keys that are no column."""
        return [name for name in values if name not in self._columns]

    def flush(self) -> None:
        """Hand the last rows to the file."""
        self._file.flush()

    def finish(self, partial: Path) -> Path:
        """The file as it is."""
        return partial

    def _put(self, cells: Sequence[object]) -> None:
        self._file.write(delimited_line(cells, self.delimiter))


class TabWriter(DelimitedWriter):
    """CSV with tabs between the cells."""

    delimiter = "\t"
    partial_suffix = ".tsv"


class JsonLinesWriter:
    """One object a line, in UTF-8. Bytes and numbers that are none become null."""

    partial_suffix: ClassVar[str] = ".jsonl"

    def __init__(
        self, file: IO[bytes], columns: Sequence[str], labels: LabelSet, schema: Any = None, *, begin: bool = True
    ) -> None:
        self._file = file
        self._names = free_names(nested(Prediction("none")), columns)
        self._taken = frozenset(self._names.values())

    def write(self, values: Mapping[str, object], prediction: Prediction) -> None:
        """Add a row."""
        row = {name: plain(value) for name, value in values.items() if name not in self._taken}
        row |= {self._names[name]: value for name, value in nested(prediction).items()}
        line = json.dumps(row, ensure_ascii=False, allow_nan=False)
        self._file.write(line.encode("utf-8", "replace") + b"\n")

    def lost(self, values: Mapping[str, object]) -> list[str]:
        """Keys that go by the name of a column of ours; all others have a place in an object."""
        return [name for name in values if name in self._taken]

    def flush(self) -> None:
        """Hand the last rows to the file."""
        self._file.flush()

    def finish(self, partial: Path) -> Path:
        """The file as it is."""
        return partial


class ParquetWriter:
    """Parquet. Columns from Parquet keep their types; those of other tables are text, lists and objects as JSON."""

    partial_suffix: ClassVar[str] = ".arrows"

    def __init__(
        self, file: IO[bytes], columns: Sequence[str], labels: LabelSet, schema: Any = None, *, begin: bool = True
    ) -> None:
        try:
            import pyarrow
        except ImportError:
            raise MissingExtra("Writing Parquet", "parquet") from None
        self._arrow = pyarrow
        self._file = file
        self._columns = dict.fromkeys(columns)
        self._typed = schema is not None
        theirs = [pyarrow.field(name, pyarrow.string()) for name in columns] if schema is None else list(schema)
        self._names = free_names(nested(Prediction("none")), columns)
        kept = [field.with_type(with_leaves(field.type, plain_type)) for field in theirs]
        theirs = [field if _casts(short, field) else short for short, field in zip(kept, theirs, strict=True)]
        ours = arrow_fields(labels, self._names)
        self._schema = pyarrow.schema([*theirs, *ours])
        self._kept = pyarrow.schema([*kept, *ours])
        self._held: list[dict[str, object]] = []
        if begin:
            file.write(self._kept.serialize())

    def write(self, values: Mapping[str, object], prediction: Prediction) -> None:
        """Add a row."""
        row = {name: values.get(name) if self._typed else as_text(values.get(name)) for name in self._columns}
        self._held.append(row | arrow_values(prediction, self._names))
        if len(self._held) == ROWS_AT_ONCE:
            self._put()

    def lost(self, values: Mapping[str, object]) -> list[str]:
        """Keys that are no column."""
        return [name for name in values if name not in self._columns]

    def flush(self) -> None:
        """Hand the last rows to the file."""
        self._put()
        self._file.flush()

    def finish(self, partial: Path) -> Path:
        """Read the rows back and write them as Parquet."""
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


def _groups(arrow: Any, batches: Iterable[Any]) -> Iterator[Any]:
    """Tables of ``ROWS_AT_ONCE`` rows or more: of many small batches, Parquet would be slow to read and large."""
    held: list[Any] = []
    for batch in batches:
        held.append(batch)
        if sum(map(len, held)) >= ROWS_AT_ONCE or sum(batch.nbytes for batch in held) >= BYTES_AT_ONCE:
            yield arrow.Table.from_batches(held)
            held = []
    if held:
        yield arrow.Table.from_batches(held)


WRITERS: dict[str, type[Writer]] = {
    ".csv": DelimitedWriter,
    ".tsv": TabWriter,
    ".jsonl": JsonLinesWriter,
    ".ndjson": JsonLinesWriter,
    ".parquet": ParquetWriter,
}


def plain_type(kind: Any) -> Any:
    """A type that Arrow makes of Python's values, for one that it does not, or only in a message of its own."""
    import pyarrow

    if pyarrow.types.is_dictionary(kind):
        return kind.value_type
    return pyarrow.bool_() if kind == pyarrow.bool8() else kind


def _casts(field: Any, target: Any) -> bool:
    """Whether Arrow can cast what a field holds to the type of another one."""
    import pyarrow

    try:
        pyarrow.nulls(1, field.type).cast(target.type)
    except pyarrow.ArrowNotImplementedError:
        return False
    return True


def arrow_fields(labels: LabelSet, names: Mapping[str, str]) -> list[Any]:
    """Arrow's fields of the columns of a prediction.

    Args:
        labels: the model's.
        names: what each column of ``nested`` is called.
    """
    import pyarrow

    scores = pyarrow.struct([(label, pyarrow.float64()) for label in labels])
    kinds = {
        **dict.fromkeys(("label", "used", "problem", "reason"), pyarrow.string()),
        **dict.fromkeys(("probabilities", "text_scores", "image_scores", "fused_scores"), scores),
        "disagreement": pyarrow.float64(),
    }
    return [pyarrow.field(free, kinds[name]) for name, free in names.items()]


def arrow_values(prediction: Prediction, names: Mapping[str, str]) -> dict[str, Any]:
    """The values of ``arrow_fields``."""
    values = nested(prediction) | {"problem": as_text(prediction.problem)}
    return {names[name]: value for name, value in values.items()}


def nested(prediction: Prediction) -> dict[str, Any]:
    """The columns of a prediction where a cell can hold several numbers."""
    return {
        "label": prediction.label,
        "probabilities": prediction.probabilities or None,
        "used": prediction.used,
        "text_scores": _by_label(prediction.text),
        "image_scores": _by_label(prediction.image),
        "fused_scores": _by_label(prediction.fused),
        "disagreement": prediction.disagreement,
        "problem": prediction.problem,
        "reason": None if prediction.reason is None else prediction.reason.value,
    }


def plain(value: object) -> Any:
    """A value as JSON can hold it: bytes, NaN and infinities become null, dates and the like their text."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return None if isinstance(value, bytes) else str(value)


def _by_label(scores: Scores | None) -> dict[str, float] | None:
    return None if scores is None else scores.probabilities


def as_text(value: object) -> str | None:
    """A value as a text, None where it is missing."""
    if isinstance(value, float) and math.isinf(value):
        return str(value)  # a text holds what JSON does not
    known = plain(value)
    if known is None:
        return None
    text = known if isinstance(known, str) else json.dumps(known, ensure_ascii=False)
    return text.encode("utf-8", "replace").decode()  # names of files may hold what no text does


def _cell(value: object) -> str:
    return as_text(value) or ""


def _rounded(value: float | None) -> str:
    """A probability to six places, beyond which it depends on the machine."""
    return "" if value is None else f"{value:.6f}"
