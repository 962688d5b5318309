"""Reads the posts of a report from tables, folders or a data frame, and scores them if necessary."""

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from anymood.errors import SettingError, TableError
from anymood.jobs.inputs import FILE, STANDARD_INPUT, ReadOptions
from anymood.jobs.job import input_paths
from anymood.jobs.opening import open_inputs
from anymood.jobs.table_files import STANDARD_INPUT_NAME
from anymood.labels import LabelSet
from anymood.progress import Update
from anymood.reporting.score_columns import ScoreColumns
from anymood.reporting.scored import PostCollector, ScoredPosts
from anymood.reporting.times import STEPS, candidates
from anymood.runtime.batches import TEXT_WINDOW
from anymood.runtime.reading import is_frame, is_missing
from anymood.runtime.results import predicted_rows
from anymood.tables.column_names import describe
from anymood.tables.format import Record
from anymood.tables.rows import FIRST_ROWS, Row, row_of
from anymood.wording import listed, plural

if TYPE_CHECKING:
    from anymood.runtime.predictor import Model

NO_TEXTS = (
    "The posts were predicted from texts, but no column is read as the text, so the report has no words. "
    "Name it with --text-column or text=."
)
OTHER_TEXTS = (
    "{} predicted from texts in other columns than the one that is read as the text, so the report's words leave them "
    "out. Name all these columns, such as --text-column text+content or text='text+content'."
)
FRAMES = "A data frame of pandas, Polars or PyArrow is also supported."
Progress: TypeAlias = Callable[[Callable[[], int]], AbstractContextManager[Update]]


class Origin(NamedTuple):
    """Where a row is from: the name of an input, and the names of its columns."""

    name: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RowSource:
    """Rows, and what is known before reading them.

    Attributes:
        name: description of the input.
        columns: names of the columns.
        rows: returns the rows, each with its origin; called once.
        count: approximate number of rows.
        notes: assumptions about the input.
        nested: names of values within columns, those beside the text first.
        starts: index of the first row of each input, by its name, if there are several; complete after ``rows``.
    """

    name: str
    columns: tuple[str, ...]
    rows: Callable[[], Iterator[tuple[Origin, Row]]]
    count: Callable[[], int]
    notes: tuple[str, ...] = ()
    nested: tuple[str, ...] = ()
    starts: dict[str, int] = field(default_factory=dict)


class ReadPosts(NamedTuple):
    """The posts of a report.

    Attributes:
        posts: the posts with their scores.
        source: the input.
        names: the exact name of each wanted column.
        are_new: whether they were scored for this report.
    """

    posts: ScoredPosts
    source: RowSource
    names: Mapping[str, str]
    are_new: bool


def read_scored(
    posts: Any,
    load: Callable[[], "Model"],
    labels: Any,
    options: ReadOptions,
    wanted: Sequence[str],
    progress: Progress,
) -> ReadPosts:
    """Read posts with scores.

    Args:
        posts: a path, several paths, or a data frame.
        load: returns the model; called if the posts are not scored.
        labels: labels of that model.
        options: how they are read.
        wanted: names of other columns to keep, regardless of case.
        progress: called with the number of posts; returns a context manager, whose value is called with the number of
            finished posts.

    Raises:
        TableError: a table cannot be read, only some rows are scored, or the tables were scored with different labels.
        SettingError: a wanted column is missing.
        MissingExtra: the format of a table needs an optional dependency.
    """
    with tempfile.TemporaryDirectory() as folder:
        source = _frame_source(posts, options) if is_frame(posts) else _file_source(posts, options, Path(folder))
        names = {name: _exact_name(name, source) for name in wanted}
        rows = source.rows()
        first = next(rows, None)
        objects = {name.rpartition(".")[0] for name in source.nested}
        values = dict.fromkeys(source.columns) | ({} if first is None else first[1].values)
        values = {name: value for name, value in values.items() if name not in objects}
        times = [*candidates(values), *candidates(dict.fromkeys(source.nested))]
        keep = list(dict.fromkeys([*names.values(), *times]))
        if first is None:
            return ReadPosts(PostCollector(labels, keep).finish(), source, names, are_new=False)
        rows = chain([first], rows)
        found = (ScoreColumns.find(columns, first[1].values, labels) for columns in (first[0].columns, source.columns))
        scores = next(filter(None, found), None)
        if scores is not None:
            collector = PostCollector(scores.labels, keep)
            for row, columns in _with_scores(rows, scores.labels):
                collector.add_scored(row, columns)
            scored = collector.finish()
            used_texts = zip(scored.used, scored.texts, strict=True)
            if unread := sum(used in ("text", "both") and not text for used, text in used_texts):
                were = f"{plural(unread, 'post')} {'was' if unread == 1 else 'were'}"
                note = OTHER_TEXTS.format(were) if any(scored.texts) else NO_TEXTS
                source = replace(source, notes=(*source.notes, note))
            return ReadPosts(scored, source, names, are_new=False)
        model = load()
        collector = PostCollector(model.labels, keep)
        with progress(source.count) as update:
            update(0)
            numbered = enumerate((row for _, row in rows), 1)
            for done, row, prediction in predicted_rows(model, numbered, TEXT_WINDOW):
                collector.add(row, prediction)
                update(done)
        return ReadPosts(collector.finish(), source, names, are_new=True)


