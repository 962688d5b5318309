"""Files that outlast kills and power failures, and a lock that does not."""

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


def lock(file: int, busy: str) -> None:
    """Keep other processes from locking an open file until this one closes it or ends, however it ends.

    Args:
        file: its descriptor.
        busy: what the error says.

    Raises:
        JobError: another process has it.
    """
    if sys.platform == "win32":
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise JobError(busy) from error
