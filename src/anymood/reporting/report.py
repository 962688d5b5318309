"""``anymood.report``: a report from files or a data frame, a model, and optional labelled posts."""

import os
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import islice
from typing import Any, NamedTuple

import numpy as np

from anymood.datasets.labelled_table import read_table
from anymood.errors import InputError, SettingError
from anymood.evaluation.arrays import Floats
from anymood.export.quantifiers import quantifiers_of
from anymood.files import require_image_folder
from anymood.jobs.inputs import ReadOptions
from anymood.posts import Post
from anymood.progress import no_progress
from anymood.reporting.analysis import ReportOptions, analyse
from anymood.reporting.correction import NOTHING_KNOWN, Correction, correction_of
from anymood.reporting.reading import Progress, read_scored
from anymood.reporting.results import UNKNOWN, Report
from anymood.reporting.scored import ScoredPosts
from anymood.reporting.times import STEPS, Step
from anymood.runtime.bundle import Bundle
from anymood.runtime.finding import BUNDLED, bundled_names, find_bundle
from anymood.runtime.frames import RENAME
from anymood.runtime.predictor import Model
from anymood.tables.columns import DEFAULT_COLUMNS, Columns
from anymood.tables.format import Dialect
from anymood.tables.rows import DEFAULT_DIALECT
from anymood.wording import plural

COMPARED_TEXTS = 32  # texts of a scored table that are predicted again to check the model
COMPARED_INPUTS = 32  # of several inputs, evenly spaced
ROUNDING = 0.005  # of probabilities with two decimals
MAX_FACTOR = 1.25  # of the median difference: on other processors up to 1.15, of other models 2


