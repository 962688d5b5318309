"""Checks and hashes of files, atomic writes, and locks between processes."""

import errno
import hashlib
import os
import re
import stat
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, cast

from anymood.errors import InputError, JobError, SettingError

PARTIAL_SUFFIX = ".part"  # suffix of incomplete files, and of the work folders of jobs

_URL = re.compile(r"data:|[a-z][a-z0-9+.-]+://", re.IGNORECASE)


def is_url(path: str) -> bool:
    """Whether a path is a URL, or a ``data:`` URL."""
    return _URL.match(path) is not None


def as_path(path: object, what: str, advice: str = "") -> Path:
    """The path that is given as an argument.

    Args:
        path: the argument.
        what: its name, as the beginning of a sentence: "A table".
        advice: what to do in place of it, as the end of the message.

    Raises:
        SettingError: it is not a path.
    """
    name = os.fspath(path) if isinstance(path, str | os.PathLike) else None
    if not isinstance(name, str):
        raise SettingError(f"{what} is given by its path, not as a {type(path).__name__}.{advice}")
    return Path(name)


def is_file(path: Path) -> bool:
    """Whether a path is a file; False for invalid paths."""
    try:
        return stat.S_ISREG(os.stat(path).st_mode)  # noqa: PTH116 - called for every row; half the time of Path.stat
    except (OSError, ValueError):
        return False


def no_permission(path: Path) -> str | None:
    """Why a path cannot be reached, if that is for lack of permission."""
    try:
        path.stat()
    except PermissionError as error:
        return error.strerror
    except (OSError, ValueError):
        pass
    return None


def is_folder(path: Path) -> bool:
    """Whether a path is a folder; False for invalid paths."""
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def walk(folder: str | os.PathLike[str]) -> Iterator[tuple[str, list[str], list[str]]]:
    """A folder and its subfolders, as by ``os.walk``, which would skip those that cannot be read.

    Raises:
        InputError: one of them cannot be read.
    """

    def stop(error: OSError) -> None:
        raise InputError(f"The folder {error.filename} cannot be read: {error.strerror}.") from error

    return os.walk(folder, onerror=stop)


def require_image_folder(folder: str | os.PathLike[str] | None) -> Path | None:
    """The folder that paths of images are relative to; None if there is none.

    Raises:
        SettingError: it does not exist, or is not a path.
    """
    path = None if folder is None else as_path(folder, "A folder of images")
    if path is not None and not is_folder(path):
        raise SettingError(f"There is no folder {path}, which images are relative to.")
    return path


def file_sha256(path: str | os.PathLike[str]) -> str:
    """SHA-256 of the content of a file, in hexadecimal.

    Raises:
        OSError: the file cannot be read.
        ValueError: the path contains NUL bytes.
    """
    with open(path, "rb") as file:  # noqa: PTH123 - a path of any kind
        return hashlib.file_digest(file, "sha256").hexdigest()


def cache_folder() -> Path:
    """The cache folder: ``ANYMOOD_CACHE``, or by default ``anymood`` in the user's cache folder.

    Raises:
        SettingError: the user has no home folder.
    """
    if folder := os.environ.get("ANYMOOD_CACHE"):
        return Path(folder)
    try:
        return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "anymood"
    except RuntimeError as error:  # HOME is not set, and the user is not known to the system, as in containers
        raise SettingError("There is no home folder to keep files in. Set ANYMOOD_CACHE to a folder.") from error


def require_no_nul(path: Path) -> None:
    """Raise ``SettingError`` if the path of an output has a NUL byte, which no file or folder can have."""
    if "\0" in str(path):
        raise SettingError(f"{str(path)!r} cannot be written: its name contains a NUL byte. Remove it.")


