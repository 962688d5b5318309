"""Prediction of files to one table, row by row; interrupted jobs resume."""

import gc
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, TypeAlias

from anymood import jobs
from anymood._version import __version__
from anymood.errors import AnymoodError, JobError, SettingError
from anymood.files import require_image_folder
from anymood.jobs.inputs import Inputs, ReadOptions
from anymood.jobs.opening import open_inputs
from anymood.jobs.output import Output, Target
from anymood.jobs.unmount_check import UnmountCheck
from anymood.jobs.work_folder import CHECKPOINT, Checkpoint, clear, open_work_folder
from anymood.progress import Update, no_progress
from anymood.runtime.batches import BATCH_SIZE, TEXT_WINDOW, WINDOW
from anymood.runtime.predictor import Model
from anymood.runtime.reading import is_frame
from anymood.runtime.results import predicted_rows
from anymood.tables.columns import DEFAULT_COLUMNS, Columns, require_columns
from anymood.tables.format import Dialect
from anymood.tables.rows import DEFAULT_DIALECT
from anymood.wording import plural

COLLECT_AFTER = 20_000  # new objects before a garbage collection; the default is 700 or 2,000

StrPath: TypeAlias = str | os.PathLike[str]


@dataclass(frozen=True, slots=True)
class JobSummary:
    """The outcome of a job.

    Attributes:
        rows: number of rows.
        labels: number of rows with each label, in the model's order.
        problems: number of rows with a problem, by its first reason, the most frequent first.
        resumed: number of rows that were written before the job was resumed.
        changed: names of inputs that changed while they were read, so that rows may be missing or cut off. Only for an
            output that is a file.
    """

    rows: int
    labels: dict[str, int]
    problems: dict[str, int]
    resumed: int = 0
    changed: tuple[str, ...] = ()


def predict_files(
    model: Model,
    sources: StrPath | Sequence[StrPath],
    target: StrPath | IO[bytes],
    columns: Columns = DEFAULT_COLUMNS,
    *,
    dialect: Dialect = DEFAULT_DIALECT,
    format: str | None = None,  # the name in the public API
    use_alt_text: bool = False,
    image_folder: StrPath | None = None,
    fetcher: "jobs.ImageFetcher | None" = None,
    suffix: str | None = None,
    errors: StrPath | None = None,
    brief: bool = False,
    overwrite: bool = False,
    restart: bool = False,
    batch_size: int | None = None,
    progress: Callable[[Inputs], AbstractContextManager[Update]] = no_progress,
) -> JobSummary:
    """Predict each row of some files, and write one table of the rows with the predictions.

    Rows keep their order and columns; image files become rows with a column ``image``. If there are several sources,
    the column ``file`` is the name of a row's source, or that source's own column of this name. The columns of
    ``ResultColumns`` follow, with the prefix ``predicted_`` if a name is taken. The columns of JSON are the keys of its
    first thousand rows; a later key that cannot be written is a problem of its row.

    The output is written to the folder ``TARGET.part`` and renamed when it is complete. An interrupted job resumes
    after the last committed row when the same call is repeated.

    Args:
        model: the model.
        sources: tables as for ``Table``, archives of social networks as for ``open_archive``, images, folders of
            tables or of images, glob patterns, or ``-`` for standard input.
        target: path of the output, whose suffix is that of a writable format, possibly compressed; or a binary file
            object, to which rows are written immediately.
        columns: column names of the tables; label and split are ignored. A column with another usual name is used if it
            is the only one; ``Inputs.notes`` says so.
        dialect: dialect of CSV files.
        format: format of all sources: of a table, of an archive, or ``images``. By default it is detected from the
            content; an ambiguous file is a table if columns or a dialect are given, else an archive.
        use_alt_text: use the alt text of an image in an archive as the text of a post that has neither text nor image.
        image_folder: folder that relative paths of images in tables refer to; by default that of the table.
        fetcher: fetches images that are URLs; without it, they are problems of their rows.
        suffix: suffix of the output format, such as ``.jsonl``; by default that of the target.
        errors: path of a list of problems, CSV or JSON Lines by suffix, with a line per row with a problem.
        brief: leave out the scores of each classifier and the disagreement.
        overwrite: replace an existing target and list of problems.
        restart: start again instead of resuming.
        batch_size: rows per batch, which a kill can lose in addition to the last second's; by default ``TEXT_WINDOW``,
            ``WINDOW`` if there are images, or ``BATCH_SIZE`` if rows may contain image bytes.
        progress: called with the inputs; returns a context manager, whose value is called with the number of rows
            written so far, including those of earlier processes.

    Raises:
        TableError: a source cannot be read, or its disk was unmounted.
        SettingError: there is no source, or it is not a path; ``columns`` is of another type; or the target or the list
            of problems exists, or its path is invalid.
        JobError: an output cannot be written; or the unfinished job in the work folder has other inputs, options or
            another model.
        MissingExtra: a format needs an optional dependency.
    """
    names = input_paths(sources)
    require_columns(columns)
    if not hasattr(model, "bundle"):
        name = repr(os.fspath(model)) if isinstance(model, str | os.PathLike) else ""
        raise SettingError(f"The model is a loaded one: give anymood.load({name}).")
    options = ReadOptions(
        columns.unlabelled(),
        dialect,
        fetcher is not None,
        format,
        use_alt_text,
        image_folder=require_image_folder(image_folder),
        images=model.bundle.config.reads("image"),
    )
    to = Target.of(target, suffix, errors, names)
    with open_work_folder(to.path, restart=restart) as folder:
        if not (overwrite or (folder / CHECKPOINT).exists()):
            to.require_absent()
        inputs = open_inputs(names, options, folder)
        to.require_no_input(inputs)
        job = {} if to.path is None else _dependencies(model, inputs, options, to, brief=brief)
        checkpoint = _load_checkpoint(folder, job, to.path)
        checkpoint.overwrite = overwrite = overwrite or checkpoint.overwrite
        before, finishing = checkpoint.rows, checkpoint.complete
        if finishing and to.is_published(folder):
            clear(folder)
            return _summary(checkpoint, model, before)
        if not (overwrite or finishing):
            to.require_absent()
        size = batch_size if batch_size is not None else (BATCH_SIZE if fetcher is not None else _window(inputs))
        unmounts = UnmountCheck()
        with (
            _errors_with_progress(folder, to.path),
            _fewer_collections(),
            Output(folder, checkpoint, to, inputs, model.labels, brief=brief) as out,
            progress(inputs) as update,
        ):
            update(before)
            rows = out.fitting(unmounts.watched(inputs.rows(checkpoint.position)))
            if fetcher is not None:
                from anymood.jobs.image_fetcher import with_fetched_images  # which imports httpx

                rows = with_fetched_images(rows, fetcher)
            for position, row, prediction in predicted_rows(model, rows, size):
                unmounts.check(prediction.reason)
                out.add(position, row, prediction)
                out.commit_when_due()
                update(checkpoint.rows)
            changed = () if finishing else inputs.changed_since(job)
            if not (overwrite or finishing):
                to.require_absent()  # another program may have created it in the meantime
            out.finish()
    return replace(_summary(checkpoint, model, before), changed=changed)


