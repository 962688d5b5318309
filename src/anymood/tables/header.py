"""The names of the columns of a table: the header among the first rows, and unique names."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from anymood.tables.format import HasPosts
from anymood.tables.usual_names import OTHER_TEXTS, letters
from anymood.wording import plural

T = TypeVar("T")

_IMPORT_ID = re.compile(r'\{\s*"ImportId"\s*:')  # of Qualtrics
_NAMES_OF_TYPES = (
    r"(?:str|string|text|(?:n?var)?char|character|int(?:eger|8|16|32|64)?|bigint|smallint|float(?:32|64)?|double|"
    r"numeric|decimal|bool(?:ean)?|date|datetime|timestamp|object|uuid|json)(?:\([\d, ]+\))?"
)
# A row of types: among several cells all of them, or in parentheses; alone only in parentheses.
_TYPE = re.compile(rf"{_NAMES_OF_TYPES}|\([^()]+\)", re.IGNORECASE)
_TYPE_ALONE = re.compile(rf"\({_NAMES_OF_TYPES}\)|n?varchar\(\d+\)", re.IGNORECASE)
MIN_MERGED = 2  # blank cells in a header of merged cells; one may be that of an unnamed index


def numbered_names(count: int) -> tuple[str, ...]:
    """Names of the columns of a table without a header."""
    return tuple(f"column {number}" for number in range(1, count + 1))


def skipped_note(count: int, noun: str) -> str:
    """A note for the user on lines or rows before the header that were skipped."""
    return f"{plural(count, noun)} before the column names skipped (--skip-lines or skip_lines= sets their number)"


def find_header(rows: Iterable[T], cells: Callable[[T], Sequence[str]], has_posts: HasPosts) -> tuple[T, int] | None:
    """The header among the first rows of a table, and the number of rows before it; None if all are blank.

    It is the first row with posts that has more cells than the rows before it, which are a preamble, as social
    listening tools write it; or else the first row below one of merged cells; or else the first one. If it is itself
    one of merged cells, the header is the row below it.

    Args:
        rows: the first rows.
        cells: returns the cells of a row, "" where blank.
        has_posts: see ``HasPosts``.
    """
    first: tuple[T, int] | None = None
    merged: tuple[T, int] | None = None
    above: Sequence[str] = ()
    widest = 0
    numbered = enumerate(rows)
    for number, row in numbered:
        names = cells(row)
        filled = sum(map(bool, names))
        if filled > widest and has_posts(names):
            after, below = next(numbered, (number, row))
            return (below, after) if _are_names_below(names, cells(below), has_posts) else (row, number)
        if filled > widest > 0 and merged is None and _are_names_below(above, names, has_posts):
            merged = row, number
        if filled:
            first = first or (row, number)
            above, widest = names, max(widest, filled)
    return merged or first


def _are_names_below(names: Sequence[str], below: Sequence[str], has_posts: HasPosts) -> bool:
    """Whether the cells of a row are merged, such as "Post" and "Metrics", above the names of the columns.

    Titles and descriptions below it count as posts, as in exports from LinkedIn.
    """
    blank = len(below) - sum(map(bool, names))
    return (
        blank >= MIN_MERGED
        and len(names) <= len(below) == len(set(below))
        and all(name and not name[0].isdigit() for name in below)
        and (has_posts(below) or any(OTHER_TEXTS.fullmatch(letters(name)) for name in below))
    )


def rows_of_header(rows: Sequence[Mapping[str, object]]) -> int:
    """Number of rows directly below the header that describe the columns: their types, or Qualtrics' questions and ids.

    Only rows that cannot be posts count: each cell is an object with ``ImportId``, or each of several is a type or in
    parentheses.

    Args:
        rows: values of the first rows.
    """
    for number, row in enumerate(rows[:2], 1):
        cells = [cell.strip() if isinstance(cell, str) else "" for cell in row.values()]
        filled = [cell for cell in cells if cell]
        if filled and all(_IMPORT_ID.match(cell) for cell in filled):
            return number  # the questions are above the ids
        if number == 1 and cells and all(map(_TYPE.fullmatch if len(cells) > 1 else _TYPE_ALONE.fullmatch, cells)):
            return 1
    return 0


def unique(names: Sequence[str]) -> tuple[tuple[str, ...], frozenset[str]]:
    """Unique names, with repeated ones numbered as ``likes_2``; and the names that were repeated."""
    taken = set(names)
    seen: set[str] = set()
    result: list[str] = []
    repeated = set()
    for name in names:
        free, number = name, 2
        if name in seen:
            repeated.add(name)
            while free in taken:
                free, number = f"{name}_{number}", number + 1
            taken.add(free)
        seen.add(name)
        result.append(free)
    return tuple(result), frozenset(repeated)
