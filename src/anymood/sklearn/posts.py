"""Conversion of an estimator's ``X`` to posts."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from anymood.posts import Post
from anymood.runtime.frames import frame_posts
from anymood.runtime.reading import is_frame, is_missing

EXPECTED = (
    "X should be texts (a list, an array, a column of a data frame), a data frame with a column of texts, of images or "
    "both, an array of two columns, texts and images, or a list of posts"
)


def read_posts(X: Any, text: str | None, image: str | None) -> list[Any]:
    """Posts of an ``X``, any of which may lack text or image.

    Args:
        X: texts, posts, mappings, a data frame, or an array of one or two columns.
        text: name of a data frame's column of texts.
        image: name of its column of images.

    Raises:
        TableError: a data frame lacks the columns.
        TypeError: X is sparse, or contains numbers.
        ValueError: X has no rows, or an array has another number of columns.
    """
    if hasattr(X, "tocsr"):
        raise TypeError(f"X is a sparse matrix. {EXPECTED}.")
    if not is_frame(X) and (isinstance(X, str | bytes | Mapping | Post) or not isinstance(X, Iterable)):
        raise ValueError(f"X is one {type(X).__name__}. {EXPECTED}.")
    posts = frame_posts(X, text, image) if is_frame(X) else _items(X)
    if not posts:
        raise ValueError("X has 0 samples, and at least one is required.")
    return posts


def _items(values: Any) -> list[Any]:
    """The posts of a list or an array."""
    if getattr(values, "ndim", 1) != 1:
        array = np.asanyarray(values)  # which keeps the mask of a masked array
        if array.ndim != 2 or array.shape[1] not in (1, 2):
            raise ValueError(f"X is an array of shape {array.shape}. {EXPECTED}.")
        _require_no_numbers(array)
        return [Post(*row) for row in array.tolist()]
    items = list(values)
    _require_no_numbers(np.asanyarray(values) if hasattr(values, "dtype") else items)
    return items


def _require_no_numbers(values: Any) -> None:
    """Raise for numbers, except NaN, which is a missing text."""
    kind = getattr(getattr(values, "dtype", None), "kind", "O")
    first = next((value for value in values if not is_missing(value)), None) if kind == "O" else None
    if kind in "biuc" or (kind == "f" and not np.isnan(values).all()) or isinstance(first, int | float | list):
        raise TypeError(f"X contains numbers or lists. {EXPECTED}.")


def tagged(tags: Any) -> Any:
    """Tags of an estimator of posts."""
    tags.input_tags.two_d_array = False
    tags.input_tags.one_d_array = True
    tags.input_tags.string = True
    tags.input_tags.allow_nan = True
    return tags
