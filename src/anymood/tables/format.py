"""The interface of a table format: how a file type is read and written."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import IO, Any, ClassVar, TypeAlias

from anymood.errors import SettingError
from anymood.posts import Problem, Reason

# Content of a column that is added to a table: texts, numbers, or one number for each of some names.
Kind: TypeAlias = "type[str] | type[float] | tuple[str, ...]"
# Whether some column names include a text or an image column. Distinguishes the header from the lines before it.
HasPosts: TypeAlias = Callable[[Sequence[str]], bool]


@dataclass(slots=True)
class Record:
    """The values of one row before they are converted to a post, and the problems so far.

    Attributes:
        number: number of the row, from 1, without the header.
        where: file and line, or file and row for formats without lines.
        values: value of each column; empty if the row cannot be assigned to columns.
        problems: problems in the order they were found.
        is_mixed_up: whether values may not be those of their columns, so that no post can be made of them.
    """

    number: int
    where: str
    values: dict[str, object]
    problems: list[Problem] = field(default_factory=list)
    is_mixed_up: bool = False

    def add_problem(self, reason: Reason, message: str) -> None:
        """Add a problem of the row."""
        self.problems.append(Problem(reason, message, self.where))

    def repeat_header(self, what: str = "repeats the names of the columns") -> None:
        """Note that the values are the names of the columns or belong to them, so that no post is made of them."""
        self.is_mixed_up = True
        self.add_problem(Reason.REPEATED_HEADER, f"it {what}, so it is not read as a post. Remove the row.")


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a file without types is written. None means that it is detected.

    Attributes:
        delimiter: one character between cells.
        skip_lines: number of lines or rows before the header.
        header: whether there is a header; otherwise columns are named ``column 1``, ``column 2`` and so on.

    Raises:
        SettingError: the delimiter is invalid, or ``skip_lines`` is not an integer of at least 0.
    """

    delimiter: str | None = None
    skip_lines: int | None = None
    header: bool = True

    def __post_init__(self) -> None:
        sign, lines = self.delimiter, self.skip_lines
        if not isinstance(sign, str | None) or (sign is not None and (len(sign) != 1 or sign in '"\r\n')):
            raise SettingError(f"The delimiter {sign!r:.80} is invalid. Give a single character, such as ';'.")
        if not isinstance(lines, int | None) or (lines is not None and lines < 0):
            raise SettingError(f"{lines!r:.80} lines cannot be skipped. Give an integer of at least 0.")

    def given(self) -> list[str]:
        """Names of the parts that are not detected."""
        return [part.name for part in fields(self) if getattr(self, part.name) != part.default]


def require_dialect(value: object) -> None:
    """Check that a dialect is given as ``Dialect``.

    Raises:
        SettingError: it is not.
    """
    if not isinstance(value, Dialect):
        raise SettingError(
            f"The dialect is a Dialect of anymood.tables, such as Dialect(delimiter=';'), not a {type(value).__name__}."
        )


