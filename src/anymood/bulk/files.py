"""From a table of posts to the same table with predictions, row by row."""

import gzip
import os
import secrets
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, cast

from anymood.bulk.writers import WRITERS, Writer
from anymood.datasets.columns import DEFAULT_COLUMNS, Columns
from anymood.datasets.table import Row, column_names, read_rows
from anymood.errors import SettingError
from anymood.posts import Post, Prediction
from anymood.runtime.predictor import BATCH_SIZE, Model


@dataclass(frozen=True, slots=True)
class Summary:
    """What became of the rows of a table.

    Attributes:
        rows: how many there were.
        labels: how many got each label, in the model's order.
        problems: how many rows had a problem, by the reason of the first one, the most frequent first.
    """

    rows: int
    labels: dict[str, int]
    problems: dict[str, int]


def predict_table(
    model: Model,
    table: str | os.PathLike[str],
    target: str | os.PathLike[str] | IO[bytes],
    columns: Columns = DEFAULT_COLUMNS,
    *,
    kind: str | None = None,
    batch_size: int = BATCH_SIZE,
    progress: Callable[[int], None] | None = None,
) -> Summary:
    """Predict every row of a table, and write the table with the predictions.

    The rows keep their order and all their columns as the table holds them. After these come label,
    probabilities, used, what each of the three classifiers says, disagreement, problem and reason; CSV
    and TSV have one column a label, ``p_<label>``, for the probabilities, and none for the single
    classifiers. A column of ours whose name the table already has gets ``predicted_`` in front.

    Args:
        model: what predicts.
        table: as for ``read_rows``.
        target: a file, which appears whole once all rows are written, or not at all; or an open
            binary file, to which the rows are written as they come.
        columns: the names of the table's columns.
        kind: suffix of a format in ``WRITERS``; that of the target's name by default.
        batch_size: rows predicted together.
        progress: called with the number of rows written so far.

    Raises:
        TableError: the table cannot be read.
        SettingError: the target cannot be written, or is the table itself.
        MissingExtra: one of the two is Parquet, and pyarrow is not installed.
    """
    source = Path(table)
    place = Path(target) if isinstance(target, str | os.PathLike) else None
    writer_type = _writer_type(kind or ("" if place is None else place.name))
    rows = read_rows(source, columns)
    present = column_names(source, columns)
    if place is None:
        writer = writer_type(cast("IO[bytes]", target), present, model.labels, source)
        return _write(predicted_rows(model, rows, batch_size), writer, model, progress)
    _check_place(place, source)
    partial = place.parent / f".{place.name}-{secrets.token_hex(4)}"
    try:
        with partial.open("xb") as file:
            writer = writer_type(file, present, model.labels, source)
            summary = _write(predicted_rows(model, rows, batch_size), writer, model, progress)
        partial.replace(place)
    except OSError as error:
        raise SettingError(f"{place} cannot be written: {error}. Choose another place.") from error
    finally:
        partial.unlink(missing_ok=True)
    return summary


def predicted_rows(model: Model, rows: Iterable[Row], batch_size: int = BATCH_SIZE) -> Iterator[tuple[Row, Prediction]]:
    """Every row and what the model says of it, in order."""
    waiting: deque[Row] = deque()

    def posts() -> Iterator[Post]:
        for row in rows:
            waiting.append(row)
            yield row.post

    for prediction in model.predict_many(posts(), batch_size):
        row = waiting.popleft()
        yield row, with_problems(prediction, row)


def with_problems(prediction: Prediction, row: Row) -> Prediction:
    """The prediction of a row, with what was already wrong with it when it was read."""
    if not row.problems:
        return prediction
    told = [str(problem) for problem in row.problems]
    # That nothing was left to see follows from what the table says; it would only repeat it.
    if prediction.problem is not None and prediction.reason != "nothing to see":
        told.append(prediction.problem)
    return replace(prediction, problem=" ".join(told), reason=row.problems[0].reason)


def count_rows(table: Path) -> int:
    """About how many rows a table has, to tell how long it takes: a text of two lines in a cell counts as two rows.

    Raises:
        OSError: it cannot be read.
    """
    name = table.name.lower()
    if name.endswith(".parquet"):
        from pyarrow.parquet import ParquetFile

        with ParquetFile(table) as file:
            return int(file.metadata.num_rows)
    with gzip.open(table) if name.endswith(".gz") else table.open("rb") as lines:
        newlines = sum(block.count(b"\n") for block in iter(lambda: lines.read(2**20), b""))
    return newlines - (".csv" in name or ".tsv" in name)


def _write(
    predicted: Iterator[tuple[Row, Prediction]],
    writer: Writer,
    model: Model,
    progress: Callable[[int], None] | None,
) -> Summary:
    rows = 0
    labels: Counter[str | None] = Counter()
    problems: Counter[str] = Counter()
    with closing(writer):  # after an error too: pyarrow would close a forgotten file later, when there is none
        for row, prediction in predicted:
            writer.write(row.values, prediction)
            rows += 1
            labels[prediction.label] += 1
            if prediction.problem is not None:
                problems[prediction.reason or "other"] += 1
            if progress is not None:
                progress(rows)
    return Summary(rows, {label: labels[label] for label in model.labels}, dict(problems.most_common()))


def _writer_type(name: str) -> type[Writer]:
    found = next((WRITERS[suffix] for suffix in WRITERS if name.lower().endswith(suffix)), None)
    if found is None:
        raise SettingError(f"{name!r} does not say how to write: its name should end in one of {', '.join(WRITERS)}.")
    return found


def _check_place(place: Path, source: Path) -> None:
    if place.is_dir():
        raise SettingError(f"{place} is a folder. Give the name of a file in it.")
    if not place.parent.is_dir():
        raise SettingError(f"{place} cannot be written: there is no folder {place.parent}. Make it first.")
    if place.exists() and place.samefile(source):
        raise SettingError(f"{place} is the table that is read. Give the result another name.")