def report(
    posts: Any,
    *,
    model: str | os.PathLike[str] | Model = "sentiment",
    by: str | Sequence[str] | None = (),
    created: str | None = None,
    every: Step | None = None,
    labelled: str | os.PathLike[str] | None = None,
    text: str = "text",
    image: str = "image",
    id: str = "id",
    label: str = "label",
    image_folder: str | os.PathLike[str] | None = None,
    dialect: Dialect = DEFAULT_DIALECT,
    format: str | None = None,
    use_alt_text: bool = False,
    title: str = "",
    thumbnails: bool = True,
    threads: int | None = None,
    engine: str | None = None,
    progress: Progress = no_progress,
) -> Report:
    """Report on many posts: shares over time and by group with intervals, words, copies, and examples.

    ::

        report = anymood.report("scored.csv", by="campaign")
        report.save("report.html")

    Args:
        posts: a table, a folder of images, or several; or a data frame of pandas, Polars or PyArrow. Posts without
            the columns of ``anymood predict`` are scored.
        model: the model that scored the posts, or scores them: a loaded model, or an argument of ``load``. If posts
            were scored with a ``prior``, load the model with that prior.
        by: columns to group by; ``"file"`` is the name of the file, if there are several, also if they were predicted
            into one table.
        created: column with the times of the posts, "" for none; by default found by its name.
        every: ``"hour"``, ``"day"``, ``"week"`` or ``"month"``; by default chosen by the time span.
        labelled: a table of labelled posts from the same population, for the correction of the shares for the model's
            errors; by default the validation posts of a model that you trained.
        text: column with the text.
        image: column with the image.
        id: column with the ids of the posts.
        label: column with the labels in ``labelled``.
        image_folder: folder that relative paths of images refer to; by default that of the table.
        dialect: dialect of CSV files.
        format: name of the format of the files, as ``anymood formats`` lists them; by default detected.
        use_alt_text: in archives, whether to use the alt text of an image as the text of a post that has neither.
        title: title of the page.
        thumbnails: whether the page shows images.
        threads: number of threads, if posts are scored.
        engine: as for ``load``, if posts are scored.
        progress: for a progress bar: called with a function that returns the approximate number of posts; returns a
            context manager, whose value is called with the number of posts that are scored.

    Raises:
        TableError: a table cannot be read, no post has a label, or some rows were scored before and others were not.
        SettingError: a column is missing, an option is invalid, or ``label`` is given without ``labelled``.
        BundleError: the model cannot be loaded.
        MissingExtra: the format of a table needs an optional dependency.
    """
    columns = Columns(id=id or None, text=text or None, image=image or None, label=label)
    groups = () if by is None else tuple(by) if isinstance(by, Iterable) and not isinstance(by, str) else (by,)
    other_columns = [*groups, *([created] if created else [])]
    _check_arguments(every, other_columns, labelled, label)
    bundle = model.bundle if isinstance(model, Model) else Bundle.open(find_bundle(model))

    @cache
    def load() -> Model:
        return model if isinstance(model, Model) else Model(bundle, threads, engine)

    options = ReadOptions(
        columns.unlabelled(),
        dialect,
        format=format,
        use_alt_text=use_alt_text,
        image_folder=require_image_folder(image_folder),
        scored=True,
        images=bundle.config.reads("image"),
    )
    scored, source, names, are_new = read_scored(posts, load, bundle.labels, options, other_columns, progress)
    notes = []
    inputs_of: dict[str, list[str]] = {}
    is_known = scored.labels == bundle.labels
    if not is_known:
        notes.append(
            f"The posts have other labels than the model {bundle.name!r}, so another model scored them. Name it with "
            "--model or model= to include its card and to correct the shares."
        )
    if labelled is not None:
        ranges = [] if are_new else _ranges(source.starts, len(scored))
        correction, reading = _correction_from(load(), labelled, columns, scored, image_folder, ranges)
    else:
        if is_known and not are_new:
            ranges = _ranges(source.starts, len(scored))
            factors = [_factor(load(), scored, each.rows) for each in ranges]
            is_known = max(factors) <= MAX_FACTOR
            inputs_of = {} if is_known else _inputs_of_models(load(), threads, scored, ranges, factors)
            if not is_known and not inputs_of:
                notes.append(_other_scores(bundle.name, max(factors), "to include its card and to correct the shares"))
        prior = model.prior if isinstance(model, Model) else None
        correction, reading = (correction_of(bundle, prior) if is_known else NOTHING_KNOWN), ()
    report_options = ReportOptions(
        by=tuple(dict.fromkeys(names[name] for name in groups)),
        created=names[created] if created else created,
        step=every,
        title=title,
        source=source.name,
        thumbnails=thumbnails,
        reading=(*source.notes, *reading),
        notes=tuple(notes),
        inputs_of={name: tuple(inputs) for name, inputs in inputs_of.items()},
    )
    return analyse(scored, correction, bundle if is_known else None, report_options)


def _check_arguments(every: object, names: Sequence[object], labelled: object, label: str) -> None:
    """Check arguments of ``report``; ``names`` are those of columns.

    Raises:
        SettingError: one of them is invalid.
    """
    if every is not None and every not in STEPS:
        raise SettingError(f"There is no step {every!r}. Choose one of {', '.join(STEPS)}.")
    for name in names:
        if not isinstance(name, str):
            raise SettingError(f"The name of a column is a str, not {name!r:.80}. {RENAME}")
    if labelled is not None and not isinstance(labelled, str | os.PathLike):
        raise SettingError(
            f"The labelled posts are in a file, but a {type(labelled).__name__} was given. Write a data frame to one, "
            "such as with to_csv."
        )
    if labelled is None and label != DEFAULT_COLUMNS.label:
        raise SettingError(f"The column {label!r} is one of labelled posts. Give their table, too (--labelled).")


