"""Files of word vectors, read as a stream: word2vec (binary or text), GloVe and fastText's text.

Words may hold blanks, as some of the GloVe release of 840 billion tokens do (``. . .``, ``at name@domain.com``), so a
line is read from its end. Of a binary file, each blank is tried as the end of a word until a vector and the beginning
of another word follow. Headers may count too few words: all that is there is read.
"""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from anymood.compression import decompressed

HEAD_LINES = 100  # of a file without a header, by which the number of values is told
BLOCK = 2**20
LONGEST_WORD = 2**12  # bytes, of a binary file
WORD_BEGINNING = 64  # bytes by which a word is told from values
LARGEST = 1e6  # absolute value of a vector; what is read from a wrong place is mostly far larger, or no number
_HEADER = re.compile(rb"(\d+)[ \t]+(\d+)[ \t]*\r?\n")
_CONTROLS = re.compile(rb"[\x00-\x1f\x7f]")


def vectors_in(file: Path) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """Words of a file with their vectors (E,), in the order of the file.

    Raises:
        ValueError: it is in none of the formats, breaks off, or has a vector of another length.
    """
    with file.open("rb", buffering=BLOCK) as raw, decompressed(raw) as stream:
        head = stream.peek(BLOCK)
        header = _HEADER.match(head)
        if header is None:
            yield from _text(stream, 0, None, first_line=1)
            return
        count, width = int(header[1]), int(header[2])
        if not width:
            raise ValueError("its header says that vectors have no values")
        stream.read(header.end())
        line = head[header.end() :].split(b"\n", 1)[0]
        if len(line.split()) > width and _values(line.split()[-width:]) is not None:
            yield from _text(stream, count, width, first_line=2)
        else:
            yield from _binary(stream, count, width)


def _text(
    stream: BinaryIO, count: int, width: int | None, first_line: int
) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """A word and its values a line; ``width`` is None where no header tells how many there are."""
    found = 0
    head = [] if width is not None else list(islice(stream, HEAD_LINES))
    width = width or _width(head)
    for number, line in enumerate(chain(head, stream), first_line):
        if line.strip():
            yield _of_line(line, width, number)
            found += 1
    if found < count:
        raise ValueError(f"it breaks off: its header says {count:,} words, and there are {found:,}")


def _width(lines: list[bytes]) -> int:
    """The number of values: that of most lines, for few words hold blanks."""
    counts = Counter(len(line.split()) for line in lines if line.strip())
    width = max(counts, key=lambda parts: (counts[parts], -parts), default=0) - 1
    if width < 1:
        raise ValueError("a line has no values behind its word")
    return width


def _of_line(line: bytes, width: int, number: int) -> tuple[str, NDArray[np.float32]]:
    parts = line.rstrip(b" \t\r\n").replace(b"\t", b" ").rsplit(b" ", width)
    values = _values(parts[1:]) if len(parts) == width + 1 else None
    if values is None:
        raise ValueError(f"its line {number:,} has no {width} values behind a word")
    return parts[0].decode("utf-8", "replace"), values


def _values(parts: list[bytes]) -> NDArray[np.float32] | None:
    try:
        return np.array(parts, dtype=np.float64).astype(np.float32)
    except ValueError:
        return None


def _binary(stream: BinaryIO, count: int, width: int) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """A word, a blank and the values in 32 bits, with or without a line feed behind them."""
    size = 4 * width
    data, at, found = b"", 0, 0
    is_fed: bool | None = None  # whether a line feed follows the values, which is the same for all of a file
    while True:
        if len(data) - at < 2 * LONGEST_WORD + size:
            data, at = data[at:] + stream.read(max(BLOCK, 4 * size)), 0
        if data[at : at + 1] == b"\n":
            at += 1
        if at == len(data):
            break
        blank = _word_end(data, at, size, is_fed)
        if blank is None:
            raise ValueError(f"it breaks off or is damaged behind {found:,} of {count:,} words")
        values = np.frombuffer(data, "<f4", width, blank + 1).astype(np.float32)
        yield data[at:blank].decode("utf-8", "replace"), values
        at, found = blank + 1 + size, found + 1
        is_fed = data[at : at + 1] == b"\n" if is_fed is None else is_fed
    if found < count:
        raise ValueError(f"it breaks off: its header says {count:,} words, and there are {found:,}")


def _word_end(data: bytes, at: int, size: int, is_fed: bool | None) -> int | None:
    """Where a word ends: at the first blank with a vector behind it, else at the first one; None without a blank."""
    blanks = []
    blank = at
    while (blank := data.find(b" ", blank + 1, at + LONGEST_WORD)) >= 0 and blank + 1 + size <= len(data):
        if _fits(data, blank + 1, blank + 1 + size, is_fed):
            return blank
        blanks.append(blank)
    return blanks[0] if blanks else None


def _fits(data: bytes, start: int, end: int, is_fed: bool | None) -> bool:
    """Whether values stand from ``start`` to ``end``, and the next word or the end of the file behind them."""
    values = np.frombuffer(data, "<f4", (end - start) // 4, start)
    if not (np.abs(values) < LARGEST).all():
        return False
    fed = data[end : end + 1] == b"\n"
    if end == len(data) or (fed and is_fed):
        return True
    word = data[end + fed : end + WORD_BEGINNING].split(b" ", 1)[0]
    if not word or _CONTROLS.search(word) or (is_fed and not fed):
        return False
    try:
        word.decode()
    except UnicodeDecodeError as error:
        return error.end == len(word) == WORD_BEGINNING - fed  # it was cut within a character
    return True
