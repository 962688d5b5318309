"""Posts in a table: CSV, TSV, JSON Lines or Parquet, with any text and any image missing.

``read_rows`` streams the rows of a table of any length and needs no labels; ``read_table`` gathers
labelled ones into a corpus. A mistake in the table as a whole (no such file, no such column, a
label that does not exist) is a ``TableError``. A mistake in one row is a problem of that row: it is
named, can be counted, and never ends the reading.
"""

from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from os import PathLike
from pathlib import Path

from anymood.datasets import cells
from anymood.datasets.columns import DEFAULT_COLUMNS, Columns, describe
from anymood.datasets.corpus import Corpus, Example, RowProblem, Split, presence
from anymood.datasets.delimited import DELIMITED
from anymood.datasets.jsonlines import JSON_LINES
from anymood.datasets.lines import require_file
from anymood.datasets.parquet import PARQUET
from anymood.datasets.records import Format, Record
from anymood.errors import TableError
from anymood.labels import LabelSet
from anymood.posts import Post

FORMATS: dict[str, Format] = {
    ".csv": DELIMITED,
    ".csv.gz": DELIMITED,
    ".tsv": DELIMITED,
    ".tsv.gz": DELIMITED,
    ".jsonl": JSON_LINES,
    ".jsonl.gz": JSON_LINES,
    ".ndjson": JSON_LINES,
    ".ndjson.gz": JSON_LINES,
    ".parquet": PARQUET,
}

SPLITS: dict[str, Split] = {
    "train": "train",
    "training": "train",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "dev": "validation",
    "devel": "validation",
    "development": "validation",
    "test": "test",
    "testing": "test",
}

