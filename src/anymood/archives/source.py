"""What an archive lies in: a file, a folder, or a zip, with the same few methods for each.

A name is the path of a file within the archive, with ``/`` between its parts. Names never lead out of the archive:
``..``, absolute paths and links to elsewhere are refused, wherever an export names a file.
"""

import codecs
import io
import os
import posixpath
import re
import zipfile
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, BinaryIO, cast

from anymood.compression import BUFFER, decompressed, is_damage
from anymood.errors import ImageError, InputError
from anymood.posts import Reason

HEAD = 1 << 16  # bytes by which a format is told
MAX_FILE_BYTES = 1 << 26  # 64 MiB, of one image read from a zip
MAX_NAMES = 5_000_000  # files of a folder or a zip
OPEN_ZIPS = 4

_SIDECAR = re.compile(r"(?:^|/)(?:__MACOSX/|\._|\.DS_Store$)")
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_DRIVE = re.compile(r"^[A-Za-z]:")


@dataclass(frozen=True, slots=True)
class ZippedFile:
    """A file within a zip, read when it is asked for."""

    archive: Path
    name: str

    def __str__(self) -> str:
        return f"{self.archive}/{self.name}"

    def read(self) -> bytes:
        """The bytes of the file.

        Raises:
            ImageError: it is larger than 64 MiB, damaged or encrypted, or the zip is gone.
        """
        try:
            opened = open_zip(self.archive)
            info = opened.getinfo(self.name)
            if info.file_size > MAX_FILE_BYTES:
                raise ImageError(
                    f"{self} has {info.file_size:,} bytes; {MAX_FILE_BYTES:,} are the most.", Reason.TOO_LARGE
                )
            with opened.open(info) as stream:
                return stream.read(MAX_FILE_BYTES)
        except KeyError:
            raise ImageError(f"{self} is not in the zip.", Reason.MISSING_IMAGE) from None
        except (RuntimeError, NotImplementedError) as error:
            raise ImageError(f"{self} cannot be unpacked: {error}", Reason.UNREADABLE) from error
        except Exception as error:
            if not is_damage(error):
                raise
            raise ImageError(f"{self} cannot be unpacked: {error}", Reason.UNREADABLE) from error


def open_zip(archive: Path) -> zipfile.ZipFile:
    """A zip that stays open, so that each image does not read the list of its files again."""
    state = archive.stat()
    return _opened(archive, state.st_mtime_ns, state.st_size, os.getpid())


@lru_cache(maxsize=OPEN_ZIPS)
def _opened(archive: Path, _changed: int, _size: int, _process: int) -> zipfile.ZipFile:
    """One for each state of the file and each process: two processes would move each other's place in a shared file."""
    return zipfile.ZipFile(archive)


class Source(ABC):
    """A file, a folder or a zip with an archive in it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.damaged: dict[str, Exception] = {}  # files of which not even the beginning can be read

    @property
    @abstractmethod
    def names(self) -> tuple[str, ...]:
        """Names of the files, sorted as the numbers in them count."""

    @abstractmethod
    def open(self, name: str) -> BinaryIO:
        """The content of a file, decompressed."""

    @abstractmethod
    def file(self, name: str) -> Path | ZippedFile | None:
        """A file to read later, such as an image; None where there is none of that name."""

    def head(self, name: str) -> bytes:
        """The first bytes of a file, decompressed; none where they cannot be read, which ``damaged`` tells."""
        try:
            with self.open(name) as stream:
                return stream.read(HEAD)
        except Exception as error:
            if not is_damage(error) and not isinstance(error, NotImplementedError):
                raise
            self.damaged[name] = error
            return b""

    def select(self, pattern: str, check: Callable[[str], bool]) -> list[str]:
        """Names of files that are of a format.

        Args:
            pattern: a regular expression that the end of a name has to match in a folder or a zip. A single file may
                have any name.
            check: tells by the beginning of the content, as text.
        """
        wanted = re.compile(rf"(?:^|/)(?:{pattern})$", re.IGNORECASE)
        named = [name for name in self.names if wanted.search(name)]
        found = {name for name in named if check(as_text(self.head(name)))}
        # A damaged file between others of a format is one of them: its reader tells what is wrong.
        return [name for name in named if name in found or (found and name in self.damaged)]

    def beside(self, name: str, relative: str) -> str | None:
        """A path that a file of the archive gives, as a name: relative to the folder of that file.

        None where it is no relative path, or leads out of the archive.
        """
        relative = relative.replace("\\", "/")
        if not relative or relative.startswith("/") or _DRIVE.match(relative) or "\0" in relative:
            return None
        joined = posixpath.normpath(posixpath.join(posixpath.dirname(name), relative))
        return None if joined == "." or joined.startswith("../") or joined == ".." else joined

    def where(self, name: str) -> str:
        """A file of the archive, as messages name it."""
        return f"{self.path}/{name}"


class FolderSource(Source):
    """A folder, read with all folders below it. Links are not followed out of it."""

    @cached_property
    def _root(self) -> Path:
        return self.path.resolve()

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the files below the folder."""
        found: list[str] = []
        for folder, _, files in os.walk(self.path):
            relative = Path(folder).relative_to(self.path).as_posix()
            prefix = "" if relative == "." else f"{relative}/"
            found.extend(f"{prefix}{file}" for file in files if not _SIDECAR.search(f"{prefix}{file}"))
            if len(found) > MAX_NAMES:
                raise InputError(
                    f"{self.path} has more than {MAX_NAMES:,} files; give a folder that has the archive only."
                )
        return tuple(sorted(found, key=_natural))

    def open(self, name: str) -> BinaryIO:
        """The content of a file, decompressed."""
        path = self.file(name)
        if not isinstance(path, Path):
            raise FileNotFoundError(f"{self.where(name)} is not there")
        return _in_utf8(decompressed(path.open("rb")))

    def file(self, name: str) -> Path | ZippedFile | None:
        """A file to read later; None where there is none of that name."""
        path = self.path / name
        try:
            inside = path.resolve().is_relative_to(self._root)
            return path if inside and path.is_file() else None
        except (OSError, ValueError):  # a name too long for the file system, or with a zero in it
            return None