def input_paths(sources: object, frames: str = "For a data frame, use model.predict_frame.") -> list[str]:
    """The paths of the sources.

    Args:
        sources: one path, or several.
        frames: what to do with a data frame, for messages.

    Raises:
        SettingError: there are none, or one is empty or not a path.
    """
    inputs = [sources] if isinstance(sources, str | os.PathLike) else sources
    paths = [] if is_frame(inputs) or isinstance(inputs, Mapping) or not isinstance(inputs, Iterable) else list(inputs)
    if not paths or not all(isinstance(path, str | os.PathLike) and os.fspath(path) for path in paths):
        is_empty = any(isinstance(path, str) and not path for path in paths)
        shown = "an empty path" if is_empty else type(sources).__name__
        raise SettingError(f"The inputs must be paths of files, not {shown}. {frames}")
    return [os.fspath(path) for path in paths]


def _window(inputs: Inputs) -> int:
    """Number of rows per batch."""
    if any(part.has_image_bytes for part in inputs.parts):
        return BATCH_SIZE
    return WINDOW if any(part.has_images for part in inputs.parts) else TEXT_WINDOW


def _dependencies(model: Model, inputs: Inputs, options: ReadOptions, target: Target, *, brief: bool) -> dict[str, str]:
    """Everything that the rows depend on, by its name in messages."""
    folder = options.image_folder and options.image_folder.resolve()
    return {
        **inputs.digests(),
        "the names in the column file": repr(inputs.files),
        "the model": model.bundle.config.digest(),
        "the version of anymood": __version__,
        "the engine": model.engine,
        "the prior": repr(model.prior),
        "the names of the columns": repr(options.columns),
        "the options for reading": repr(replace(options, columns=DEFAULT_COLUMNS, image_folder=folder)),
        "the format of the output": target.writer.__name__,
        "the option brief": str(brief),
        "the format of the list of problems": "" if target.errors is None else target.errors.suffix.lower(),
    }


def _load_checkpoint(folder: Path, job: dict[str, str], target: Path | None) -> Checkpoint:
    """The checkpoint to continue from."""
    try:
        checkpoint = Checkpoint.load(folder / CHECKPOINT)
    except FileNotFoundError:
        return Checkpoint(job)
    differing = checkpoint.differences(job)
    if differing:
        raise JobError(
            f"{folder} contains {checkpoint.rows:,} rows of an unfinished job, and these have changed since: "
            f"{', '.join(differing)}. Use --restart or restart=True, or choose another output than {target}."
        )
    return checkpoint


@contextmanager
def _fewer_collections() -> Iterator[None]:
    """Run Python's cyclic garbage collector less often: rows have no reference cycles.

    By default it takes a tenth of the time of a job with a small model.
    """
    usual = gc.get_threshold()
    gc.set_threshold(COLLECT_AFTER, *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)


@contextmanager
def _errors_with_progress(folder: Path, target: Path | None) -> Iterator[None]:
    """Add to errors how many rows are kept."""
    try:
        yield
    except BrokenPipeError:  # the reader of the stream closed it
        raise
    except OSError as error:
        why = error.strerror or error
        message = f"{target or 'The output'} cannot be written: {why}. {_progress_note(folder, target)}"
        raise JobError(message.rstrip()) from error
    except AnymoodError as error:
        error.args = (f"{error} {_progress_note(folder, target)}".rstrip(), *error.args[1:])
        raise


def _progress_note(folder: Path, target: Path | None) -> str:
    try:
        rows = 0 if target is None else Checkpoint.load(folder / CHECKPOINT).rows
    except (FileNotFoundError, SettingError):
        rows = 0
    if not rows:
        return ""
    return (
        f"The {plural(rows, 'row')} before {'is' if rows == 1 else 'are'} kept in {folder}. The same command resumes "
        "the job, unless an input has changed."
    )


def _summary(checkpoint: Checkpoint, model: Model, before: int) -> JobSummary:
    labels = {label: checkpoint.labels[label] for label in model.labels}
    return JobSummary(checkpoint.rows, labels, dict(checkpoint.problems.most_common()), before)
