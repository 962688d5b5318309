"""Text of files that are not UTF-8 throughout, decoded with ``errors="surrogateescape"`` first."""

import codecs
import io
import re
from collections.abc import Callable, Generator
from functools import partial
from typing import Any, BinaryIO, NamedTuple, cast

from anymood.compression import BUFFER

MARK = "\ufeff"  # byte order mark
WESTERN = "cp1252"
# Maximum number of characters of a line, so that files without line ends and zip bombs do not fill the memory.
LIMIT = 2**26

_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)

_BYTES = re.compile("[\udc80-\udcff]+")  # how bytes that are not UTF-8 are decoded
# Texts beyond ASCII, between the markup of HTML, JSON and CSV.
_TEXTS = re.compile(rb'[^<>"\r\n]*[\x80-\xff][^<>"\r\n]*')
# Encodings in which spreadsheets write CSV files, by the language of the system.
_CENTRAL_EUROPEAN = "cp1250"
_TURKISH = "cp1254"  # differs from Windows-1252 in the letters of Icelandic
_OTHER_SCRIPTS = (
    *("cp1251", "koi8_r", "cp1253", "cp1255", "cp1256", "cp874"),
    *("cp932", "euc_jp", "cp949", "gb18030", "big5"),
)
_MIN_BYTES = 20  # non-ASCII bytes to detect an encoding
# Bytes of each of five parts by which encodings are judged. In parts of 512, one odd line can rule out the right one.
_CHUNK = 2048
# Minimum share of non-ASCII bytes among those of letters. English punctuation is at 0.02, Czech at 0.15.
_LATIN_SHARE, _OTHER_SHARE = 0.04, 0.25
# Bytes of i without a dot, s with a cedilla and soft g, and of their capitals, and their least share of those beyond
# ASCII: 0.55 in Turkish. There, the first is the most frequent one; in Icelandic, it is the third.
_TURKISH_LETTERS, _TURKISH_SHARE = b"\xfd\xfe\xf0\xdd\xde\xd0", 0.4
_BY_CHANCE = 3  # maximum of UTF-8 characters by chance for each other byte: 1.3 in Japanese, 1.2 in Thai
# Difference of chaos within which coherence decides: Hebrew is as little chaotic in the encoding of Thai.
_NEAR = 0.03
_MARGIN = 0.02  # by which the coherence must exceed that in Windows-1252


class Line(NamedTuple):
    """A line with its line end, its number from 1, whether it was invalid UTF-8, and whether ``LIMIT`` cut it."""

    number: int
    text: str
    mended: bool
    cut: bool = False


def decoded_lines(stream: BinaryIO, encoding: Callable[[], str] = lambda: WESTERN) -> Generator[Line, None, None]:
    r"""Lines of a stream, ended by ``\n``, ``\r\n`` or ``\r``. Each one is decoded separately.

    Args:
        stream: UTF-8 with or without a byte order mark, or UTF-16 with one. It is closed after the last line.
        encoding: returns the encoding of lines that are not valid UTF-8.
    """
    wide = is_utf_16(stream)
    how = ("utf-16", "replace") if wide else ("utf-8", "surrogateescape")
    with io.TextIOWrapper(stream, *how, newline="") as lines:
        for number, line in enumerate(iter(partial(lines.readline, LIMIT), ""), 1):
            is_cut = cut = len(line) == LIMIT and line[-1] not in "\r\n"
            text = line if number > 1 else line.lstrip(MARK)
            if was_broken := is_broken(text):
                text = mended(text, encoding())
            yield Line(number, text, was_broken or (wide and "\ufffd" in text), cut)
            while is_cut:  # the rest of the line is skipped
                rest = lines.readline(LIMIT)
                is_cut = len(rest) == LIMIT and rest[-1] not in "\r\n"


def is_utf_16(stream: BinaryIO) -> bool:
    """Whether a buffered stream begins with the byte order mark of UTF-16."""
    return cast("io.BufferedReader", stream).peek(2).startswith(_UTF_16)


def is_broken(text: str) -> bool:
    """Whether a text contains bytes that are not UTF-8."""
    return not text.isascii() and _BYTES.search(text) is not None


def mended(text: str, encoding: str = WESTERN) -> str:
    """The text with characters in place of bytes that are not UTF-8.

    They become U+FFFD if the text is damaged UTF-8; otherwise, the text is in the older encoding.
    """
    if not is_broken(text):
        return text
    if is_damaged_utf8(text, encoding):
        return _BYTES.sub("\ufffd", text)
    return text.encode("utf-8", "surrogateescape").decode(encoding, "replace")


def joined_surrogates(text: str) -> str:
    """The text with a character for each surrogate pair, and U+FFFD for lone surrogates, which files cannot contain."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def is_damaged_utf8(text: str, encoding: str) -> bool:
    """Whether a broken text is UTF-8 with cut or damaged characters, rather than in an older encoding.

    It is if non-ASCII bytes form UTF-8 characters. In encodings of other scripts, some pairs of bytes do so by chance,
    but not several times as many as there are other bytes.
    """
    return _characters_per_byte(text) > (0 if encoding == WESTERN else _BY_CHANCE)


def recoded(stream: BinaryIO, encoding: str) -> io.BufferedReader:
    """A stream of another encoding, in UTF-8. Closing it closes the original stream."""
    return io.BufferedReader(_Recoded(stream, encoding), BUFFER)


def legacy_encoding(sample: bytes) -> str:
    """The most likely encoding of a text that is not UTF-8; Windows-1252 if there is no sign of another.

    Other scripts, Turkish, and languages of Central Europe are recognised from about twenty lines.

    Args:
        sample: a part of the text.
    """
    from charset_normalizer import from_bytes

    sample = b"\n".join(_TEXTS.findall(sample))
    beyond = sum(byte > 0x7F for byte in sample)
    if beyond < _MIN_BYTES or _characters_per_byte(sample.decode("utf-8", "surrogateescape")) > _BY_CHANCE:
        return WESTERN
    counts = [sample.count(letter) for letter in _TURKISH_LETTERS]
    if sum(counts) >= _TURKISH_SHARE * beyond and counts[0] > counts[2]:
        return _TURKISH
    guesses = from_bytes(sample, chunk_size=_CHUNK, cp_isolation=[WESTERN, _CENTRAL_EUROPEAN, *_OTHER_SCRIPTS])
    if not guesses:
        return WESTERN
    likely = [guess for guess in guesses if guess.chaos <= guesses[0].chaos + _NEAR]
    best = max(likely, key=lambda guess: guess.coherence)
    if best.encoding == WESTERN:
        return WESTERN
    share = beyond / (beyond + sum(chr(byte).isalpha() for byte in sample if byte <= 0x7F))
    if best.encoding != _CENTRAL_EUROPEAN:
        return best.encoding if share >= _OTHER_SHARE else WESTERN
    western = [guess.coherence for guess in guesses if WESTERN in (guess.encoding, *guess.could_be_from_charset)]
    is_better = not western or best.coherence >= western[0] + _MARGIN
    return best.encoding if share >= _LATIN_SHARE and is_better else WESTERN


class _Recoded(io.RawIOBase):
    """The stream of ``recoded``."""

    def __init__(self, stream: BinaryIO, encoding: str) -> None:
        super().__init__()
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")
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


def _characters_per_byte(text: str) -> float:
    """Non-ASCII UTF-8 characters for each byte that belongs to none."""
    others = sum(map(len, _BYTES.findall(text)))
    characters = sum(character > "\x7f" for character in text) - others
    return characters / others if others else float("inf")