class FileSource(FolderSource):
    """One file. Images and other files that it names are looked for in its folder."""

    def __init__(self, path: Path) -> None:
        super().__init__(path.parent)
        self.name = path.name
        self._head: bytes | None = None

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The name of the file."""
        return (self.name,)

    def head(self, name: str) -> bytes:
        """The first bytes of the file, which are read once however many formats are tried."""
        if self._head is None:
            self._head = super().head(name)
        return self._head

    def select(self, pattern: str, check: Callable[[str], bool]) -> list[str]:
        """The name of the file, if its content is of a format."""
        del pattern  # a file that was given by hand may have been renamed
        return [self.name] if check(as_text(self.head(self.name))) else []


class ZipSource(Source):
    """A zip, read in place: nothing is unpacked to the disk."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        try:
            members = open_zip(path).infolist()
        except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError) as error:
            raise InputError(
                f"{path} begins as a zip but cannot be opened ({error}). If the download was interrupted, "
                "download it again."
            ) from error
        self._files = {
            name: info
            for info in members
            if not info.is_dir() and (name := self.beside("", info.filename)) and not _SIDECAR.search(name)
        }
        if len(self._files) > MAX_NAMES:
            raise InputError(f"{path} has more than {MAX_NAMES:,} files.")

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the files in the zip."""
        return tuple(sorted(self._files, key=_natural))

    def open(self, name: str) -> BinaryIO:
        """The content of a file, decompressed."""
        info = self._files[name]
        if info.flag_bits & 1:
            raise InputError(f"{self.where(name)} is encrypted. Unpack the zip with its password and give the folder.")
        return _in_utf8(decompressed(cast("BinaryIO", open_zip(self.path).open(info))))

    def file(self, name: str) -> Path | ZippedFile | None:
        """A file to read later; None where there is none of that name."""
        info = self._files.get(name)
        return None if info is None else ZippedFile(self.path, info.filename)


def as_text(head: bytes) -> str:
    """The beginning of a file as text: for telling formats, not for reading."""
    return head.decode("utf-8-sig", "replace")


class _Utf16(io.RawIOBase):
    """A stream of UTF-16 as one of UTF-8, as which all readers read. Closing it closes the stream."""

    def __init__(self, stream: BinaryIO) -> None:
        super().__init__()
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder("utf-16")("replace")
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = b" "
        while not self._rest and data:
            data = self._stream.read(BUFFER)
            self._rest = self._decoder.decode(data, final=not data).encode("utf-8", "surrogatepass")
        taken, self._rest = self._rest[: len(buffer)], self._rest[len(buffer) :]
        buffer[: len(taken)] = taken
        return len(taken)

    def close(self) -> None:
        super().close()
        self._stream.close()


def _in_utf8(stream: io.BufferedReader) -> BinaryIO:
    """A file as it is, but for one in UTF-16, as its mark tells: some programs save text so."""
    try:
        mark = stream.peek(2)[:2]
    except Exception:  # damage, which the caller tells
        stream.close()
        raise
    return io.BufferedReader(_Utf16(stream), BUFFER) if mark in _UTF16 else stream


def _natural(name: str) -> tuple[list[tuple[int, str]], str]:
    """tweets.js before tweets-part2.js, and that before tweets-part10.js."""
    stem, _, suffix = name.rpartition(".")
    parts = re.split(r"(\d{1,18})", stem)
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts], suffix
