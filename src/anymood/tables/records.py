"""A record: the values of one row under the names of their columns, before they are read as a post."""

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from anymood.posts import Problem, Reason


@dataclass(slots=True)
class Record:
    """Values of one row, and the problems met so far.

    Attributes:
        number: which row of the data it is, from 1; the header does not count.
        where: file and line, or file and row where a file has no lines.
        values: column name to value; empty where the row cannot be told into columns.
        problems: in the order they were met.
        is_mixed_up: whether a value may stand under another column's name, so that no post can be made of them.
    """

    number: int
    where: str
    values: dict[str, object]
    problems: list[Problem] = field(default_factory=list)
    is_mixed_up: bool = False

    def add_problem(self, reason: Reason, message: str) -> None:
        """Note that something is wrong with this row."""
        self.problems.append(Problem(reason, message, self.where))


class Format(NamedTuple):
    """How files of one kind are read.

    Attributes:
        columns: names of the columns, read from the file's head, which is closed again.
        records: the rows, one after the other.
    """

    columns: Callable[[Path], list[str]]
    records: Callable[[Path], Generator[Record, None, None]]
