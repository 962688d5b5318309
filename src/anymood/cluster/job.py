"""Prediction of tables to a folder of Parquet files through Daft, on this machine or on a Ray cluster."""

import glob
import os
import re
import shutil
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, wait
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from anymood.cluster import backpressure
from anymood.cluster.daft_io import WEB, daft, matching_files
from anymood.cluster.frames import worker_for
from anymood.cluster.runners import Runner, shards, start
from anymood.cluster.table_source import TableSource, open_sources
from anymood.errors import (
    AnymoodError,
    BundleError,
    DamagedBundle,
    ForeignBundle,
    JobError,
    NewerBundle,
    SettingError,
    TableError,
)
from anymood.fetching import in_a_line
from anymood.files import is_url, replace_folder, restore_folder
from anymood.jobs.inputs import ReadOptions
from anymood.jobs.job import JobSummary, StrPath, input_paths
from anymood.jobs.paths import find_paths
from anymood.jobs.work_folder import CHECKPOINT, clear, open_work_folder
from anymood.labels import LabelSet
from anymood.runtime.bundle import Bundle
from anymood.runtime.finding import find_bundle
from anymood.runtime.prior import Prior
from anymood.runtime.results import free_names
from anymood.tables.columns import DEFAULT_COLUMNS, Columns, require_columns
from anymood.tables.format import Dialect
from anymood.tables.registry import is_table
from anymood.tables.rows import DEFAULT_DIALECT

_Result = TypeVar("_Result")

POLL_SECONDS = 0.2
OTHER_PATH = "Choose another path, or replace it with --overwrite or overwrite=True."
CANCEL_SECONDS = 5.0  # time for the tasks of a cancelled query to end
FULL_BYTES = 2**18  # a disk with less free space is full
ROW_GROUP_BYTES = 2**22  # on disk; a worker's memory is a multiple of it. Daft's default is 128 MiB
ROWS = "rows"  # the folder in the work folder that becomes the output
BEFORE = "rows-before"  # folder of an earlier output, while the new one replaces it
# Errors of workers that are raised again with their class.
WORKER_ERRORS = (TableError, SettingError, BundleError, DamagedBundle, ForeignBundle, NewerBundle)
# Names of the files of an output, as Daft writes them: no other files are replaced.
RESULT = re.compile(r"_SUCCESS|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}-\d+\.parquet")


