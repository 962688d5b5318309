"""Rows of a labelled table, read without raising for invalid rows."""

from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from anymood.checking.findings import EXAMPLES, RowExample
from anymood.datasets.corpus import presence
from anymood.datasets.labelled_table import SPLIT_NAMES, is_predicted, may_be_predicted, open_labelled
from anymood.errors import TableError
from anymood.posts import Post, Problem
from anymood.tables.columns import Columns
from anymood.wording import plural, shorten

EXCERPT = 80  # characters of a text that is shown


@dataclass(frozen=True, slots=True)
class CheckedRow:
    """A labelled post.

    Attributes:
        where: file and line.
        post: a post with a text, an image, or both.
        label: the label as written.
        split: train, validation or test; another name as written; "" if none is given.
    """

    where: str
    post: Post
    label: str
    split: str

    def example(self, detail: str = "") -> RowExample:
        """The row as an example of a finding."""
        shown = shorten(self.post.text or "", EXCERPT)
        image = self.post.image
        return RowExample(self.where, shown or (str(image) if isinstance(image, str | PathLike) else "image"), detail)


@dataclass(frozen=True, slots=True)
class CheckedTable:
    """All rows of a table.

    Attributes:
        name: name of the file.
        total: number of rows.
        rows: rows with a label and a text or an image.
        empty: rows with neither a text nor an existing image, each with its problems.
        unlabelled: rows without a label.
        repeated: duplicate ids, with their rows.
        problems: problems of reading rows.
        are_predicted: whether all labels are predictions of a model.
        notes: assumptions about the table.
    """

    name: str
    total: int
    rows: tuple[CheckedRow, ...]
    empty: tuple[RowExample, ...]
    unlabelled: tuple[CheckedRow, ...]
    repeated: dict[str, list[str]]
    problems: tuple[Problem, ...]
    are_predicted: bool
    notes: tuple[str, ...]

    def label_counts(self) -> Counter[str]:
        """Number of posts of each label."""
        return Counter(row.label for row in self.rows)


def read_checked_table(
    path: str | PathLike[str], columns: Columns, image_folder: str | PathLike[str] | None
) -> CheckedTable:
    """Read all rows.

    Raises:
        TableError: the table cannot be read, has no label column, or no row with a label.
        SettingError: the folder of images does not exist.
    """
    opened = open_labelled(path, columns, image_folder)
    rows: list[CheckedRow] = []
    unlabelled: list[CheckedRow] = []
    empty: list[RowExample] = []
    ids: dict[str, list[str]] = {}
    problems: list[Problem] = []
    are_predicted = may_be_predicted(opened)
    total = 0
    with closing(opened.rows()) as read:
        for row in read:
            total += 1
            problems += row.problems
            if row.is_rejected:
                continue
            if row.post.id is not None and "id" not in opened.guessed:
                ids.setdefault(row.post.id, []).append(row.where)
            split = (row.split or "").strip()
            checked = CheckedRow(row.where, row.post, row.label or "", SPLIT_NAMES.get(split.lower(), split))
            if presence(row.post) == "none":
                empty.append(RowExample(row.where, " ".join(problem.message for problem in row.problems)))
            else:
                (rows if row.label is not None else unlabelled).append(checked)
                are_predicted = are_predicted and (row.label is None or is_predicted(row))
    if not rows:
        rejected = total - len(unlabelled) - len(empty)
        first = f" The first: {empty[0].where}: {empty[0].text}" if empty and empty[0].text else ""
        raise TableError(
            f"{path} has no labelled post: {plural(total, 'row')}, {len(unlabelled):,} without a label, {rejected:,} "
            f"rejected by the annotator, {len(empty):,} with neither a text nor an image.{first}"
        )
    repeated = {name: places for name, places in ids.items() if len(places) > 1}
    return CheckedTable(
        Path(path).name,
        total,
        tuple(rows),
        tuple(empty),
        tuple(unlabelled),
        repeated,
        tuple(problems),
        are_predicted,
        opened.notes,
    )


def places(wheres: Sequence[str]) -> str:
    """Locations in one file, with its name once: ``posts.csv:3, 34, 91``."""
    file = wheres[0][: wheres[0].rfind(":") + 1]
    return ", ".join([wheres[0], *(where.removeprefix(file) for where in wheres[1:])])


def first(rows: Sequence[CheckedRow], detail: str = "") -> tuple[RowExample, ...]:
    """The first rows as examples."""
    return tuple(row.example(detail) for row in rows[:EXAMPLES])