def check_output(
    path: Path, suffixes: Sequence[str] = (), *, overwrite: bool = False, inputs: Sequence[str | os.PathLike[str]] = ()
) -> None:
    """Check that an output file can be written, before the work is done.

    Args:
        path: the output.
        suffixes: suffixes that it may have; any by default.
        overwrite: whether it may replace an existing file.
        inputs: files that it must not replace.

    Raises:
        SettingError: its suffix is none of these, it is a folder, a device or an input, its folder does not exist or
            is read-only, its name has a NUL byte, or it exists and may not be overwritten.
    """
    require_no_nul(path)
    if suffixes and path.suffix.lower() not in suffixes:
        named = f"{', '.join(suffixes[:-1])} or {suffixes[-1]}"
        raise SettingError(f"{path} cannot be written: its name must end in {named}.")
    if is_folder(path):
        raise SettingError(f"{path} is a folder. Give the name of a file in it.")
    if path.exists() and not path.is_file():
        raise SettingError(f"{path} is a device or a pipe. Give the name of a file, or leave out the output.")
    if not is_folder(path.parent):
        raise SettingError(f"{path} cannot be written: there is no folder {path.parent}. Create it first.")
    if not os.access(path.parent, os.W_OK):
        raise SettingError(f"{path} cannot be written: its folder is read-only for you. Choose another folder.")
    if any(is_file(Path(each)) and path.exists() and path.samefile(each) for each in inputs):
        raise SettingError(f"{path} is also the input. Give the output another name.")
    if path.exists() and not overwrite:
        raise SettingError(
            f"{path} already exists. Choose another name, or replace it with --overwrite or overwrite=True."
        )


def write_output(path: Path, content: str | bytes) -> None:
    """Write an output file atomically; if several processes write it, the last one remains.

    Raises:
        SettingError: the file cannot be written.
    """
    try:
        with atomic_write(path, path.with_name(f"{path.name}.{os.getpid()}{PARTIAL_SUFFIX}")) as file:
            file.write(content if isinstance(content, bytes) else content.encode("utf-8", "replace"))
    except OSError as error:
        raise SettingError(f"{path} cannot be written: {error.strerror or error}.") from error


@contextmanager
def atomic_write(path: Path, partial: Path | None = None) -> Iterator[BinaryIO]:
    """A file to write that is complete afterwards, or does not exist, also after a power failure.

    Args:
        path: the file.
        partial: the incomplete file; by default ``path`` with ``.part``.

    Raises:
        OSError: it cannot be written.
    """
    partial = partial or path.with_name(path.name + PARTIAL_SUFFIX)
    try:
        with partial.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except BaseException as error:
        partial.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.errno == errno.ENOSPC and error.filename is None:
            error.filename = str(path)  # which errors of writing to an open file lack
        raise


@contextmanager
def created_folder(path: Path) -> Iterator[None]:
    """Create a folder with its parents; if the content fails, those of them that are empty are removed again.

    Raises:
        OSError: it cannot be created.
    """
    missing = [each for each in (path, *path.parents) if not each.exists()]
    try:
        path.mkdir(parents=True, exist_ok=True)
        yield
    except BaseException:
        for each in missing:
            with suppress(OSError):  # not empty, or not created
                each.rmdir()
        raise


@contextmanager
def cache_write(path: Path) -> Iterator[BinaryIO]:
    """A file of a cache to write, which several processes may write concurrently: the last one remains.

    Its folder is created if missing. The file is complete or does not exist, but is not synced to the disk.

    Raises:
        OSError: it cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=PARTIAL_SUFFIX, delete=False) as file:
        partial = Path(file.name)
        try:
            yield cast("BinaryIO", file)
            file.close()
            partial.replace(path)
        except BaseException:
            file.close()
            partial.unlink(missing_ok=True)
            raise


def replace_folder(new: Path, name: Path, backup: Path) -> None:
    """Rename a finished folder to ``name``; an existing folder is moved to ``backup``, and restored on failure.

    Between the two moves no folder has the name: after a kill, ``restore_folder`` repairs that.

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
    """Restore the folder that ``replace_folder`` moved to ``backup``, unless ``name`` exists."""
    if backup.exists() and not name.exists():
        backup.rename(name)


@contextmanager
def exclusive_lock(path: Path, busy: str, *, required: bool = True) -> Iterator[None]:
    """Hold an exclusive lock on a file, which is released when this process ends, even if it is killed.

    Args:
        path: the lock file, created if missing; it stays empty.
        busy: the error message if another process holds it.
        required: whether a file system without locks is an error; otherwise, no lock is held there.

    Raises:
        JobError: another process holds it, or the file system has no locks.
    """
    from filelock import FileLock, Timeout

    # A soft lock is a file that exists: it would stay locked after a kill.
    lock = FileLock(path, timeout=0, thread_local=False, fallback_to_soft=False)
    try:
        lock.acquire()
    except Timeout as error:
        raise JobError(busy) from error
    except OSError as error:
        if required:
            raise JobError(
                f"{path} cannot be locked: {error.strerror or error}. Its file system may not support locks, which "
                "keep two processes from writing to the same files. Write to a folder on a local disk."
            ) from error
    try:
        yield
    finally:
        lock.release()
