"""Files of word vectors, read as a stream: word2vec (binary or text), GloVe and fastText's text.

Words may contain spaces, as in the GloVe release of 840 billion tokens (``. . .``, ``at name@domain.com``), so lines
are parsed from the end. In a binary file, a word ends at the first blank that is followed by a vector and another word.
Headers may count too few words: the whole file is read.
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

HEAD_LINES = 100  # lines from which the number of values is inferred if there is no header
BLOCK = 2**20
MAX_WORD_BYTES = 2**12  # bytes, in a binary file
WORD_BEGINNING = 64  # bytes by which words are distinguished from values
MAX_VALUE = 1e6  # maximum absolute value; values read at a wrong offset are mostly far larger, or NaN
_HEADER = re.compile(rb"(\d+)[ \t]+(\d+)[ \t]*\r?\n")
_CONTROLS = re.compile(rb"[\x00-\x1f\x7f]")


def vectors_in(file: Path) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """Words of a file and their vectors (E,), in the order of the file.

    Raises:
        ValueError: the file is in none of the formats, is truncated, or has vectors of different lengths.
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
    """Lines of a word and its values; ``width`` is None if there is no header."""
    words = 0
    head = [] if width is not None else list(islice(stream, HEAD_LINES))
    width = width or _width(head)
    for number, line in enumerate(chain(head, stream), first_line):
        if line.strip():
            yield _of_line(line, width, number)
            words += 1
    if words < count:
        raise ValueError(f"it is truncated: its header says {count:,} words, and there are {words:,}")


def _width(lines: list[bytes]) -> int:
    """The number of values: that of most lines, since few words contain spaces."""
    counts = Counter(len(line.split()) for line in lines if line.strip())
    width = max(counts, key=lambda parts: (counts[parts], -parts), default=0) - 1
    if width < 1:
        raise ValueError("a line has no values after its word")
    return width


def _of_line(line: bytes, width: int, number: int) -> tuple[str, NDArray[np.float32]]:
    parts = line.rstrip(b" \t\r\n").replace(b"\t", b" ").rsplit(b" ", width)
    values = _values(parts[1:]) if len(parts) == width + 1 else None
    if values is None:
        raise ValueError(f"its line {number:,} has no {width} values after a word")
    return parts[0].decode("utf-8", "replace"), values


def _values(parts: list[bytes]) -> NDArray[np.float32] | None:
    try:
        return np.array(parts, dtype=np.float64).astype(np.float32)
    except ValueError:
        return None


def _binary(stream: BinaryIO, count: int, width: int) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """Words, each followed by a blank and 32-bit values, with or without a line feed."""
    size = 4 * width
    data, at, words = b"", 0, 0
    is_fed: bool | None = None  # whether a line feed follows the values, which is the same in the whole file
    while True:
        if len(data) - at < 2 * MAX_WORD_BYTES + size:
            data, at = data[at:] + stream.read(max(BLOCK, 4 * size)), 0
        if data[at : at + 1] == b"\n":
            at += 1
        if at == len(data):
            break
        blank = _word_end(data, at, size, is_fed)
        if blank is None:
            raise ValueError(f"it is truncated or damaged after {words:,} of {count:,} words")
        values = np.frombuffer(data, "<f4", width, blank + 1).astype(np.float32)
        yield data[at:blank].decode("utf-8", "replace"), values
        at, words = blank + 1 + size, words + 1
        is_fed = data[at : at + 1] == b"\n" if is_fed is None else is_fed
    if words < count:
        raise ValueError(f"it is truncated: its header says {count:,} words, and there are {words:,}")


def _word_end(data: bytes, at: int, size: int, is_fed: bool | None) -> int | None:
    """The end of a word: the first blank that a vector follows, else the first blank; None without a blank."""
    blanks = []
    blank = at
    while (blank := data.find(b" ", blank + 1, at + MAX_WORD_BYTES)) >= 0 and blank + 1 + size <= len(data):
        if _fits(data, blank + 1, blank + 1 + size, is_fed):
            return blank
        blanks.append(blank)
    return blanks[0] if blanks else None


def _fits(data: bytes, start: int, end: int, is_fed: bool | None) -> bool:
    """Whether there are values from ``start`` to ``end``, followed by a word or the end of the file."""
    values = np.frombuffer(data, "<f4", (end - start) // 4, start)
    if not (np.abs(values) < MAX_VALUE).all():
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
        return error.end == len(word) == WORD_BEGINNING - fed  # cut within a character
    return True
