"""The output of a job: rows, the list of problems, and the checkpoint."""

import os
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Self

from anymood.compression import compress
from anymood.errors import JobError, SettingError
from anymood.files import check_output
from anymood.jobs.inputs import STANDARD_INPUT, Inputs, RowPosition
from anymood.jobs.paths import find_paths
from anymood.jobs.work_folder import CHECKPOINT, Checkpoint, clear, publish
from anymood.labels import LabelSet
from anymood.posts import Prediction, Problem, Reason
from anymood.runtime.results import OF_EACH_CLASSIFIER, ResultColumns
from anymood.tables.format import Layout, Writer
from anymood.tables.registry import compressed_suffix, format_of, suffixes
from anymood.tables.rows import Row

COMMIT_SECONDS = 1.0  # between two checkpoints; rows after the last one are predicted again
PROBLEM_COLUMNS = ("row", "where", "id", "reason", "message")
PROBLEM_SUFFIXES = (".csv", ".jsonl")  # suffixes of the list of problems


@dataclass(frozen=True, slots=True)
class Target:
    """Where the output of a job goes.

    Attributes:
        path: path of the table; None for a stream.
        stream: file object to write to if there is no path; such a job cannot be resumed.
        errors: path of the list of problems, with one of ``PROBLEM_SUFFIXES``; None for no list.
        writer: writer of the table's format.
    """

    path: Path | None
    stream: IO[bytes] | None
    errors: Path | None
    writer: type[Writer]

    @classmethod
    def of(
        cls,
        target: str | os.PathLike[str] | IO[bytes],
        suffix: str | None,
        errors: str | os.PathLike[str] | None,
        sources: Sequence[str],
    ) -> Self:
        """The target of ``predict_files``, checked.

        Raises:
            SettingError: it cannot be written, or is one of the sources.
        """
        path, stream = (Path(target), None) if isinstance(target, str | os.PathLike) else (None, target)
        problems = None if errors is None else Path(errors)
        writer = _writer_type(suffix or ("" if path is None else path.name), to_stream=path is None)
        if path is None:
            _require_binary(stream)
        inputs = [file for name in sources if name not in STANDARD_INPUT for file in find_paths(name)]
        for out in filter(None, (path, problems)):
            try:
                check_output(out, PROBLEM_SUFFIXES if out is problems else (), overwrite=True, inputs=inputs)
                if out is problems:  # for the table, this is checked in the work folder
                    tempfile.TemporaryFile(dir=out.parent).close()
            except OSError as error:  # such as a name that is too long, or no permission
                raise SettingError(f"{str(out)[:80]!r} cannot be written: {error.strerror}.") from error
        if problems is not None and path is not None and problems.resolve() == path.resolve():
            raise SettingError(f"{problems} cannot be both the output and the list of problems. Rename one of them.")
        if path is not None and path.is_symlink():
            path = path.resolve()  # so that the link itself is not replaced
        return cls(path, stream, problems, writer)

    def require_absent(self) -> None:
        """Check that the output and the list of problems do not exist.

        Raises:
            SettingError: one of them exists.
        """
        for path in filter(None, (self.path, self.errors)):
            check_output(path)

    def require_no_input(self, inputs: Inputs) -> None:
        """Check that neither output is an earlier one in a folder of tables that are the inputs.

        Raises:
            SettingError: one of them is.
        """
        for path in filter(None, (self.path, self.errors)):
            check_output(path, overwrite=True, inputs=[part.name for part in inputs.parts])

    def rows_in(self, folder: Path) -> Path:
        """The file in the work folder to which rows are appended."""
        return folder / f"rows{self.writer.suffix}"

    def is_published(self, folder: Path) -> bool:
        """Whether the output of a complete job is in place, because its process was killed before emptying it."""
        return self.path is not None and self.path.exists() and not self.rows_in(folder).exists()


def _writer_type(name: str, *, to_stream: bool) -> type[Writer]:
    table_format = format_of(name)
    if table_format is None or table_format.writer is None:
        ends = ", ".join(suffixes(written=True))
        if to_stream and not name:
            raise SettingError(f"If the output is not a path, give its format as suffix=, one of {ends}.")
        raise SettingError(f"{name!r} has no suffix of a format that can be written. Use one of {ends}.")
    if to_stream and table_format.writer.finish is not Writer.finish:
        raise SettingError(
            f"{table_format.name.capitalize()} cannot be written to a stream, because it is written after the last row."
        )
    return table_format.writer


def _require_binary(stream: object) -> None:
    """Check that a target is a binary file that is open for writing."""
    is_text = hasattr(stream, "encoding")
    if is_text or not hasattr(stream, "write") or getattr(stream, "closed", False):
        what = "a text file" if is_text else "a closed file" if hasattr(stream, "write") else type(stream).__name__
        raise SettingError(
            f"The output is {what}. Give a path, or a binary file that is open for writing: open(..., 'wb'), or "
            "sys.stdout.buffer."
        )


