"""Predictions as new columns of data frames: pandas, Polars, PyArrow and others that narwhals supports."""

import os
import warnings
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import narwhals as nw
import numpy as np

from anymood.errors import TableError
from anymood.files import require_image_folder
from anymood.posts import Post
from anymood.runtime.batches import BATCH_SIZE, TEXT_WINDOW, WINDOW
from anymood.runtime.reading import Frame, Progress, is_missing
from anymood.runtime.results import SCORES, ResultColumns, predicted_rows
from anymood.tables import cells
from anymood.tables.column_names import describe, joined_columns
from anymood.tables.columns import Columns
from anymood.tables.format import Layout, Record
from anymood.tables.rows import FIRST_ROWS, Row

if TYPE_CHECKING:
    from anymood.runtime.predictor import Model

RENAME = "Rename it first; of pandas: frame.columns = frame.columns.map(str)"
ROWS = 1024  # rows that are read and converted to columns together

# Types that a cell of a table may have for an image; other values in a frame are images.
_IN_CELLS = (str, bytes, list, tuple, dict)


def predict_frame(
    model: "Model",
    native: Frame,
    text: str | None,
    image: str | None,
    *,
    image_folder: str | os.PathLike[str],
    scores: bool,
    progress: Progress | None,
) -> Frame:
    """A frame with the columns of the prediction; see ``Model.predict_frame``."""
    frame = _eager(native)
    columns = _columns(text, image, frame, images=model.bundle.config.reads("image"))
    results = ResultColumns(model.labels, map(str, frame.columns), without=() if scores else SCORES)
    layout = Layout((), results.kinds)
    folder = require_image_folder(image_folder) or Path()
    schema = {name: nw.String() if results.kinds.get(name) is str else nw.Float64() for name in layout.flat_names()}
    predicted = predicted_rows(model, enumerate(_rows(frame, columns, folder)), _window(frame, columns))
    values = (layout.flat_values(results.values(prediction)) for _, _, prediction in predicted)
    parts = []
    for start in range(0, len(frame), ROWS):
        part = list(islice(values, ROWS))
        parts.append(_added(part, schema, frame.implementation))
        if progress is not None:
            progress(start + len(part), len(frame))
    added = nw.concat(parts) if parts else _added([], schema, frame.implementation)
    return cast("Frame", _beside(frame, added))


def frame_posts(native: Any, text: str | None, image: str | None) -> list[Post]:
    """The posts of a data frame. Cells that cannot be read count as missing.

    Raises:
        TableError: as for ``Model.predict_frame``.
    """
    frame = _eager(native)
    return [row.post for row in _rows(frame, _columns(text, image, frame), Path())]


def _eager(native: Any) -> nw.DataFrame[Any]:
    """A narwhals frame in memory.

    Raises:
        TableError: the value is not a data frame, or two of its columns have the same name.
    """
    if type(native).__name__ == "RecordBatch" and hasattr(native, "schema"):
        import pyarrow

        native = pyarrow.Table.from_batches([native])
    require_distinct_columns(native)
    try:
        frame = nw.from_native(native)
    except TypeError as error:
        raise TableError(
            f"predict_frame takes a data frame of pandas, Polars or PyArrow, not {type(native).__name__}. For texts or "
            "posts, use predict_many."
        ) from error
    if not isinstance(frame, nw.DataFrame):
        raise TableError(
            f"The frame is a {type(native).__name__}, whose rows are not in memory. Collect it first, or give its "
            "parts to predict_frames one by one (of Polars: model.predict_frames(frame.collect_batches()))."
        )
    return frame


def require_distinct_columns(native: Any) -> None:
    """Raise ``TableError`` if two columns of a data frame have the same name."""
    repeated = [name for name, times in Counter(map(str, _names(native))).items() if times > 1]
    if repeated:
        raise TableError(f"The frame has the column {repeated[0]!r} twice. Rename or drop one of them.")


def _names(native: Any) -> list[Any]:
    """Column names of a frame, which may repeat in pandas and PyArrow, but not in narwhals."""
    names = getattr(native, "column_names", None)
    if names is None and not hasattr(native, "collect_schema"):  # the names of a lazy frame may be expensive
        names = getattr(native, "columns", None)
    return [] if names is None else list(names)


