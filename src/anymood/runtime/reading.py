"""Whatever a caller hands in, read as a post; a bad row never raises."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np

from anymood.posts import Post, Problem, Reason
from anymood.preparation.serialised import authors_text

if TYPE_CHECKING:
    from anymood.posts import ImageSource

FIELDS = tuple(part.name for part in fields(Post))


@dataclass(slots=True)
class ReadPost:
    """What could be read of what a caller handed in, and what was wrong with it.

    Attributes:
        text: a text with something in it, or None.
        image: an image still to be decoded, or None.
        id: the caller's name for the post, as it was given.
        problems: what was wrong.
    """

    text: str | None = None
    image: "ImageSource | None" = None
    id: str | None = None
    problems: list[Problem] = field(default_factory=list)

    def add_problem(self, reason: Reason, message: str) -> None:
        """Note that something is wrong with the post."""
        self.problems.append(Problem(reason, message))


def read_post(given: object) -> ReadPost:
    """What a model can see of a post, a mapping with a post's fields, a text, or anything else."""
    if isinstance(given, Post):
        row = ReadPost(given.text, given.image, given.id)
    elif isinstance(given, Mapping):
        row = ReadPost(given.get("text"), given.get("image"), given.get("id"))
        if mistaken := _mistaken(given):
            message = f"A post has the fields {', '.join(FIELDS)}, but this one has {', '.join(mistaken)}."
            row.add_problem(Reason.UNKNOWN_FIELD, message)
    elif isinstance(given, str) or is_missing(given):
        row = ReadPost(given if isinstance(given, str) else None)
    else:
        message = (
            f"The row is of type {type(given).__name__}: hand in a text, a Post or a mapping with {', '.join(FIELDS)}."
        )
        return ReadPost(problems=[Problem(Reason.NOT_A_POST, message)])
    _see_text(row)
    if is_missing(row.image):
        row.image = None
    return row


def _mistaken(given: Mapping[Any, Any]) -> list[str]:
    """Keys that were probably meant for a field of a post; what else a row of a table brings is its own affair."""
    if "text" not in given and "image" not in given:
        return [str(key) for key in given if key not in FIELDS]
    free = set(FIELDS) - set(given)
    return [key for key in given if isinstance(key, str) and key.strip().casefold() in free]


def _see_text(row: ReadPost) -> None:
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
    """Whether what was given as one text or one image is a whole post, or several, which is a mistake of the caller."""
    if isinstance(value, str | bytes | bytearray | memoryview | PathLike) or hasattr(value, "read"):
        return False
    if isinstance(value, np.ndarray):
        return value.ndim == 1 and value.dtype.kind in "OSU"
    is_picture = hasattr(value, "dtype") and getattr(value, "ndim", 0) > 1  # a tensor, whose rows are no posts
    return isinstance(value, Post | Iterable) and not is_picture


def is_missing(value: Any) -> bool:
    """None, a blank string, or what tables put in an empty cell: NaN of any width, pandas' NA and NaT."""
    if value is None or isinstance(value, str):
        return not value or value.isspace()
    if isinstance(value, float | np.floating):
        return bool(np.isnan(value))
    return type(value).__name__ in ("NAType", "NaTType")  # pandas need not be there