# Rows that an error message names before it says "and so many more".
ROWS_NAMED = 3
SHARE_ROWS = 256  # rows in a row that fall to one of those who share a table


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table.

    Attributes:
        number: which row of the data it is, from 1; the header does not count.
        where: file and line, or file and row where a file has no lines.
        post: what could be read; without text and image where nothing could. Its id is None where the row has none.
        label: as written, None where there is none.
        split: as written, None where there is none.
        values: all columns in their order, with the values as the file holds them, but for NUL bytes.
        problems: what was wrong with the row.
    """

    number: int
    where: str
    post: Post
    label: str | None
    split: str | None
    values: dict[str, object]
    problems: tuple[RowProblem, ...]


@dataclass(frozen=True, slots=True)
class Share:
    """Which rows of a table are read: every ``of``-th block of ``SHARE_ROWS`` rows, from block ``index`` on."""

    index: int = 0
    of: int = 1

    def holds(self, number: int) -> bool:
        """Whether the row of that number, from 1, is one of them."""
        return (number - 1) // SHARE_ROWS % self.of == self.index


WHOLE = Share()


def is_table(path: Path) -> bool:
    """Whether a name ends like that of a table which can be read."""
    return path.name.lower().endswith(tuple(FORMATS))


def read_rows(
    path: str | PathLike[str],
    columns: Columns = DEFAULT_COLUMNS,
    *,
    folder: Path | str | None = None,
    skip: int = 0,
    share: Share = WHOLE,
    links: bool = False,
) -> Iterator[Row]:
    """Read a table row by row, in memory that does not grow with its length.

    A text or an image is missing where the cell is
    null, NaN, empty or blank; an image also where its file is not there, which is a problem of the row.

    Args:
        path: a file whose name ends in .csv, .tsv, .jsonl or .ndjson, each also with .gz after it, or in .parquet.
        columns: the names of the columns.
        folder: where relative paths of images start, or a URL; by default the table's own.
        skip: rows at the beginning to pass over.
        share: which of the rows to read.
        links: whether URLs of images are handed on as they are; else each is a problem of its row.

    Returns:
        An iterator; the head of the table has been checked when it is returned.

    Raises:
        TableError: there is no such file, it is empty, of another kind or damaged, it lacks a column that was named,
            or it has neither a text nor an image column.
        MissingExtra: the table is Parquet, and pyarrow is not installed.
    """
    table = Path(path)
    file_format, _, columns = _open(table, columns)
    return _rows(table, file_format, columns, folder or table.parent, skip, share, links=links)


def column_names(path: str | PathLike[str], columns: Columns = DEFAULT_COLUMNS) -> list[str]:
    """Names of all columns of a table, in their order.

    Raises:
        TableError: as for ``read_rows``.
        MissingExtra: as for ``read_rows``.
    """
    return _open(Path(path), columns)[1]


def read_table(path: str | PathLike[str], labels: LabelSet | None = None, columns: Columns = DEFAULT_COLUMNS) -> Corpus:
    """Read a table of labelled posts.

    A row without a label, and one with neither text nor image, is left out and counted. A post
    without an id gets its row's number as one: ``row 7``.

    Args:
        path: as for ``read_rows``.
        labels: the labels there may be; without them, those that the table has, sorted.
        columns: as for ``read_rows``.

    Raises:
        TableError: as for ``read_rows``; or there is no label column, a label is not one of ``labels``,
            a split is not train, validation or test, an id stands twice, or no row is of use.
        MissingExtra: as for ``read_rows``.
    """
    table = Path(path)
    file_format, present, columns = _open(table, columns)
    if columns.label not in present:
        raise TableError(
            f"{table} has no label column. {describe(present, columns.label or 'label')} Name it with --label-column."
        )
    kept: list[_Labelled] = []
    problems: list[RowProblem] = []
    seen: dict[str, str] = {}
    with closing(_rows(table, file_format, columns, table.parent)) as rows:
        for row in rows:
            _require_new(row, seen)
            problems += row.problems
            lack = _lack(row)
            if lack is None:
                kept.append(_Labelled.of(row))
            else:
                problems.append(lack)
    if not kept:
        counts = Counter(problem.reason for problem in problems)
        told = ", ".join(f"{reason} ({times})" for reason, times in counts.most_common()) or "it has no rows"
        raise TableError(f"{table} has no post that can be used: {told}.")
    labels = labels or _labels_of(kept, table)
    _require_known(table, "label", [(item.label, item.where) for item in kept], labels.names)
    splits = [(item.split, item.where) for item in kept if item.split is not None]
    _require_known(table, "split", [(split.lower(), where) for split, where in splits], tuple(SPLITS))
    examples = tuple(
        Example(item.post, labels.index(item.label), None if item.split is None else SPLITS[item.split.lower()])
        for item in kept
    )
    return Corpus(table.name, labels, examples, tuple(problems))


@dataclass(frozen=True, slots=True)
class _Labelled:
    """What a corpus needs of a row."""

    post: Post
    label: str
    split: str | None
    where: str

    @classmethod
    def of(cls, row: Row) -> "_Labelled":
        post = Post(row.post.text, row.post.image, row.post.id or f"row {row.number}")
        return cls(post, row.label or "", row.split, row.where)


def _open(path: Path, columns: Columns) -> tuple[Format, list[str], Columns]:
    """The format, the names of all columns, and which of them make a post."""
    require_file(path)
    name = path.name.lower()
    found = next((FORMATS[suffix] for suffix in FORMATS if name.endswith(suffix)), None)
    if found is None:
        raise TableError(
            f"{path} is no table that can be read: its name should end in one of {', '.join(FORMATS)}. "
            "Save it as CSV in UTF-8, or give it its right suffix."
        )
    present = found.columns(path)
    return found, present, columns.resolve(present, path)


def _rows(
    path: Path,
    file_format: Format,
    columns: Columns,
    folder: Path | str,
    skip: int = 0,
    share: Share = WHOLE,
    *,
    links: bool = False,
) -> Generator[Row, None, None]:
    with closing(file_format.records(path)) as records:
        for record in islice(records, skip, None):
            if share.holds(record.number):
                yield row_of(record, columns, folder, links=links)


def row_of(record: Record, columns: Columns, folder: Path | str, *, links: bool = False) -> Row:
    """What a record says of a post.

    Args:
        record: the values of a row; its strings lose their NUL bytes.
        columns: which of them make a post, under their exact names.
        folder: as for ``read_rows``.
        links: as for ``read_rows``.
    """
    cells.clean(record)
    if record.is_mixed_up:
        return Row(record.number, record.where, Post(), None, None, record.values, tuple(record.problems))
    post = Post(
        text=cells.text_in(record, columns.text),
        image=cells.image_in(record, columns.image, folder, links=links),
        id=cells.name_in(record, columns.id),
    )
    return Row(
        number=record.number,
        where=record.where,
        post=post,
        label=cells.name_in(record, columns.label),
        split=cells.name_in(record, columns.split),
        values=record.values,
        problems=tuple(record.problems),
    )


def _lack(row: Row) -> RowProblem | None:
    """Why a row cannot be an example."""
    if presence(row.post) == "none":
        return RowProblem(row.number, row.where, "empty post", "it has neither a text nor an image; left out.")
    if row.label is None:
        return RowProblem(row.number, row.where, "no label", "it has no label; left out.")
    return None


def _require_new(row: Row, seen: dict[str, str]) -> None:
    if row.post.id is None:
        return
    first = seen.setdefault(row.post.id, row.where)
    if first != row.where:
        raise TableError(
            f"The id {row.post.id!r} stands twice: {first} and {row.where}. "
            "Give each post an id of its own, or ignore the column (--id-column '')."
        )


def _labels_of(kept: Sequence[_Labelled], path: Path) -> LabelSet:
    counts = Counter(item.label for item in kept)
    spelt: dict[str, str] = {}
    for name, _ in counts.most_common():
        usual = spelt.setdefault(name.casefold(), name)
        if usual != name:
            where = next(item.where for item in kept if item.label == name)
            raise TableError(
                f"{path} has the label {usual!r} in {counts[usual]:,} rows and {name!r} in {counts[name]:,}, first in "
                f"{where}. Write them alike."
            )
    if len(counts) < 2:
        raise TableError(f"{path} has only one label, {next(iter(counts))!r}. Telling posts apart takes at least two.")
    return LabelSet.of(counts)


def _require_known(path: Path, what: str, found: Sequence[tuple[str, str]], known: Sequence[str]) -> None:
    """Check that every name is known, and name the first rows where it is not."""
    strange = [(name, where) for name, where in found if name not in known]
    if not strange:
        return
    rows = ", ".join(f"{name!r} ({where})" for name, where in strange[:ROWS_NAMED])
    more = f" and {len(strange) - ROWS_NAMED} more" if len(strange) > ROWS_NAMED else ""
    folded = {name.casefold(): name for name in known}
    meant = folded.get(strange[0][0].casefold())
    hint = f" Did you mean {meant!r}?" if meant else ""
    none = ", or none (--split-column '')" if what == "split" else ""
    raise TableError(
        f"{path} has an unknown {what} in {len(strange)} rows: {rows}{more}. Known are: {', '.join(known)}.{hint} "
        f"Correct them, or name another column as the {what}{none}."
    )
