"""The work folder of a job, next to its output: the lock that excludes a second process, and the checkpoint."""

import json
import os
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, fields
from pathlib import Path

from anymood.compression import SUFFIXES
from anymood.errors import JobError, SettingError
from anymood.files import PARTIAL_SUFFIX, atomic_write, exclusive_lock
from anymood.jobs.inputs import START, RowPosition
from anymood.tables.registry import all_formats, suffixes

CHECKPOINT = "checkpoint.json"
CHECKPOINT_VERSION = 1
LOCK = "lock"


@dataclass(slots=True)
class Checkpoint:
    """State of a job after a row.

    Attributes:
        job: digests or values of everything that the rows depend on (inputs, model, options), by name in messages.
        rows: number of rows written.
        position: position of the last of them.
        written: length in bytes of the file of predicted rows.
        listed: length in bytes of the list of problems.
        labels: number of rows with each label.
        problems: number of rows with a problem, by reason.
        complete: whether these are all rows.
        overwrite: whether the job may replace an existing output, also when it is resumed.
    """

    job: dict[str, str]
    rows: int = 0
    position: RowPosition = START
    written: int = 0
    listed: int = 0
    labels: Counter[str] = field(default_factory=Counter)
    problems: Counter[str] = field(default_factory=Counter)
    complete: bool = False
    overwrite: bool = False

    def save(self, path: Path) -> None:
        """Replace the checkpoint on disk atomically.

        Raises:
            OSError: it cannot be written.
        """
        values = {part.name: getattr(self, part.name) for part in fields(self)} | {"version": CHECKPOINT_VERSION}
        with atomic_write(path) as file:
            file.write(json.dumps(values).encode())

    @classmethod
    def load(cls, path: Path) -> "Checkpoint":
        """Read a checkpoint.

        Raises:
            FileNotFoundError: it does not exist.
            SettingError: it was not written by this version.
        """
        try:
            values = json.loads(path.read_bytes())
            if values.pop("version") != CHECKPOINT_VERSION:
                raise ValueError("it is in the format of another version of anymood")
            for name in ("labels", "problems"):
                values[name] = Counter(values[name])
            values["position"] = RowPosition(*values["position"])
            numbers = (values["rows"], values["written"], values["listed"], *values["position"])
            numbers += (*values["labels"].values(), *values["problems"].values())
            if not isinstance(values["job"], dict) or not all(type(each) is int and each >= 0 for each in numbers):
                raise ValueError("it is damaged")
            return cls(**values)
        except FileNotFoundError:
            raise
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise SettingError(
                f"{path} cannot be continued: {error}. Use --restart or restart=True, or give another output."
            ) from error

    def differences(self, job: dict[str, str]) -> list[str]:
        """Names of the values that differ from those of another job."""
        return [name for name in {**self.job, **job} if self.job.get(name) != job.get(name)]


@contextmanager
def open_work_folder(target: Path | None, *, restart: bool) -> Iterator[Path]:
    """The work folder ``OUT.part`` of a job. It remains until the job is done, unless no row was written.

    Args:
        target: path of the output; None for a stream, for which a temporary folder is used.
        restart: remove the files of an earlier process.

    Raises:
        JobError: the folder cannot be created, contains other files, or is in use by another process.
    """
    if target is None:
        with tempfile.TemporaryDirectory(prefix="anymood-") as temporary:
            yield Path(temporary)
        return
    folder = work_folder(target)
    try:
        folder.mkdir(exist_ok=True)
        own = _names()
        others = [entry.name for entry in folder.iterdir() if not own.fullmatch(entry.name)]
    except OSError as error:
        raise JobError(f"{folder} cannot be written: {error.strerror or error}. Choose another path.") from error
    if others:
        raise JobError(
            f"{folder} contains {others[0]!r}, which does not belong to a job. Move it, or choose another output."
        )
    finished = False
    try:
        busy = f"Another process is writing {target}. Wait for it, or choose another output."
        with exclusive_lock(folder / LOCK, busy):
            try:
                if restart:
                    clear(folder)
                yield folder
            finally:
                with suppress(OSError):  # if the disk is unmounted, nothing can be removed
                    finished = not (folder / CHECKPOINT).exists()
                if finished:
                    shutil.rmtree(folder, ignore_errors=True)
    finally:
        if finished and os.name == "nt":  # Windows cannot remove open files, such as the lock
            with suppress(OSError):
                folder.rmdir()


def work_folder(target: Path) -> Path:
    """Path of the work folder of an output."""
    return target.with_name(target.name + PARTIAL_SUFFIX)


def _names() -> re.Pattern[str]:
    """Names of the files and folders that a job creates."""
    written = {each.writer.suffix for each in all_formats().values() if each.writer is not None}
    ends = "|".join(map(re.escape, {*suffixes(), *written}))
    packed = "|".join(map(re.escape, SUFFIXES))
    return re.compile(
        rf"{CHECKPOINT}|{CHECKPOINT}{PARTIAL_SUFFIX}|{LOCK}|rows|rows-before|stdin"
        rf"|(?:rows|problems|stdin)(?:{ends})(?:{packed})?"
    )


def clear(folder: Path) -> None:
    """Empty a work folder, the checkpoint first: without it, the other files have no effect."""
    for path in (folder / CHECKPOINT, *folder.iterdir()):
        if path.is_dir():  # left by a killed job of anymood bulk
            shutil.rmtree(path)
        elif path.name != LOCK:
            path.unlink(missing_ok=True)


def publish(source: Path, target: Path) -> None:
    """Rename a finished file atomically, also across file systems.

    Raises:
        JobError: it cannot be written there.
    """
    try:
        if _on_one_disk(source.parent, target.parent):
            _sync(source)
            source.replace(target)
        else:
            copy = target.with_name(f".{target.name}{PARTIAL_SUFFIX}")
            try:
                shutil.copyfile(source, copy)
                _sync(copy)
                copy.replace(target)
            finally:
                copy.unlink(missing_ok=True)
            source.unlink()
    except OSError as error:
        raise JobError(f"{target} cannot be written: {error.strerror or error}.") from error
    with suppress(OSError):  # not supported by every system
        _sync(target.parent)


def _on_one_disk(one: Path, other: Path) -> bool:
    return one.stat().st_dev == other.stat().st_dev


def _sync(path: Path) -> None:
    """Sync a file or a folder to the disk."""
    # Windows only syncs files that are open for writing.
    opened = os.open(path, os.O_RDWR if path.is_file() else os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
