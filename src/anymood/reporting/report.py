"""``anymood.report``: a report from files or a data frame, a model, and optional labelled posts."""

import os
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from anymood.datasets.labelled_table import read_table
from anymood.errors import InputError, SettingError
from anymood.export.quantifiers import quantifiers_of
from anymood.files import require_image_folder
from anymood.jobs.inputs import ReadOptions
from anymood.progress import no_progress
from anymood.reporting.analysis import ReportOptions, analyse
from anymood.reporting.correction import NOTHING_KNOWN, Correction, correction_of
from anymood.reporting.reading import Progress, read_scored
from anymood.reporting.results import Report
from anymood.reporting.scored import ScoredPosts
from anymood.reporting.scoring_model import compare, inputs_of_models, other_scores, require_scored_by
from anymood.reporting.times import STEPS, Step
from anymood.runtime.bundle import Bundle
from anymood.runtime.finding import find_bundle
from anymood.runtime.frames import RENAME
from anymood.runtime.predictor import Model
from anymood.tables.columns import DEFAULT_COLUMNS, Columns
from anymood.tables.format import Dialect
from anymood.tables.rows import DEFAULT_DIALECT
from anymood.wording import plural


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
    inputs_of: dict[str, tuple[str, ...]] = {}
    is_known = scored.labels == bundle.labels
    if not is_known:
        notes.append(
            f"The posts have other labels than the model {bundle.name!r}, so another model scored them. Name it with "
            "--model or model= to include its card and to correct the shares."
        )
    if labelled is not None:
        correction, reading = _correction_from(load(), labelled, columns, scored, image_folder)
        if not are_new:
            require_scored_by(load(), scored, source.starts)
    else:
        if is_known and not are_new:
            compared = compare(load(), scored, source.starts)
            is_known = not any(each.has_other_scores() for each in compared)
            inputs_of = {} if is_known else inputs_of_models(load(), threads, scored, compared)
            if not is_known and not inputs_of:
                factor = max(each.factor for each in compared)
                notes.append(other_scores(bundle.name, factor, "to include its card and to correct the shares"))
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
        inputs_of=inputs_of,
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
) -> tuple[Correction, tuple[str, ...]]:
    """The correction learnt from labelled posts of the user, and notes on reading them.

    Raises:
        SettingError: the posts were scored with other labels, or there are too few labelled ones.
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
    return Correction(learnt, f"{plural(len(corpus), 'labelled post')} of {corpus.name}"), corpus.notes