def predict_tables(
    sources: StrPath | Sequence[StrPath],
    target: StrPath,
    model: StrPath = "sentiment",
    columns: Columns = DEFAULT_COLUMNS,
    *,
    dialect: Dialect = DEFAULT_DIALECT,
    format: str | None = None,  # the name in the public API
    use_alt_text: bool = False,
    runner: Runner = "native",
    address: str | None = None,
    overwrite: bool = False,
    engine: str | None = None,
    io_config: "daft.io.IOConfig | None" = None,
    prior: Prior | None = None,
) -> JobSummary:
    """Predict every row of tables, and write them with the predictions to a folder of Parquet files.

    Columns and values are those of ``predict_files`` to Parquet, but rows are in any order, and images that are URLs
    are fetched. If a worker dies, its rows are predicted again; each row occurs once in the output.

    A folder of this machine, or of a disk that all machines share, is written as ``TARGET.part`` and renamed when it is
    complete. In an object store, files are written to the target as they are finished; the output is complete once it
    has ``_SUCCESS``.

    Args:
        sources: paths or URLs of tables, archives of social networks, images and folders, or patterns, which
            all machines can read.
        target: a folder, or the URL of one.
        model: as for ``predict_dataframe``.
        columns: as for ``predict_files``.
        dialect: dialect of CSV files.
        format: as for ``predict_files``.
        use_alt_text: as for ``predict_files``.
        runner: ``native`` for the cores of this machine, ``ray`` for a cluster.
        address: address of the cluster; by default that of ``RAY_ADDRESS``, or a new cluster on this machine.
        overwrite: replace an earlier output.
        engine: as for ``predict_dataframe``.
        io_config: Daft's configuration for object stores; by default that of its context.
        prior: as for ``predict_dataframe``.

    Raises:
        TableError: a source cannot be read.
        SettingError: there are no sources, or one is empty or not a path; the target exists; or an option is invalid.
        BundleError: the model's folder is not a bundle, or is damaged.
        JobError: the job failed; no folder remains.
        MissingExtra: Ray, or the engine, is not installed.
    """
    require_columns(columns)
    options = ReadOptions(columns.unlabelled(), dialect, links=True, format=format, use_alt_text=use_alt_text)
    names = input_paths(sources)
    to = os.fspath(target)
    labels = Bundle.open(find_bundle(model)).labels
    cores = start(runner, address)
    _check_target(to, overwrite=overwrite, io_config=io_config)
    with _as_job_errors(to):
        inputs = open_sources(names, options, io_config)
        _check_sources(names, to)
        source = TableSource(inputs, shards(runner, cores, len(inputs.parts)))
        worker = worker_for(model, source.columns, source.rows, engine, io_config, prior)
        predicted = worker.predict_read(daft.col(source.post), source.job)
        frame = source.read().select(*map(daft.col, source.columns), predicted)
        added = free_names(("label", "reason"), source.columns)

        def run(place: str) -> JobSummary:
            return _interruptible(
                lambda: _summary(_write(frame, place, io_config), labels, added, io_config), source.job
            )

        if is_url(to):
            return run(to)
        with open_work_folder(Path(to), restart=False) as folder:
            if (folder / CHECKPOINT).exists():
                raise JobError(
                    f"{folder} contains an unfinished job of anymood predict. Finish it, or move the folder."
                )
            _clean_up(folder, Path(to))
            _check_target(to, overwrite=overwrite, io_config=io_config)  # restored by _clean_up
            with _full_disk_reported(folder, to):
                summary = run(str(folder / ROWS))
            # An earlier output is removed with the work folder.
            replace_folder(folder / ROWS, Path(to), folder / BEFORE)
            return summary


def _check_target(target: str, *, overwrite: bool, io_config: "daft.io.IOConfig | None") -> None:
    if is_url(target):
        if urlsplit(target).scheme.lower() in WEB:
            raise SettingError(
                f"{target} is on a web server, which does not accept files. Give a folder or a URL of an object store."
            )
        try:
            existing = len(matching_files(f"{target.rstrip('/')}/**", io_config))
        except ValueError as error:
            raise SettingError(f"{target} cannot be listed: {in_a_line(error)}.") from error
        if existing and not overwrite:
            raise SettingError(f"{target} already exists, with {existing:,} files. {OTHER_PATH}")
    else:
        _check_folder(target, overwrite=overwrite)


def _check_folder(target: str, *, overwrite: bool) -> None:
    path = Path(target)
    if glob.has_magic(target):
        raise SettingError(f"{target} is a pattern for Daft. Choose a name without brackets, * and ?.")
    if path.resolve() == Path.cwd():
        raise SettingError(f"{target!r} is the current folder, which cannot be replaced. Give the name of another one.")
    if not path.parent.is_dir():
        raise SettingError(f"{path} cannot be written: there is no folder {path.parent}. Create it first.")
    if is_table(path) and path.suffix != ".parquet":
        raise SettingError(
            f"{path} has the name of a table, but Daft writes a folder of Parquet files. Choose a name without "
            f"{path.suffix}, or use anymood predict."
        )
    if path.exists() and not path.is_dir():
        raise SettingError(f"{path} is a file, but Daft writes a folder of Parquet files. Choose another path.")
    inside = sorted(entry.name for entry in path.iterdir()) if path.is_dir() else []
    if inside and not overwrite:
        raise SettingError(f"{path} already exists. {OTHER_PATH}")
    others = [name for name in inside if not RESULT.fullmatch(name)]
    if others:
        raise SettingError(f"{path} contains {others[0]!r}, which was not written by anymood. Choose another path.")


def _check_sources(names: list[str], target: str) -> None:
    """Check that the output does not replace an input."""
    place = Path(target)
    if is_url(target) or not place.exists():
        return
    for path in (path for name in names if not is_url(name) for path in find_paths(name)):
        if path.resolve().is_relative_to(place.resolve()):
            raise SettingError(f"{target} contains {path}, which is an input. Choose another path.")


