"""Lines of a text file, plain or compressed."""

import io
import os
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import cache, partial
from itertools import islice
from pathlib import Path
from typing import BinaryIO, cast

from anymood.compression import SUFFIXES, damage, decompressed, suffix_of
from anymood.errors import TableError
from anymood.files import PARTIAL_SUFFIX, as_path, is_folder
from anymood.posts import Reason
from anymood.tables.format import Record
from anymood.text_decoding import LIMIT, MARK, Line, decoded_lines, is_broken, is_utf_16, legacy_encoding

DECODED = "it is not UTF-8, and was decoded as far as possible. Save the file as UTF-8."
SAMPLE = 2**16  # bytes of lines to detect an encoding, and number of lines that are searched for them

# First bytes of files that are not text.
FOREIGN = {
    b"\xff\xfe\0\0": "UTF-32",
    b"\0\0\xfe\xff": "UTF-32",
    b"PK\x03\x04": "a zip file, as Excel and LibreOffice write them",
    b"PAR1": "a Parquet file",
    b"SQLite format 3\0": "an SQLite database",
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"GIF87a": "a GIF image",
    b"GIF89a": "a GIF image",
    b"%PDF-": "a PDF file",
    b"\xd0\xcf\x11\xe0": "an old Excel file (.xls) or another Office file",
    b"7z\xbc\xaf": "a 7z file",
    b"ARROW1\0\0": "an Arrow file",
}
# Control characters that occur in texts only by mistake. Files with as many different ones are not text.
CONTROLS = frozenset(range(32)) - frozenset(b"\t\n\v\f\r\x1b")
MIN_CONTROLS = 8
# Names of the compressions, for messages.
COMPRESSED = {
    ".gz": "gzipped",
    ".bz2": "compressed with bzip2",
    ".xz": "compressed with xz",
    ".zst": "compressed with Zstandard",
}


def add_line_problems(record: Record, lines: Sequence[Line], advice: str = "") -> None:
    """Add to a record the problems of its lines; ``advice`` is on the encoding."""
    bad = [line for line in lines if line.cut or line.mended]
    if not bad:
        return
    if any(line.cut for line in bad):
        record.add_problem(Reason.LONG_LINE, f"only {LIMIT:,} characters of its line are read.")
    if any(line.mended for line in bad):
        record.add_problem(Reason.ENCODING, f"{DECODED} {advice}".rstrip())


def table_path(table: object) -> Path:
    """The path of a table that is given as an argument.

    Raises:
        SettingError: it is not a path.
    """
    return as_path(table, "A table", " Write a data frame to a file first, such as with to_csv.")


def require_file(path: Path) -> None:
    """Check that a path is a file that is not empty.

    Raises:
        TableError: it is not.
    """
    if str(path) == "/dev/stdin":  # a hyphen on the command line
        raise TableError("Only anymood predict and anymood report read standard input. Give a file.")
    try:
        if not path.exists():
            if is_folder(part := path.with_name(path.name + PARTIAL_SUFFIX)):
                raise TableError(
                    f"{path} is not finished: its rows so far are in {part}. If its job is no longer running, the same "
                    "command as before resumes it."
                )
            is_url = any(part.endswith(":") for part in path.parts)  # a Path has one slash of it
            advice = "A URL is not fetched: download the file first." if is_url else ""
            advice = advice or f"Check the path, which is relative to {Path.cwd()}."
            raise TableError(f"{path} does not exist. {advice}")
        if path.is_dir():
            raise TableError(f"{path} is a folder, not a table.")
        if not path.is_file():
            raise TableError(
                f"{path} is a pipe or a device, but a table is read more than once. Write it to a file, or give it to "
                "anymood predict or report as standard input (-)."
            )
        if path.stat().st_size == 0:
            raise TableError(f"{path} is empty.")
        if not os.access(path, os.R_OK):
            raise TableError(f"{path} cannot be read: permission denied.")
    except OSError as error:
        raise TableError(f"{path} cannot be read: {error.strerror or error}.") from error


def read_lines(path: Path) -> Generator[Line, None, None]:
    """Lines of a file, decompressed by suffix; those that are not UTF-8 in the encoding that the file suggests.

    Raises:
        TableError: the file cannot be read, is of another type, or its compressed data is damaged.
        MissingExtra: it is compressed with Zstandard, and no library for that is installed.
    """
    with open_text(path) as stream:
        yield from decoded_lines(stream, cache(partial(file_encoding, path)))


def file_encoding(path: Path) -> str:
    """The encoding of the lines of a file that are not UTF-8, by the first of them.

    Raises:
        TableError: as for ``read_lines``.
    """
    with open_text(path) as raw:
        return stream_encoding(raw)


def stream_encoding(stream: BinaryIO) -> str:
    """The encoding of the lines of a stream that are not UTF-8, by the first of them."""
    sample = bytearray()
    for line in islice(iter(partial(stream.readline, SAMPLE), b""), SAMPLE):
        if is_broken(line.decode("utf-8", "surrogateescape")):
            sample += line
        if len(sample) >= SAMPLE:
            break
    return legacy_encoding(bytes(sample))


def filled_lines(path: Path) -> Generator[Line, None, None]:
    """The lines of ``read_lines`` that are not blank."""
    with closing(read_lines(path)) as lines:
        yield from (line for line in lines if line.text.strip())


def has_mark(path: Path) -> bool:
    """Whether a text file begins with a byte order mark.

    Raises:
        TableError: as for ``read_lines``.
    """
    with open_text(path) as raw:
        return is_utf_16(raw) or _head(raw).startswith(MARK.encode())


def count_lines(path: Path) -> int:
    """Number of line feeds of a text file, as far as it can be read."""
    lines = 0
    try:
        with open_text(path) as stream:
            for block in iter(lambda: stream.read(2**16), b""):
                lines += block.count(b"\n")
    except TableError:  # raised when the table is read, after the rows before it
        pass
    return lines


@contextmanager
def open_text(path: Path) -> Iterator[BinaryIO]:
    """The bytes of a text file, decompressed by suffix.

    Raises:
        TableError: as for ``read_lines``; also for read errors inside the block.
        MissingExtra: as for ``read_lines``.
    """
    require_file(path)
    suffix = path.suffix.lower()
    try:
        with path.open("rb") as raw:
            actual = suffix_of(raw.peek(6))
            if suffix in SUFFIXES and actual != suffix:
                raise TableError(
                    f"{path} is not {COMPRESSED[suffix]}, although its suffix is {suffix}. Remove the suffix, or "
                    "compress it."
                )
            if actual and suffix not in SUFFIXES:
                raise TableError(
                    f"{path} is {COMPRESSED[actual]}, but its name does not end in {actual}. Add the suffix."
                )
            with decompressed(raw) as stream:
                for first, kind in FOREIGN.items():
                    if _head(stream).startswith(first):
                        raise TableError(
                            f"{path} is {kind}, not text in UTF-8. Save it as CSV in UTF-8, or correct its suffix."
                        )
                if len(CONTROLS.intersection(_head(stream)[:SAMPLE])) >= MIN_CONTROLS and not is_utf_16(stream):
                    raise TableError(
                        f"{path} is a binary file, not text. Save the table as CSV in UTF-8, or correct its suffix."
                    )
                yield stream
    except damage() as error:
        raise TableError(f"{path} cannot be read to the end: {error}. Download or write it again.") from error


def _head(stream: BinaryIO) -> bytes:
    return cast("io.BufferedReader", stream).peek(4)
