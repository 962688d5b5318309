"""A table of labelled posts as a corpus.

Errors of the table (no label column, an unknown label, a duplicate id) raise ``TableError``. Errors of a row are
problems of the corpus, and do not stop reading.
"""

from collections import Counter
from collections.abc import Container, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import Any

from anymood.datasets.corpus import Corpus, Example, Split, no_examples_error, presence
from anymood.datasets.label_names import folded
from anymood.errors import SettingError, TableError
from anymood.files import require_image_folder
from anymood.labels import LabelSet, require_label_set
from anymood.posts import Post, Problem, Reason
from anymood.tables.columns import DEFAULT_COLUMNS, PREFIX, Columns, is_scored
from anymood.tables.rows import Row, Table
from anymood.tables.usual_names import USUAL_SENTIMENTS, letters
from anymood.wording import plural, short_label

SPLIT_NAMES: dict[str, Split] = {
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

# Maximum number of rows that an error message lists.
ROWS_NAMED = 3


def read_table(
    path: str | PathLike[str],
    labels: LabelSet | None = None,
    columns: Columns = DEFAULT_COLUMNS,
    *,
    image_folder: str | PathLike[str] | None = None,
) -> Corpus:
    """Read a table of labelled posts.

    Rows without a label, with a label that the annotator rejected, or without text and image are excluded, and are
    problems of the corpus. Posts without an id are named after their location, such as ``line 7`` or ``row 7``, unless
    another post has that id. So are posts whose id is not new in a column with another usual name, such as ``post_id``.

    Args:
        path: as for ``read_rows``.
        labels: the allowed labels, which the table may write in other case or with other spaces, and sentiments in
            other languages, which a note lists; by default those of the table, sorted.
        columns: as for ``read_rows``; if there is no such text, image, label or id column, the only one with another
            usual name is read, and a note of the corpus says so.
        image_folder: folder that relative paths of images refer to; by default that of the table.

    Raises:
        TableError: as for ``read_rows``; or there is no label column, a label is not in ``labels``, a split is not
            train, validation or test, an id is duplicate, no row can be used, or all labels are predicted ones.
        SettingError: the folder does not exist, or an argument has another type.
        MissingExtra: as for ``read_rows``.
    """
    if labels is not None:
        require_label_set(labels)
    opened = open_labelled(path, columns, image_folder)
    table = opened.path
    are_predicted = may_be_predicted(opened)
    labelled: list[_Labelled] = []
    problems: list[Problem] = []
    seen: dict[str, str] = {}
    with closing(opened.rows()) as rows:
        for row in rows:
            problems += row.problems
            if row.is_rejected:
                continue
            post = _with_new_id(row, seen, guessed="id" in opened.guessed)
            exclusion = _exclusion(row)
            if exclusion is None:
                are_predicted = are_predicted and is_predicted(row)
                labelled.append(_Labelled(post, row.label or "", row.split, row.where))
            else:
                problems.append(exclusion)
    if not labelled:
        raise no_examples_error(table, "post", problems, if_empty="it has no rows")
    if are_predicted:
        raise TableError(
            f"All labels of {table} are predictions of a model. Give a table with labels of annotators, or name their "
            "column with --label-column or label=."
        )
    labels = labels or _labels_of(labelled, table)
    labelled, translated = _with_names_of(labels, labelled)
    _require_known(table, "label", [(item.label, item.where) for item in labelled], labels.names)
    splits = [(item.split, item.where) for item in labelled if item.split is not None]
    _require_known(table, "split", [(split.lower(), where) for split, where in splits], tuple(SPLIT_NAMES))
    examples = tuple(
        Example(
            item.named(table.name, seen),
            labels.index(item.label),
            None if item.split is None else SPLIT_NAMES[item.split.lower()],
        )
        for item in labelled
    )
    notes = tuple(f"{table.name}: {note}." for note in (*opened.notes, *translated))
    return Corpus(table.name, labels, examples, tuple(problems), notes)


def open_labelled(path: str | PathLike[str], columns: Columns, image_folder: str | PathLike[str] | None) -> Table:
    """Open a table with a label column.

    Raises:
        TableError: as for ``read_rows``; or there is no label column.
        SettingError: the folder does not exist.
        MissingExtra: as for ``read_rows``.
    """
    opened = Table(path, columns, image_folder=require_image_folder(image_folder), guess=True)
    opened.columns.require_label(opened.head.columns, path, opened.head.nested)
    return opened


@dataclass(frozen=True, slots=True)
class _Labelled:
    """A row with a label."""

    post: Post
    label: str
    split: str | None
    where: str

    def named(self, file: str, taken: Container[str]) -> Post:
        """The post, with a unique id."""
        if self.post.id is not None:
            return self.post
        place = self.where.removeprefix(file)
        name = f"line {place[1:]}" if place.startswith(":") else place.removeprefix(", ")
        while name in taken:
            name = f"{name} (no id)"
        return replace(self.post, id=name)


def _exclusion(row: Row) -> Problem | None:
    """The problem of a row that cannot be an example."""
    if presence(row.post) == "none":
        return Problem(Reason.EMPTY_POST, "it has neither a text nor an image; excluded.", row.where)
    if row.label is None:
        return Problem(Reason.NO_LABEL, "it has no label; excluded.", row.where)
    return None


def may_be_predicted(table: Table) -> bool:
    """Whether the label column may be that of predictions, by the names of the columns."""
    present = table.head.columns
    return table.columns.label == "label" and is_scored(present) and f"{PREFIX}label" not in present


def is_predicted(row: Row) -> bool:
    """Whether the label of a row is the most probable one by the columns of a prediction."""
    values: Mapping[Any, Any] = {name[2:]: value for name, value in row.values.items() if name.startswith("p_")}
    if isinstance(nested := row.values.get("probabilities"), Mapping):
        values = nested
    try:
        numbers = {name: float(value) for name, value in values.items()}
    except (TypeError, ValueError):
        return False
    return row.label in numbers and numbers[row.label] == max(numbers.values())


def _with_new_id(row: Row, seen: dict[str, str], *, guessed: bool) -> Post:
    """The post; without its id if that is not new and its column was guessed, such as ``post_id`` of comments."""
    if row.post.id is None or (first := seen.setdefault(row.post.id, row.where)) == row.where:
        return row.post
    if guessed:
        return replace(row.post, id=None)
    raise TableError(
        f"The id {row.post.id!r} occurs twice: {first} and {row.where}. "
        "Give each post a unique id, or ignore the column (--id-column '' or id=None)."
    )


def _labels_of(labelled: Sequence[_Labelled], path: Path) -> LabelSet:
    counts = Counter(item.label for item in labelled)
    spelt: dict[str, str] = {}
    for name, _ in counts.most_common():
        usual = spelt.setdefault(folded(name), name)
        if usual != name:
            where = next(item.where for item in labelled if item.label == name)
            raise TableError(
                f"{path} has the label {usual!r} in {plural(counts[usual], 'row')} and {name!r} in {counts[name]:,}, "
                f"first in {where}. Use one spelling."
            )
    if len(counts) < 2:
        raise TableError(f"{path} has only one label, {next(iter(counts))!r}. Training needs at least two labels.")
    try:
        return LabelSet.of(counts)
    except SettingError as error:
        raise TableError(f"{path}: {error}") from error


def _with_names_of(labels: LabelSet, labelled: list[_Labelled]) -> tuple[list[_Labelled], list[str]]:
    """The rows with the names of the label set, and a note on names in other languages."""
    own = {folded(name): name for name in labels}
    if len(own) < len(labels):
        return labelled, []
    named, translated = [], {}
    for item in labelled:
        name = own.get(folded(item.label))
        if name is None and (name := own.get(USUAL_SENTIMENTS.get(letters(item.label), ""))) is not None:
            translated[item.label] = name
        named.append(replace(item, label=name or item.label))
    translations = ", ".join(f"{label!r} is read as {name!r}" for label, name in translated.items())
    return named, [f"of the labels, {translations}"] if translations else []


def _require_known(path: Path, what: str, names: Sequence[tuple[str, str]], known: Sequence[str]) -> None:
    """Check that all names are known; the error lists the first rows where they are not."""
    unknown = [(name, where) for name, where in names if name not in known]
    if not unknown:
        return
    rows = ", ".join(f"{short_label(name)!r} ({where})" for name, where in unknown[:ROWS_NAMED])
    more = f" and {len(unknown) - ROWS_NAMED} more" if len(unknown) > ROWS_NAMED else ""
    none = ", or none (--split-column '' or split=None)" if what == "split" else ""
    raise TableError(
        f"{path} has an unknown {what} in {plural(len(unknown), 'row')}: {rows}{more}. "
        f"Known: {', '.join(map(short_label, known))}. Correct them, or name another {what} column{none}."
    )