def _correction_from(
    model: Model,
    labelled: str | os.PathLike[str],
    columns: Columns,
    scored: ScoredPosts,
    image_folder: str | os.PathLike[str] | None,
    ranges: "Sequence[_InputRows]",
) -> tuple[Correction, tuple[str, ...]]:
    """The correction learnt from labelled posts of the user, and notes on reading them.

    Raises:
        SettingError: the posts were scored by another model or with another prior, or there are too few labelled ones.
        TableError: the table cannot be read.
    """
    if model.labels != scored.labels:
        raise SettingError(
            f"The posts were scored with the labels {', '.join(scored.labels)}, but the model {model.name!r} has "
            f"{', '.join(model.labels)}. Name the model that scored them with --model or model=."
        )
    corpus = read_table(labelled, model.labels, columns, image_folder=image_folder)
    try:
        learnt = quantifiers_of(model, corpus.examples)
    except InputError as error:
        raise SettingError(f"{os.fspath(labelled)}: {error}") from error
    for name, rows in ranges:
        if (factor := _factor(model, scored, rows)) > MAX_FACTOR:
            raise SettingError(_other_scores(model.name, factor, "so that its errors can be estimated", name))
    return Correction(learnt, f"{plural(len(corpus), 'labelled post')} of {corpus.name}"), corpus.notes


class _InputRows(NamedTuple):
    """An input, by its name, and the indices of its rows."""

    name: str
    rows: range


def _ranges(starts: Mapping[str, int], posts: int) -> list[_InputRows]:
    """The inputs that are compared with the model; all posts without a name if there is only one."""
    if len(starts) < 2:
        return [_InputRows("", range(posts))]
    ends = [*list(starts.values())[1:], posts]
    ranges = [_InputRows(name, range(start, end)) for (name, start), end in zip(starts.items(), ends, strict=True)]
    return ranges[:: -(-len(ranges) // COMPARED_INPUTS)]


def _inputs_of_models(
    model: Model, threads: int | None, scored: ScoredPosts, ranges: Sequence[_InputRows], factors: Sequence[float]
) -> dict[str, list[str]]:
    """The names of the inputs that each model scored; empty unless there are several models.

    Besides the given model, the bundled ones with the same labels are compared.

    Args:
        model: the given model.
        threads: number of threads of the other models.
        scored: the posts.
        ranges: the rows of each input.
        factors: result of ``_factor`` for the given model and each input.
    """
    if len(ranges) < 2:
        return {}
    bundles = [bundle for name in bundled_names() if (bundle := Bundle.open(BUNDLED / name)).labels == model.labels]
    others = [Model(bundle, threads) for bundle in bundles if bundle.name != model.name]
    result: dict[str, list[str]] = {}
    for (name, rows), factor in zip(ranges, factors, strict=True):
        found = (each.name for each in others if _factor(each, scored, rows) <= MAX_FACTOR)
        result.setdefault(model.name if factor <= MAX_FACTOR else next(found, UNKNOWN), []).append(name)
    return result if len(result) > 1 else {}


def _factor(model: Model, scored: ScoredPosts, rows: range) -> float:
    """Median factor by which a model's probabilities of the first texts in some rows differ from those in the table.

    Factors also distinguish models with similar high probabilities, and the median hardly changes if some texts were
    edited.
    """

    def scores(row: int) -> Floats:
        table: Floats = scored.probabilities if scored.used[row] == "text" else scored.text_scores
        return np.asarray(table[row])

    usable = (row for row in rows if scored.texts[row] and np.isfinite(scores(row)).all())
    compared = list(islice(usable, COMPARED_TEXTS))
    predictions = model.predict_many(Post(scored.texts[row]) for row in compared)
    factors = [
        np.exp(np.abs(np.log((np.array(prediction.text.values) + ROUNDING) / (scores(row) + ROUNDING))).max())
        for row, prediction in zip(compared, predictions, strict=True)
        if prediction.text is not None
    ]
    return float(np.median(factors)) if factors else 1.0


def _other_scores(model: str, factor: float, purpose: str, name: str = "") -> str:
    """A message about a table that a model did not score."""
    return (
        f"The table {name and f'{name} '}was scored by another model than {model!r}, with another prior, or from "
        f"another text column: the model's probabilities for half of its texts differ by a factor of {factor:.1f} or "
        "more. Give the model, the prior and the text column that the table was scored with (--model, --prior and "
        f"--text-column, or model= and text=), {purpose}."
    )
