"""What a format is: one file type of tables, how it is read and how it is written."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, ClassVar, TypeAlias

from anymood.errors import SettingError
from anymood.posts import Problem, Reason

# What a column that is added to a table holds: texts, numbers, or a number under each of some names.
Kind: TypeAlias = "type[str] | type[float] | tuple[str, ...]"
# Whether some column names have a column that makes a post: tells a header from the lines before it.
HasPosts: TypeAlias = Callable[[Sequence[str]], bool]


@dataclass(slots=True)
class Record:
    """Values of one row, before they are read as a post, and the problems met so far.

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


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a CSV file is written; None is found out by its beginning.

    Attributes:
        delimiter: one character between cells.
        skip_lines: lines before the header.
        header: whether a line names the columns; else they are ``column 1``, ``column 2`` and so on.

    Raises:
        SettingError: the delimiter cannot be one, or fewer than 0 lines are to be skipped.
    """

    delimiter: str | None = None
    skip_lines: int | None = None
    header: bool = True

    def __post_init__(self) -> None:
        if self.delimiter is not None and (len(self.delimiter) != 1 or self.delimiter in '"\r\n'):
            raise SettingError(f"The delimiter {self.delimiter!r} cannot be one. Give a single character, such as ';'.")
        if self.skip_lines is not None and self.skip_lines < 0:
            raise SettingError(f"{self.skip_lines} lines cannot be skipped. Give 0 or more.")


@dataclass(frozen=True, slots=True)
class Head:
    """What the beginning of a table tells.

    Attributes:
        columns: names of the columns, each once, in their order.
        nested: names of values within columns that hold objects, such as ``record.text``.
        repeated: names that more than one column of the file has; ``unique`` tells them apart.
        schema: Arrow's types of the columns, None where the file has no types.
        delimiter: between cells, None where the file is no CSV.
        mark: whether it begins with a byte order mark.
        notes: what was assumed about the file, to be told to its user.
        details: what the format needs to know to read the rows.
    """

    columns: tuple[str, ...]
    nested: frozenset[str] = frozenset()
    repeated: frozenset[str] = frozenset()
    schema: Any = None
    delimiter: str | None = None
    mark: bool = False
    notes: tuple[str, ...] = ()
    details: Any = None


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of a table to be written.

    Attributes:
        columns: those that the rows had before.
        added: those that are added behind them.
        schema: Arrow's types of the former, where they are known.
        delimiter: between cells of CSV.
        mark: whether CSV begins with a byte order mark.
    """

    columns: tuple[str, ...]
    added: Mapping[str, Kind] = field(default_factory=dict)
    schema: Any = None
    delimiter: str = ","
    mark: bool = False

    def flat_names(self) -> list[str]:
        """All names where a cell holds a single value: ``text_scores.positive`` for a number under a name."""
        added = [
            [name] if isinstance(kind, type) else [f"{name}.{part}" for part in kind]
            for name, kind in self.added.items()
        ]
        return [*self.columns, *(name for names in added for name in names)]

    def flat_values(self, values: Mapping[str, object]) -> list[object]:
        """The values of the columns that are added, in the order of ``flat_names``."""
        found: list[object] = []
        for name, kind in self.added.items():
            value: Any = values.get(name)
            if isinstance(kind, type):
                found.append(value)
            else:
                found += [None] * len(kind) if value is None else map(value.get, kind)
        return found


class Writer(ABC):
    """Appends rows to a file.

    After ``flush`` the file may be cut off at its length and be continued later, by another writer that is told not to
    begin: resuming a job depends on this. A format that cannot be appended to keeps its rows in a file of another kind,
    of which ``finish`` makes the table.

    Args:
        file: open for writing bytes; it is not closed.
        layout: the columns.
        begin: whether the file is new; else it holds rows already, and more are appended.

    Attributes:
        suffix: of the file that is appended to.
    """

    suffix: ClassVar[str]

    def __init__(self, file: IO[bytes], layout: Layout, *, begin: bool = True) -> None:
        self._file = file
        self._layout = layout
        self._columns = dict.fromkeys(layout.columns)

    @abstractmethod
    def write(self, values: Mapping[str, object], added: Mapping[str, object]) -> None:
        """Add a row: the values that it had before, and those of the columns that are added."""

    def lost(self, values: Mapping[str, object]) -> list[str]:
        """Keys of a row that have no column, and so no place in the table."""
        return [name for name in values if name not in self._columns]

    def flush(self) -> None:
        """Hand what is still held back to the file."""
        self._file.flush()

    def finish(self, partial: Path) -> Path:
        """Make the table of a file that holds all rows; it may be the same, or another one beside it."""
        return partial


class Format(ABC):
    r"""One file type of tables.

    A format of your own derives from this class and is registered by its name::

        @register
        class Texts(Format):
            name = "texts"
            description = "a text a line"
            suffixes = (".texts",)

            def head(self, path, dialect, has_posts):
                return Head(columns=("text",))

            def records(self, path, head):
                for line in read_lines(path):
                    yield Record(line.number, f"{path.name}:{line.number}", {"text": line.text.rstrip("\r\n")})

    Attributes:
        name: what ``--format`` calls it.
        description: what it is, in one line.
        suffixes: how names of its files end, the usual one first; the registry adds those of compressed files.
        compressible: whether its files may be compressed as a whole.
        streamed: whether the beginning of a file is enough for ``head``.
        writer: how rows are written; None where the format is only read.
    """

    name: ClassVar[str]
    description: ClassVar[str]
    suffixes: ClassVar[tuple[str, ...]]
    compressible: ClassVar[bool] = True
    streamed: ClassVar[bool] = True
    writer: ClassVar[type[Writer] | None] = None

    @abstractmethod
    def head(self, path: Path, dialect: Dialect, has_posts: HasPosts) -> Head:
        """Read the beginning of a file, which is closed again.

        Args:
            path: the file.
            dialect: what is known of a CSV file; other formats ignore it.
            has_posts: see ``HasPosts``.

        Raises:
            TableError: it is damaged, of another type, or has no columns.
            MissingExtra: it cannot be read without an optional dependency.
        """

    @abstractmethod
    def records(self, path: Path, head: Head) -> Generator[Record, None, None]:
        """The rows, one after the other, numbered from 1.

        Raises:
            TableError: the file is damaged; the rows before have been given.
        """

    def count(self, path: Path) -> int:
        """About how many rows there are, 0 where that is not known; nothing is raised for a damaged file."""
        del path
        return 0


def unique(names: Sequence[str]) -> tuple[tuple[str, ...], frozenset[str]]:
    """Names with those that stand again numbered, ``likes_2``; and which these are."""
    taken = set(names)
    seen: set[str] = set()
    found: list[str] = []
    repeated = set()
    for name in names:
        free, number = name, 2
        if name in seen:
            repeated.add(name)
            while free in taken:
                free, number = f"{name}_{number}", number + 1
            taken.add(free)
        seen.add(name)
        found.append(free)
    return tuple(found), frozenset(repeated)
