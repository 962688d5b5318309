"""Files that outlast kills and power failures, and a lock that does not."""

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from anymood.errors import JobError

if sys.platform != "win32":
    import fcntl

PART = ".part"  # the end of the name of a file that is not whole yet
HELD = (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES)  # how systems say that another process has a lock


@contextmanager
def whole(path: Path) -> Iterator[BinaryIO]:
    """A file to write that is there whole afterwards or not at all, also after a power failure.

    Raises:
        OSError: it cannot be written.
    """
    beside = path.with_name(path.name + PART)
    try:
        with beside.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def take_place(new: Path, name: Path, aside: Path) -> None:
    """Give a finished folder its name; what had it before goes aside, and back where that fails.

    Between the two moves nothing has the name: whoever finds that after a kill calls :func:`put_back`.

    Raises:
        OSError: it cannot be moved.
    """
    try:
        if name.exists():
            name.rename(aside)
        new.rename(name)
    except BaseException:  # Ctrl-C too
        put_back(aside, name)
        raise


def put_back(aside: Path, name: Path) -> None:
    """Move what :func:`take_place` had moved aside, where nothing has taken its place."""
    if aside.exists() and not name.exists():
        aside.rename(name)


def lock(file: int, name: Path, busy: str) -> None:
    """Keep other processes from locking an open file until this one closes it or ends, however it ends.

    Args:
        file: its descriptor.
        name: the file's, for messages.
        busy: what the error says where another process has it.

    Raises:
        JobError: another process has it, or the file lies where there are no locks.
    """
    if sys.platform == "win32":
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in HELD:
            raise JobError(busy) from error
        raise JobError(
            f"{name} cannot be locked: {error.strerror or error}. The file system of its folder gives no locks, which "
            "keep two processes from writing over each other. Write to a folder on a disk of this machine."
        ) from error