@dataclass(frozen=True, slots=True)
class Head:
    """The beginning of a table.

    Attributes:
        columns: unique names of the columns, in order.
        nested: names of values within columns of objects, such as ``record.text``.
        repeated: names of several columns, which ``unique`` numbers.
        schema: Arrow types of the columns, None if the file has no types.
        delimiter: delimiter of CSV, else None.
        mark: whether the file begins with a byte order mark.
        notes: assumptions to show to the user.
        details: data that the format needs to read the rows.
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
    """The columns of an output table.

    Attributes:
        columns: columns of the input.
        added: columns that are added after them.
        schema: Arrow types of the input columns, where known.
        delimiter: delimiter of CSV.
        mark: whether CSV begins with a byte order mark.
    """

    columns: tuple[str, ...]
    added: Mapping[str, Kind] = field(default_factory=dict)
    schema: Any = None
    delimiter: str = ","
    mark: bool = False

    def flat_names(self) -> list[str]:
        """Names of all columns if cells contain single values, such as ``text_scores.positive``."""
        added = [
            [name] if isinstance(kind, type) else [f"{name}.{part}" for part in kind]
            for name, kind in self.added.items()
        ]
        return [*self.columns, *(name for names in added for name in names)]

    def flat_values(self, values: Mapping[str, object]) -> list[object]:
        """The values of the added columns, in the order of ``flat_names``."""
        flat: list[object] = []
        for name, kind in self.added.items():
            value: Any = values.get(name)
            if isinstance(kind, type):
                flat.append(value)
            else:
                flat += [None] * len(kind) if value is None else map(value.get, kind)
        return flat


class Writer(ABC):
    """Appends rows to a file.

    After ``flush`` the file may be truncated to its length and continued by another writer with ``begin=False``, so
    that jobs can resume. A format without appending writes rows to a file of another format, which ``finish``
    converts.

    Args:
        file: binary file to write to; it is not closed.
        layout: the columns.
        begin: whether the file is new; otherwise rows are appended to it.

    Attributes:
        suffix: suffix of the file that is appended to.
    """

    suffix: ClassVar[str]

    def __init__(self, file: IO[bytes], layout: Layout, *, begin: bool = True) -> None:
        self._file = file
        self._layout = layout
        self._columns = dict.fromkeys(layout.columns)

    @abstractmethod
    def write(self, values: Mapping[str, object], added: Mapping[str, object]) -> None:
        """Append a row: the values of its columns, and those of the added columns."""

    def lost(self, values: Mapping[str, object]) -> list[str]:
        """Keys of a row that have no column."""
        known = self._columns.keys()
        return [] if values.keys() <= known else [name for name in values if name not in known]

    def flush(self) -> None:
        """Write buffered rows to the file."""
        self._file.flush()

    def finish(self, partial: Path) -> Path:
        """Convert a file with all rows to the table; returns its path, which may be the same."""
        return partial


class Format(ABC):
    r"""A file type of tables.

    To add a format, derive from this class and register it::

        @register
        class Texts(Format):
            name = "texts"
            description = "a text per line"
            suffixes = (".texts",)

            def head(self, path, dialect, has_posts):
                return Head(columns=("text",))

            def records(self, path, head):
                for line in read_lines(path):
                    yield Record(line.number, f"{path.name}:{line.number}", {"text": line.text.rstrip("\r\n")})

    Attributes:
        name: value of ``--format``.
        description: description in one line.
        suffixes: suffixes of its files, the usual one first; the registry adds those of compressed files.
        compressible: whether its files may be compressed.
        streamed: whether ``head`` needs only the beginning of a file.
        dialect: names of the fields of ``Dialect`` that apply to its files; others are errors.
        writer: writer of the format; None if it can only be read.
    """

    name: ClassVar[str]
    description: ClassVar[str]
    suffixes: ClassVar[tuple[str, ...]]
    compressible: ClassVar[bool] = True
    streamed: ClassVar[bool] = True
    dialect: ClassVar[frozenset[str]] = frozenset()
    writer: ClassVar[type[Writer] | None] = None

    @abstractmethod
    def head(self, path: Path, dialect: Dialect, has_posts: HasPosts) -> Head:
        """Read the beginning of a file.

        Args:
            path: path of the file.
            dialect: how it is written; only fields that apply to the format are given.
            has_posts: see ``HasPosts``.

        Raises:
            TableError: it is damaged, of another type, or has no columns.
            MissingExtra: the format needs an optional dependency.
        """

    @abstractmethod
    def records(self, path: Path, head: Head) -> Generator[Record, None, None]:
        """The rows in order, numbered from 1.

        Raises:
            TableError: the file is damaged; the rows before the damage are yielded first.
        """

    def count(self, path: Path) -> int:
        """Approximate number of rows, 0 if unknown. Never raises."""
        del path
        return 0
