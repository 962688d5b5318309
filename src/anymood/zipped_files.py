"""Files in a zip, which are read without unpacking it."""

import os
import zipfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath

from anymood.compression import damage
from anymood.errors import ImageError
from anymood.files import is_file
from anymood.posts import Reason

MAX_FILE_BYTES = 1 << 26  # 64 MiB, for one image
OPEN_ZIPS = 4


@dataclass(frozen=True, slots=True)
class ZippedFile:
    """A file in a zip, read on demand."""

    archive: Path
    name: str

    @classmethod
    def at(cls, path: str | os.PathLike[str]) -> "ZippedFile | None":
        """The file at a path that leads into a zip, as in ``x.zip/photos/1.jpg``; None if there is none."""
        if ".zip" not in os.fspath(path).lower():
            return None  # fast path; base64 given as a path may be long
        path = Path(path)
        zips = (parent for parent in path.parents if parent.suffix.lower() == ".zip" and is_file(parent))
        if (archive := next(zips, None)) is None:
            return None
        try:
            name = _names(open_zip(archive)).get(path.relative_to(archive).as_posix())
        except damage(NotImplementedError):
            return None
        return None if name is None else cls(archive, name)

    def __str__(self) -> str:
        return f"{self.archive}/{self.name}"

    def read(self) -> bytes:
        """The bytes of the file.

        Raises:
            ImageError: it is larger than 64 MiB, damaged or encrypted, or the zip no longer exists.
        """
        try:
            opened = open_zip(self.archive)
            info = opened.getinfo(self.name)
            if info.file_size > MAX_FILE_BYTES:
                raise ImageError(
                    f"{self} has {info.file_size:,} bytes, more than {MAX_FILE_BYTES:,}.", Reason.TOO_LARGE
                )
            with opened.open(info) as stream:
                return stream.read(MAX_FILE_BYTES)
        except KeyError:
            raise ImageError(f"{self} is not in the zip.", Reason.MISSING_IMAGE) from None
        except damage(RuntimeError, NotImplementedError) as error:
            raise ImageError(f"{self} cannot be unpacked: {error}", Reason.UNREADABLE) from error


def open_zip(archive: Path) -> zipfile.ZipFile:
    """An open zip, cached so that its directory is not read again for each image."""
    state = archive.stat()
    return _opened(archive, state.st_mtime_ns, state.st_size, os.getpid())


@lru_cache(maxsize=OPEN_ZIPS)
def _opened(archive: Path, _changed: int, _size: int, _process: int) -> zipfile.ZipFile:
    """One zip per state of the file and process: processes with a common file descriptor share its position."""
    return zipfile.ZipFile(archive)


@lru_cache(maxsize=OPEN_ZIPS)
def _names(opened: zipfile.ZipFile) -> dict[str, str]:
    """The names in a zip by the paths that they are written as."""
    return {PurePosixPath(name).as_posix(): name for name in opened.namelist()}