def _columns(text: str | None, image: str | None, frame: nw.DataFrame[Any], *, images: bool = True) -> Columns:
    """The names of the columns with text and image; warns if one of them is missing and may have another name.

    Raises:
        TableError: a named column, or both of the default ones, are missing.
    """
    for name in (text, image):
        if not isinstance(name, str | None):
            raise TableError(f"Column names must be str, not {name!r}. {RENAME}")
    columns = Columns(id=None, text=text, image=image, label=None, split=None)
    present: list[Any] = frame.columns
    names = list(map(str, present))
    folded = {name.casefold() for name in names}
    named = {role: name for role, name in (("text", columns.text), ("image", columns.image)) if name is not None}
    if not any(part in folded for name in named.values() for part in joined_columns(name.casefold(), folded)):
        listed = " nor ".join(f"{name!r} for the {role}" for role, name in named.items()) or "to read"
        raise TableError(
            f"The frame has no column {listed}. {describe(names, *named)} Name the right ones with text= and image=."
        )
    resolved = columns.resolve(names, "The frame")
    used = [part for name in (resolved.text, resolved.image) if name for part in joined_columns(name, names)]
    if unusual := [name for name in present if not isinstance(name, str) and str(name) in used]:
        raise TableError(f"Column names must be str, not {unusual[0]!r}. {RENAME}")
    first = frame.head(FIRST_ROWS).iter_rows(named=True)
    for note in columns.notes(resolved, names, option="{}=", rows=first, images=images):
        warnings.warn(f"The frame: {note}; None reads none.", stacklevel=4)
    return resolved


def _rows(frame: nw.DataFrame[Any], columns: Columns, folder: Path) -> Iterator[Row]:
    """The rows as posts, without the other columns."""
    named = [name for name in (columns.text, columns.image) if name is not None]
    names = [part for name in named for part in joined_columns(name, frame.columns) if part in frame.columns]
    read = frame.select(*names)
    for start in range(0, len(read), ROWS):
        part = read[start : start + ROWS]
        listed = [part[name].to_list() for name in names]
        for offset, values in enumerate(zip(*listed, strict=True)):
            yield _row(start + offset + 1, dict(zip(names, values, strict=True)), columns, folder)


def _row(number: int, values: dict[str, Any], columns: Columns, folder: Path) -> Row:
    values = {name: None if is_missing(value) else value for name, value in values.items()}
    image = values.get(columns.image) if columns.image is not None else None
    if isinstance(image, os.PathLike):
        values[str(columns.image)] = image = os.fspath(image)
    elif isinstance(image, np.ndarray) and image.dtype == object:  # a list of paths, as pandas reads it from Parquet
        values[str(columns.image)] = image = image.tolist()
    record = Record(number, f"row {number}", values)
    cells.remove_nul_bytes(record)
    post = Post(
        text=cells.text_in(record, columns.text),
        image=cells.image_in(record, columns.image, folder) if isinstance(image, _IN_CELLS) else image,
    )
    return Row(number, record.where, post, None, None, values, tuple(record.problems))


def _window(frame: nw.DataFrame[Any], columns: Columns) -> int:
    """Rows per batch: few if they contain images, more for paths, most for texts."""
    if columns.image not in frame.columns:
        return TEXT_WINDOW
    return WINDOW if frame.schema[columns.image] == nw.String else BATCH_SIZE


def _beside(frame: nw.DataFrame[Any], added: nw.DataFrame[Any]) -> Any:
    """The native frame with the new columns, and the names and index that it has."""
    if not frame.implementation.is_pandas():
        return frame.with_columns(*added.iter_columns()).to_native()
    pandas, native, new = frame.implementation.to_native_namespace(), frame.to_native(), added.to_native()
    both = pandas.concat([native, new.set_axis(native.index).rename_axis(columns=native.columns.name)], axis=1)
    if native.columns.dtype == object:  # a column may be named None, and is renamed
        both.columns = pandas.Index([*native.columns, *new.columns], dtype=object, name=native.columns.name)
    return both


def _added(rows: list[list[object]], schema: dict[str, Any], backend: Any) -> nw.DataFrame[Any]:
    """The new columns of some rows."""
    values = {name: [row[place] for row in rows] for place, name in enumerate(schema)}
    if not backend.is_pandas():
        return nw.from_dict(values, schema, backend=backend)
    pandas = backend.to_native_namespace()  # narwhals would turn None into "None" with pandas before 3
    kinds = {name: str if kind == nw.String else float for name, kind in schema.items()}
    columns = {name: pandas.Series(column, dtype=kinds[name]) for name, column in values.items()}
    return nw.from_native(pandas.DataFrame(columns), eager_only=True)