class Output:
    """Writes predicted rows, and commits them once a second: committed rows survive a kill and a power failure.

    Args:
        folder: work folder of the job.
        checkpoint: where to continue; updated with each row.
        target: where the output goes.
        inputs: the inputs.
        labels: labels of the model.
        brief: leave out the scores of each classifier and the disagreement.
    """

    def __init__(
        self,
        folder: Path,
        checkpoint: Checkpoint,
        target: Target,
        inputs: Inputs,
        labels: LabelSet,
        *,
        brief: bool = False,
    ) -> None:
        self.checkpoint = checkpoint
        self._folder = folder
        self._target = target
        errors, stream = target.errors, target.stream
        self._rows = target.rows_in(folder)
        self._problems = None if errors is None else folder / f"problems{errors.suffix.lower()}"
        self._results = ResultColumns(labels, inputs.columns, without=OF_EACH_CLASSIFIER if brief else ())
        self._open = ExitStack()
        try:
            self._file = self._continued(self._rows, checkpoint.written) if stream is None else stream
            layout = replace(inputs.layout(), added=self._results.kinds)
            self._writer = target.writer(self._file, layout, begin=checkpoint.written == 0)
            self._problem_file: IO[bytes] | None = None
            if self._problems is not None and not self._is_published(self._problems):
                self._problem_file = self._continued(self._problems, checkpoint.listed)
                kind = _writer_type(self._problems.name, to_stream=False)
                self._problem_writer = kind(self._problem_file, Layout(PROBLEM_COLUMNS), begin=checkpoint.listed == 0)
        except BaseException:
            self._abandon()
            raise
        self._is_consistent = True  # whether the checkpoint matches the files
        self._committed = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Commit the rows so far, also after an error if the disk permits."""
        is_of_the_disk = kind is not None and issubclass(kind, OSError)
        try:
            # After a disk error, or after Ctrl-C within a row, the last commit counts.
            if self._is_consistent and not is_of_the_disk and self.checkpoint.rows and not self.checkpoint.complete:
                self.commit()
        finally:
            self._abandon()

    def fitting(self, rows: Iterable[tuple[RowPosition, Row]]) -> Iterator[tuple[RowPosition, Row]]:
        """The same rows, with a problem for values that cannot be written."""
        for position, row in rows:
            yield position, with_late_keys(row, self._writer.lost(row.values))

    def add(self, position: RowPosition, row: Row, prediction: Prediction) -> None:
        """Write a row.

        Raises:
            OSError: it cannot be written.
        """
        checkpoint = self.checkpoint
        self._is_consistent = False
        self._writer.write(row.values, self._results.values(prediction))
        checkpoint.rows += 1
        checkpoint.position = position
        if (label := prediction.label) is not None:
            checkpoint.labels[label] += 1
        if prediction.reason is not None:
            checkpoint.problems[prediction.reason.value] += 1
            if self._problem_file is not None:
                values = (checkpoint.rows, row.where, row.post.id, prediction.reason.value, prediction.problem)
                self._problem_writer.write(dict(zip(PROBLEM_COLUMNS, values, strict=True)), {})
        self._is_consistent = True

    def commit_when_due(self) -> None:
        """Commit if the last commit is ``COMMIT_SECONDS`` ago.

        Raises:
            OSError: the rows cannot be written.
        """
        if time.monotonic() - self._committed >= COMMIT_SECONDS:
            self.commit()

    def commit(self) -> None:
        """Sync the rows so far to the disk, and then the checkpoint that counts them.

        Raises:
            OSError: they cannot be written.
        """
        self._is_consistent = False  # the writer may have written some of its buffered rows
        self._writer.flush()
        self._is_consistent = True
        if self._target.stream is None:
            self.checkpoint.written = _synced(self._file)
            if self._problem_file is not None:
                self.checkpoint.listed = _synced(self._problem_file)
            self.checkpoint.save(self._folder / CHECKPOINT)
        self._committed = time.monotonic()

    def finish(self) -> None:
        """Publish the files under their names, and empty the work folder.

        If the process is killed meanwhile, the checkpoint is ``complete``, and the next process repeats this step.

        Raises:
            OSError: they cannot be written.
            JobError: one of them cannot be published.
        """
        self.checkpoint.complete = True
        self.commit()
        self._open.close()
        path, errors = self._target.path, self._target.errors
        if errors is not None and self._problems is not None and not self._is_published(self._problems):
            publish(self._problems, errors)
        if path is not None:
            finished = self._writer.finish(self._rows)
            if suffix := compressed_suffix(path):
                packed = finished.with_name(finished.name + suffix)
                compress(finished, packed, suffix)
                finished = packed
            publish(finished, path)
            clear(self._folder)

    def _continued(self, path: Path, length: int) -> IO[bytes]:
        """A file to append to, truncated to the length in the checkpoint."""
        if length and (not path.exists() or path.stat().st_size < length):
            raise JobError(
                f"{path} is shorter than its checkpoint says. Use --restart or restart=True, or give another output."
            )
        file = self._open.enter_context(path.open("r+b" if length else "wb"))
        file.truncate(length)
        file.seek(length)
        return file

    def _is_published(self, path: Path) -> bool:
        """Whether an earlier process was killed after it had published a file."""
        return self.checkpoint.complete and not path.exists()

    def _abandon(self) -> None:
        with suppress(OSError):  # a full disk, which was reported already
            self._open.close()


def _synced(file: IO[bytes]) -> int:
    """Sync a file to the disk; returns its length."""
    file.flush()
    os.fsync(file.fileno())
    return file.tell()


def with_late_keys(row: Row, lost: Sequence[str]) -> Row:
    """A row, with the problem that some of its keys have no column in the output if there are any."""
    if not lost:
        return row
    message = (
        f"its keys {', '.join(map(repr, lost))} are not in the first rows, so the output has no columns for them. They "
        "are omitted. Include all keys in the first row, with null for missing values."
    )
    return replace(row, problems=(*row.problems, Problem(Reason.LATE_KEY, message, row.where)))
