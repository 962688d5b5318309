"""What a path leads to, atomic writes, and a lock between processes."""

import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from anymood.errors import JobError

PARTIAL_SUFFIX = ".part"  # suffix of a file that is still being written

_URL = re.compile(r"data:|[a-z][a-z0-9+.-]+://", re.IGNORECASE)


def is_url(path: str) -> bool:
    """Whether a path is a URL; a ``data:`` URL counts."""
    return _URL.match(path) is not None


def is_file(path: Path) -> bool:
    """Whether a path leads to a file; False too where it could not even be one."""
    try:
        return stat.S_ISREG(os.stat(path).st_mode)  # noqa: PTH116 - once a row; half the time of Path.stat
    except (OSError, ValueError):
        return False


def is_folder(path: Path) -> bool:
    """Whether a path leads to a folder; False too where it could not even be one."""
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def cache_folder() -> Path:
    """Where features and fetched images are kept: ``ANYMOOD_CACHE``, else ``anymood`` in the user's cache folder."""
    if folder := os.environ.get("ANYMOOD_CACHE"):
        return Path(folder)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "anymood"


@contextmanager
def atomic_write(path: Path) -> Iterator[BinaryIO]:
    """A file to write that is complete afterwards or not there at all, also after a power failure.

    Raises:
        OSError: it cannot be written.
    """
    partial = path.with_name(path.name + PARTIAL_SUFFIX)
    try:
        with partial.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def replace_folder(new: Path, name: Path, backup: Path) -> None:
    """Give a finished folder its name; a folder that had the name before is moved to ``backup``.

    If that fails, the old folder gets its name back. Between the two moves nothing has the name: after a kill,
    ``restore_folder`` repairs that.

    Raises:
        OSError: it cannot be moved.
    """
    try:
        if name.exists():
            name.rename(backup)
        new.rename(name)
    except BaseException:  # Ctrl-C too
        restore_folder(backup, name)
        raise


def restore_folder(backup: Path, name: Path) -> None:
    """Move back what ``replace_folder`` moved away, unless the name is taken."""
    if backup.exists() and not name.exists():
        backup.rename(name)


@contextmanager
def exclusive_lock(path: Path, busy: str) -> Iterator[None]:
    """Hold a lock file that no other process can hold; it is released when this process ends, however it ends.

    Args:
        path: the lock file, made where it is not there; it holds nothing.
        busy: the error message where another process holds it.

    Raises:
        JobError: another process holds it, or the file system has no locks.
    """
    from filelock import FileLock, Timeout

    # A soft lock is only a file that is there: it would stay locked after a kill.
    lock = FileLock(path, timeout=0, thread_local=False, fallback_to_soft=False)
    try:
        lock.acquire()
    except Timeout as error:
        raise JobError(busy) from error
    except OSError as error:
        raise JobError(
            f"{path} cannot be locked: {error.strerror or error}. The file system of its folder may have no locks, "
            "which keep two processes from writing to the same files. Write to a folder on a disk of this machine."
        ) from error
    try:
        yield
    finally:
        lock.release()
