"""Validation of array arguments.

Shapes: N posts, C classes. A row of NaN is a post without the modalities of the classifier.
"""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from anymood.errors import InputError

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Bools: TypeAlias = NDArray[np.bool_]

# Larger than the errors of half-precision weights and float32 sums; smaller than those of a missing softmax.
SUM_TOLERANCE = 1e-3


def as_floats(values: ArrayLike, what: str) -> Floats:
    """Values as floats.

    Raises:
        InputError: a value is no number, or rows differ in length.
    """
    try:
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError(f"The {what} must be an array of numbers: {error}") from error


def as_weights(values: ArrayLike, size: int, what: str) -> Floats:
    """Values as finite floats of at least 0, shape (..., size).

    Raises:
        InputError: another shape, a negative value, NaN or infinity.
    """
    weights = as_floats(values, what)
    if weights.shape[-1:] != (size,):
        raise InputError(f"The {what} must have shape (..., {size}), but have shape {weights.shape}.")
    if not (np.isfinite(weights) & (weights >= 0)).all():
        raise InputError(f"The {what} must be finite numbers of at least 0.")
    return weights


def as_confusion(values: ArrayLike) -> Ints:
    """Values as a confusion matrix, (C, C).

    Raises:
        InputError: it is not square, a value is no number of posts, or there are no posts.
    """
    counts = as_floats(values, "confusion matrix")
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1]:
        raise InputError(f"The confusion matrix must have shape (classes, classes), but has shape {counts.shape}.")
    if not (counts >= 0).all() or (counts % 1).any() or not 0 < counts.sum() < np.inf:  # NaN is not at least 0
        raise InputError("The confusion matrix must contain numbers of posts, and at least one post.")
    return counts.astype(np.int64)


def check_confidence(confidence: float) -> None:
    """Check that a confidence is between 0 and 1.

    Raises:
        InputError: it is not.
    """
    if not (isinstance(confidence, int | float | np.number) and 0 < confidence < 1):
        raise InputError(f"The confidence must be between 0 and 1, such as 0.95, not {confidence!r}.")


def as_rows(values: ArrayLike, what: str) -> Floats:
    """Values as floats of shape (N, C).

    Raises:
        InputError: not numbers, not two-dimensional, no rows, or fewer than two classes.
    """
    rows = as_floats(values, what)
    if rows.ndim != 2:
        raise InputError(f"The {what} must have shape (posts, classes), but have shape {rows.shape}.")
    if not len(rows):
        raise InputError(f"There are no {what}: at least one labelled post is needed.")
    if rows.shape[1] < 2:
        raise InputError(f"The {what} have {rows.shape[1]} column(s), but a classifier has at least two classes.")
    return rows


def seen(rows: Floats, what: str) -> Bools:
    """Mask (N,) of the rows with values; the others are NaN.

    Raises:
        InputError: a row is partly NaN, or contains infinity.
    """
    absent: Bools = np.asarray(np.isnan(rows).all(axis=1))
    broken = ~np.isfinite(rows).all(axis=1) & ~absent
    if broken.any():
        raise InputError(
            f"The {what} contain NaN or infinity in row {_first(broken)}. "
            "Only whole rows of NaN are allowed, for posts that the classifier cannot predict."
        )
    return ~absent


def as_probabilities(values: ArrayLike, what: str = "probabilities") -> Floats:
    """Values as probabilities of shape (N, C); rows of NaN are allowed.

    Raises:
        InputError: a wrong shape, a negative value, or a row that does not sum to 1.
    """
    rows = as_rows(values, what)
    present = seen(rows, what)
    negative = present & (rows < 0).any(axis=1)
    if negative.any():
        raise InputError(f"The {what} contain a negative value in row {_first(negative)}. Are these logits?")
    off = present & (np.abs(rows.sum(axis=1) - 1) > SUM_TOLERANCE)
    if off.any():
        row = _first(off)
        raise InputError(f"The {what} of row {row} sum to {rows[row].sum():.4g} instead of 1. Are these logits?")
    return rows


def as_classes(values: ArrayLike, classes: int, what: str = "truth") -> Ints:
    """Values as class indices of shape (N,), each from 0 to ``classes`` - 1.

    Raises:
        InputError: not one-dimensional, empty, not integers, or out of range.
    """
    array: NDArray[Any] = np.asarray(values)
    if array.ndim != 1:
        raise InputError(f"The {what} must contain one class index per post, but has shape {array.shape}.")
    if not len(array):
        raise InputError(f"The {what} is empty: at least one labelled post is needed.")
    if not np.issubdtype(array.dtype, np.integer):
        raise InputError(f"The {what} must contain integer class indices, but contains {array.dtype}.")
    outside = (array < 0) | (array >= classes)
    if outside.any():
        row = _first(outside)
        raise InputError(f"Row {row} of the {what} is class {array[row]}, but the classes go from 0 to {classes - 1}.")
    return array.astype(np.int64)


def check_same_length(first: NDArray[Any], second: NDArray[Any], what: str) -> None:
    """Check that two arrays are of the same posts.

    Raises:
        InputError: their lengths differ.
    """
    if len(first) != len(second):
        raise InputError(f"The {what} must be of the same posts, but there are {len(first)} and {len(second)}.")


def labelled_rows(rows: Floats, truth: ArrayLike, what: str = "probabilities") -> tuple[Floats, Ints]:
    """Rows (N, C) that are not NaN, and their class indices (N,).

    Raises:
        InputError: the truth is not as for ``as_classes``, or has another length.
    """
    classes = as_classes(truth, rows.shape[1])
    check_same_length(rows, classes, f"{what} and the truth")
    present = seen(rows, what)
    return rows[present], classes[present]


def _first(mask: Bools) -> int:
    return int(np.flatnonzero(mask)[0])