def _write(frame: "daft.DataFrame", target: str, io_config: "daft.io.IOConfig | None") -> list[str]:
    """Write a frame; returns the files of the finished tasks.

    Overwrite mode ensures that each row occurs once: after the last task, Daft removes unknown files, such as that of a
    worker that died before it reported the file.
    """
    remote = is_url(target)
    with daft.execution_config_ctx(parquet_target_row_group_size=ROW_GROUP_BYTES):
        written = frame.write_parquet(target, write_mode="overwrite", write_success_file=remote, io_config=io_config)
    try:
        files = [str(path) for path in written.to_pydict()["path"]]
    except ValueError as error:  # Daft handles Ctrl-C, and then returns no table of files
        raise KeyboardInterrupt from error
    if remote:  # Daft's names of files in a store are not always URLs
        return matching_files(f"{target.rstrip('/')}/*.parquet", io_config)
    if not all(Path(path).exists() for path in files):
        raise JobError(
            "Files that other machines wrote are not visible on this one. Choose an output on a shared disk or in "
            "an object store."
        )
    return files


def _interruptible(query: Callable[[], _Result], job: str) -> _Result:
    """Run a query in a separate thread, so that signals interrupt this one.

    Daft waits for its tasks without a timeout, also while it handles a ``KeyboardInterrupt``, and Python does not
    handle a signal meanwhile that the system delivered to another thread. On an interrupt, the tasks in this process
    are cancelled; a query that does not end within ``CANCEL_SECONDS`` continues in its daemon thread.
    """
    outcome: Future[_Result] = Future()

    def run() -> None:
        try:
            outcome.set_result(query())
        except BaseException as error:
            outcome.set_exception(error)

    try:
        threading.Thread(target=run, name="anymood-query", daemon=True).start()
        while not wait([outcome], POLL_SECONDS).done:
            pass
    except BaseException:
        backpressure.cancel(job)
        wait([outcome], CANCEL_SECONDS)
        raise
    return outcome.result()


def _summary(
    files: list[str], labels: LabelSet, names: dict[str, str], io_config: "daft.io.IOConfig | None"
) -> JobSummary:
    """The summary of the written rows."""
    if not files:
        return JobSummary(0, dict.fromkeys(labels, 0), {})
    frame = daft.read_parquet(files, io_config=io_config).select(names["label"], names["reason"])
    groups = frame.groupby(names["label"], names["reason"]).agg(daft.lit(1).count().alias("rows")).to_pylist()
    counts, problems = Counter[str](), Counter[str]()
    for group in groups:
        counts[group[names["label"]]] += group["rows"]
        if group[names["reason"]] is not None:
            problems[group[names["reason"]]] += group["rows"]
    return JobSummary(counts.total(), {label: counts[label] for label in labels}, dict(problems.most_common()))


def _clean_up(folder: Path, target: Path) -> None:
    """Remove the files of a killed process, and restore an earlier output."""
    restore_folder(folder / BEFORE, target)
    clear(folder)


@contextmanager
def _full_disk_reported(folder: Path, target: str) -> Iterator[None]:
    """Raise a ``JobError`` for a full disk, for which Daft reports a closed channel."""
    try:
        yield
    except Exception as error:
        if isinstance(error, AnymoodError) or shutil.disk_usage(folder).free > FULL_BYTES:
            raise
        raise JobError(f"{target} could not be completed: the disk is full. No files remain.") from error


@contextmanager
def _as_job_errors(target: str) -> Iterator[None]:
    """Raise errors of Daft, Ray and the disk as anymood's; messages of workers are in the last lines."""
    try:
        yield
    except AnymoodError:
        raise
    except Exception as error:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()] or [type(error).__name__]
        for line in reversed(lines):
            for kind in WORKER_ERRORS:
                _, separator, message = line.partition(f"{kind.__name__}: ")
                if separator:
                    raise kind(message) from error
        remaining = "The files so far remain, without _SUCCESS." if is_url(target) else "No files remain."
        raise JobError(f"{target} could not be completed: {lines[-1].rstrip('.')}. {remaining}") from error
