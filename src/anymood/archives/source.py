"""The files of an archive: a single file, a folder, or a zip, with the same interface.

A name is the path of a file within the archive, with ``/`` as separator. Names that lead out of the archive (``..``,
absolute paths, links to other places) are rejected.
"""

import codecs
import io
import posixpath
import re
import zipfile
from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import BinaryIO, cast

from anymood.compression import damage, decompressed
from anymood.errors import InputError
from anymood.files import walk
from anymood.text_decoding import is_damaged_utf8, is_utf_16, legacy_encoding, recoded
from anymood.zipped_files import ZippedFile, open_zip

HEAD = 1 << 16  # bytes that are read to recognise a format
MAX_NAMES = 5_000_000  # files of a folder or a zip

_SIDECAR = re.compile(r"(?:^|/)(?:__MACOSX/|\._|\.DS_Store$)")
_BLANKS = re.compile(r"[\s\ufeff]*")  # and byte order marks
_NO_TEXT = re.compile(rb"[\x00-\x08\x0e-\x1a]")
_DRIVE = re.compile(r"^[A-Za-z]:")


class Source(ABC):
    """A file, a folder or a zip with an archive."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.damaged: dict[str, Exception] = {}  # files whose beginning cannot be read

    @property
    @abstractmethod
    def names(self) -> tuple[str, ...]:
        """Names of the files, in natural order."""

    @abstractmethod
    def open(self, name: str) -> BinaryIO:
        """The decompressed content of a file."""

    @abstractmethod
    def file(self, name: str) -> Path | ZippedFile | None:
        """A file to read later, such as an image; None if it does not exist."""

    def head(self, name: str) -> bytes:
        """The first bytes of a file, decompressed; empty if it cannot be read, which ``damaged`` records."""
        try:
            with self.open(name) as stream:
                return stream.read(HEAD)
        except damage(NotImplementedError) as error:
            self.damaged[name] = error
            return b""

    def select(self, pattern: str, check: Callable[[str], bool]) -> list[str]:
        """Names of the files of a format.

        Args:
            pattern: regular expression for the end of a name in a folder or a zip. A single file may have any name.
            check: whether the beginning of the content, from ``head_text``, is of the format.
        """
        ending = re.compile(rf"(?:^|/)(?:{pattern})$", re.IGNORECASE)
        named = [name for name in self.names if ending.search(name)]
        matching = {name for name in named if check(head_text(self.head(name)))}
        # A damaged file among others of a format counts as one of them, so that its reader reports the error.
        return [name for name in named if name in matching or (matching and name in self.damaged)]

    def beside(self, name: str, relative: str) -> str | None:
        """The name of a file from its path relative to the folder of another file.

        None if the path is not relative, or leads out of the archive.
        """
        relative = relative.replace("\\", "/")
        if not relative or relative.startswith("/") or _DRIVE.match(relative) or "\0" in relative:
            return None
        joined = posixpath.normpath(posixpath.join(posixpath.dirname(name), relative))
        return None if joined == "." or joined.startswith("../") or joined == ".." else joined

    def where(self, name: str) -> str:
        """The name of a file for messages."""
        return f"{self.path}/{name}"


class FolderSource(Source):
    """A folder with its subfolders. Links out of it are not followed."""

    @cached_property
    def _root(self) -> Path:
        return self.path.resolve()

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the files in the folder.

        Raises:
            InputError: there are too many, or one of its folders cannot be read.
        """
        names: list[str] = []
        for folder, _, files in walk(self.path):
            relative = Path(folder).relative_to(self.path).as_posix()
            prefix = "" if relative == "." else f"{relative}/"
            names.extend(f"{prefix}{file}" for file in files if not _SIDECAR.search(f"{prefix}{file}"))
            if len(names) > MAX_NAMES:
                raise InputError(
                    f"{self.path} has more than {MAX_NAMES:,} files; give a folder that only has the archive."
                )
        return tuple(sorted(names, key=_natural))

    def open(self, name: str) -> BinaryIO:
        """The decompressed content of a file."""
        path = self.file(name)
        if not isinstance(path, Path):
            raise FileNotFoundError(f"{self.where(name)} does not exist")
        return _in_utf8(decompressed(path.open("rb")))

    def file(self, name: str) -> Path | ZippedFile | None:
        """A file to read later; None if it does not exist."""
        path = self.path / name
        try:
            inside = path.resolve().is_relative_to(self._root)
            return path if inside and path.is_file() else None
        except (OSError, ValueError, RuntimeError):  # a name that is too long or has NUL bytes, or a loop of links
            return None


class FileSource(FolderSource):
    """A single file. Files that it refers to are read from its folder."""

    def __init__(self, path: Path) -> None:
        super().__init__(path.parent)
        self.name = path.name
        self._head: bytes | None = None

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The name of the file."""
        return (self.name,)

    def head(self, name: str) -> bytes:
        """The first bytes of the file, read once for all formats."""
        if self._head is None:
            self._head = super().head(name)
        return self._head

    def select(self, pattern: str, check: Callable[[str], bool]) -> list[str]:
        """The name of the file, if its content is of the format."""
        del pattern  # a single file may have been renamed
        return [self.name] if check(head_text(self.head(self.name))) else []


class ZipSource(Source):
    """A zip, which is not unpacked."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        try:
            members = open_zip(path).infolist()
        except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError) as error:
            raise InputError(
                f"{path} begins like a zip but cannot be opened ({error}). If the download was interrupted, "
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
        """The decompressed content of a file."""
        info = self._files[name]
        if info.flag_bits & 1:
            raise InputError(f"{self.where(name)} is encrypted. Unpack the zip with its password and give the folder.")
        return _in_utf8(decompressed(cast("BinaryIO", open_zip(self.path).open(info))))

    def file(self, name: str) -> Path | ZippedFile | None:
        """A file to read later; None if it does not exist."""
        info = self._files.get(name)
        return None if info is None else ZippedFile(self.path, info.filename)


def head_text(head: bytes) -> str:
    """The beginning of a file as text, to detect its format, without leading whitespace and byte order marks."""
    return _BLANKS.sub("", head.decode("utf-8", "replace"), count=1)


def _in_utf8(stream: io.BufferedReader) -> BinaryIO:
    """The stream, recoded to UTF-8 if it begins with UTF-16 or an older encoding, as some programs write."""
    try:
        encoding = "utf-16" if is_utf_16(stream) else _older_encoding(stream.peek(HEAD)[:HEAD])
    except Exception:  # the caller reports damage
        stream.close()
        raise
    return stream if encoding is None else recoded(stream, encoding)


def _older_encoding(head: bytes) -> str | None:
    """The encoding of a file by its beginning; None for UTF-8, and for a file that is not text."""
    if head.isascii() or _NO_TEXT.search(head):
        return None
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)  # the end may be within a character
    except UnicodeDecodeError:
        encoding = legacy_encoding(head)
        return None if is_damaged_utf8(head.decode("utf-8", "surrogateescape"), encoding) else encoding
    return None


def _natural(name: str) -> tuple[list[tuple[int, str]], str]:
    """Natural order: tweets.js before tweets-part2.js, and that before tweets-part10.js."""
    stem, _, suffix = name.rpartition(".")
    parts = re.split(r"(\d{1,18})", stem)
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts], suffix
