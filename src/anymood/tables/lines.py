"""Lines of a text file: plain or gzipped, decoded one by one so that a broken line stays alone.

The encoding is UTF-8, with or without a byte-order mark. A line that is not UTF-8 is mended and
says so. Where some of its bytes do make UTF-8 characters, it is a UTF-8 line with a cut or damaged
character, which becomes U+FFFD. Where none do, it was written in a Western European 8-bit code,
and is read as Windows-1252.
"""

import gzip
import io
import zlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

from anymood.errors import TableError

MENDED = "it is not UTF-8; what could be read of it was kept. Save the file as UTF-8."
LIMIT = 2**26  # characters of a line: a file without line ends, or what a small gzip file unpacks to, fills no memory

# First bytes of files that get a text file's suffix by mistake.
FOREIGN = {
    b"\xff\xfe": "UTF-16 text",
    b"\xfe\xff": "UTF-16 text",
    b"\x1f\x8b": "a gzip file without the suffix .gz",
    b"PK\x03\x04": "a zip file, as Excel and LibreOffice write them",
    b"PAR1": "a Parquet file",
}


class Line(NamedTuple):
    """A line with its end, its number from 1, whether its bytes were no UTF-8, and whether ``LIMIT`` cut it short."""

    number: int
    text: str
    mended: bool
    cut: bool = False


def require_file(path: Path) -> None:
    """Check that a path is a file with something in it.

    Raises:
        TableError: it is not.
    """
    try:
        if not path.exists():
            raise TableError(f"{path} is not there. Check the path; it is read relative to {Path.cwd()}.")
        if path.is_dir():
            raise TableError(f"{path} is a folder, not a table.")
        if path.is_file() and path.stat().st_size == 0:
            raise TableError(f"{path} is empty.")
    except OSError as error:
        raise TableError(f"{path} cannot be read: {error.strerror or error}.") from error


def read_lines(path: Path) -> Generator[Line, None, None]:
    r"""Lines of a file, ended by ``\n``, ``\r\n`` or ``\r``; gzipped where the name ends in ``.gz``.

    Raises:
        TableError: the file cannot be read, is of another kind, or its compressed data are damaged.
    """
    require_file(path)
    try:
        with _open(path) as raw, io.TextIOWrapper(raw, "utf-8-sig", "surrogateescape", newline="") as stream:
            number = 0
            while text := stream.readline(LIMIT):
                number += 1
                cut = is_cut = len(text) == LIMIT and text[-1] not in "\r\n"
                yield Line(number, *_mend(text), cut)
                while is_cut:  # what is beyond is passed over
                    rest = stream.readline(LIMIT)
                    is_cut = len(rest) == LIMIT and rest[-1] not in "\r\n"
    except (OSError, EOFError, zlib.error) as error:
        raise TableError(f"{path} cannot be read to its end: {error}. Fetch or write it anew.") from error


@contextmanager
def _open(path: Path) -> Iterator[BinaryIO]:
    with gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb") as raw:
        try:
            head = raw.peek(4)
        except gzip.BadGzipFile as error:
            raise TableError(f"{path} is not gzipped, as its name says. Take .gz off it, or write it anew.") from error
        for mark, kind in FOREIGN.items():
            if head.startswith(mark):
                raise TableError(f"{path} is {kind}, not text in UTF-8. Save it as UTF-8, or give it its right suffix.")
        yield cast("BinaryIO", raw)


def _mend(text: str) -> tuple[str, bool]:
    """The text without the surrogates U+DC80 to U+DCFF, which stand for bytes that are no UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raw = text.encode("utf-8", "surrogateescape")
        is_utf8 = any(character > "\x7f" and not "\udc80" <= character <= "\udcff" for character in text)
        return raw.decode("utf-8" if is_utf8 else "cp1252", "replace"), True
    return text, False