def _with_scores(rows: Iterator[tuple[Origin, Row]], labels: LabelSet) -> Iterator[tuple[Row, ScoreColumns]]:
    """Rows of scored tables, each with the columns of its scores.

    Raises:
        TableError: a row is not scored, or a table has other labels than ``labels``, those of the first one.
    """
    names: list[str] = []
    scores: ScoreColumns | None = None
    for origin, row in rows:
        if origin.name not in names[-1:]:
            names.append(origin.name)
            scores = ScoreColumns.find(origin.columns, row.values, labels)
        if scores is None or is_missing(row.values.get(scores.used)):
            raise TableError(
                f"{row.where} is not predicted, but other rows are. Predict it first, or report on "
                "the tables separately."
            )
        if scores.labels != labels:
            raise TableError(
                f"{names[0]} was scored with the labels {', '.join(labels)}, but {origin.name} with "
                f"{', '.join(scores.labels)}. Make a report for each model, with --model or model=."
            )
        yield row, scores


def _exact_name(name: str, source: RowSource) -> str:
    """A column by its name, regardless of case if that is unambiguous.

    Raises:
        SettingError: it does not exist, or contains objects.
    """
    if within := sorted(other for other in source.nested if other.startswith(f"{name}.")):
        raise SettingError(f"{name!r} contains objects in {source.name}. Name a value in them: {listed(within)}.")
    if name in source.columns or name in source.nested:
        return name
    alike = [other for other in source.columns if other.casefold() == name.casefold()]
    if len(alike) == 1:
        return alike[0]
    raise SettingError(
        f"There is no column {name!r} in {source.name}. {describe(source.columns, name)}{_hint(name, source.columns)}"
    )


def _hint(name: str, present: Sequence[str]) -> str:
    """What may be meant by a name that is not that of a column."""
    parts = [part.strip() for part in name.split(",")]
    if (period := name.casefold()) in STEPS:
        return f" Shares by {period} are shown with --every {period} or every={period!r}."
    if name == FILE:
        return " 'file' compares several tables: name all of them, or predict them together with --output."
    if len(parts) > 1 and set(parts) <= set(present):
        return f" Name each column on its own: {' '.join(f'--by {part!r}' for part in parts)} or by={parts}."
    return ""


def _file_source(posts: Any, options: ReadOptions, folder: Path) -> RowSource:
    first, *others = paths = input_paths(posts, FRAMES)
    inputs = open_inputs(paths, options, folder)
    if others:
        description = f"{first} and {len(others)} more"
    else:
        description = STANDARD_INPUT_NAME if first in STANDARD_INPUT else Path(first).name

    names = [file or part.name for file, part in zip(inputs.files, inputs.parts, strict=True)]
    starts: dict[str, int] = {}

    origins = [Origin(part.name, part.columns) for part in inputs.parts]

    def rows() -> Iterator[tuple[Origin, Row]]:
        posts = (each for each in inputs.rows() if each[1].is_post)  # not a notice of an archive
        for index, (position, row) in enumerate(posts):
            if len(names) > 1:
                starts.setdefault(names[position.part], index)
            yield origins[position.part], row

    nested = tuple(dict.fromkeys(name for part in inputs.parts for name in part.nested))
    return RowSource(description, inputs.columns, rows, inputs.count, tuple(inputs.notes), nested, starts)


def _frame_source(posts: Any, options: ReadOptions) -> RowSource:
    import narwhals

    from anymood.runtime.frames import require_distinct_columns

    require_distinct_columns(posts)
    try:
        frame = narwhals.from_native(posts)
    except TypeError as error:
        raise SettingError(f"A report cannot be made from {type(posts).__name__}. {FRAMES}") from error
    if isinstance(frame, narwhals.LazyFrame):
        frame = frame.collect()
    present = tuple(map(str, frame.columns))
    name = "a data frame"
    origin = Origin(name, present)
    columns = options.columns.resolve(present, name, guess=True, scored=True)

    def rows() -> Iterator[tuple[Origin, Row]]:
        for number, row in enumerate(frame.iter_rows(named=True), 1):
            # NaN, NA and NaT of pandas are missing; texts are read as in tables.
            values = {
                str(key): value if isinstance(value, str) or not is_missing(value) else None
                for key, value in row.items()
            }
            yield origin, row_of(Record(number, f"row {number}", values), columns, options.image_folder or Path())

    first = frame.head(FIRST_ROWS).iter_rows(named=True)
    assumptions = options.columns.notes(columns, present, option="{}=", rows=first, images=options.images)
    notes = tuple(f"{name}: {note}." for note in assumptions)
    return RowSource(name, present, rows, lambda: len(frame), notes)
