"""Conversion of any input to a post. It never raises; what cannot be read becomes a problem."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from os import PathLike
from typing import Any, TypeAlias, TypeVar

import numpy as np

from anymood.posts import ImageSource, Post, Problem, Reason
from anymood.preparation.serialised import authors_text

Frame = TypeVar("Frame")  # a data frame
Progress: TypeAlias = Callable[[int, int], object]

FIELDS = tuple(part.name for part in fields(Post))


@dataclass(slots=True)
class ReadPost:
    """A post that was read, with its problems.

    Attributes:
        text: a text that is not blank, or None.
        image: an image that is not decoded yet, or None.
        id: the caller's id of the post.
        problems: problems so far.
    """

    text: str | None = None
    image: ImageSource | None = None
    id: str | None = None
    problems: list[Problem] = field(default_factory=list)

    def add_problem(self, reason: Reason, message: str) -> None:
        """Add a problem."""
        self.problems.append(Problem(reason, message))


def read_post(value: object) -> ReadPost:
    """Read a ``Post``, a mapping with the fields of a post, a text, or anything else."""
    if isinstance(value, Post):
        row = ReadPost(value.text, value.image, value.id)
    elif isinstance(value, Mapping):
        row = ReadPost(value.get("text"), value.get("image"), value.get("id"))
        if misspelt := _misspelt_fields(value):
            message = f"A post has the fields {', '.join(FIELDS)}, but this one has {', '.join(misspelt)}."
            row.add_problem(Reason.UNKNOWN_FIELD, message)
    elif isinstance(value, str) or is_missing(value):
        row = ReadPost(value if isinstance(value, str) else None)
    elif hasattr(value, "as_py"):  # a scalar of PyArrow
        return read_post(value.as_py())
    else:
        message = (
            f"The row is of type {type(value).__name__}: give a text, a Post or a mapping with {', '.join(FIELDS)}."
        )
        return ReadPost(problems=[Problem(Reason.NOT_A_POST, message)])
    _read_text(row)
    if is_missing(row.image):
        row.image = None
    return row


def _misspelt_fields(fields: Mapping[Any, Any]) -> list[str]:
    """Keys that are probably misspelt fields of a post. Other keys are ignored."""
    if "text" not in fields and "image" not in fields:
        return [str(key) for key in fields if key not in FIELDS]
    free = set(FIELDS) - set(fields)
    return [key for key in fields if isinstance(key, str) and key.strip().casefold() in free]


def _read_text(row: ReadPost) -> None:
    if is_missing(row.text):
        row.text = None
    elif not isinstance(row.text, str):
        row.add_problem(Reason.NOT_A_TEXT, f"The text is of type {type(row.text).__name__}, not str.")
        row.text = None
    else:
        row.text, problem = authors_text(row.text)
        if problem is not None:
            row.problems.append(problem)


def is_collection(value: object) -> bool:
    """Whether a value given as one text or image is a whole post or a collection."""
    if isinstance(value, str | bytes | bytearray | memoryview | PathLike) or hasattr(value, "read"):
        return False
    if isinstance(value, np.ndarray):
        return value.ndim == 1 and value.dtype.kind in "OSU"
    is_picture = hasattr(value, "dtype") and getattr(value, "ndim", 0) > 1  # a tensor: its rows are not posts
    return isinstance(value, Post | Iterable) and not is_picture


def is_frame(value: object) -> bool:
    """Whether a value is a data frame of pandas, Polars, PyArrow or another library, in memory or lazy."""
    # The columns of a lazy frame may be expensive, so only its first attribute is looked up.
    return any(hasattr(value, name) for name in ("collect_schema", "column_names", "columns"))


def is_missing(value: Any) -> bool:
    """Whether a value is None, a blank string, or an empty cell: NaN of any type, pandas' NA or NaT, NumPy's masked."""
    if value is None or isinstance(value, str):
        return not value or value.isspace()
    if isinstance(value, float | np.floating):
        return bool(np.isnan(value))
    return type(value).__name__ in ("NAType", "NaTType", "MaskedConstant")  # pandas may not be installed
