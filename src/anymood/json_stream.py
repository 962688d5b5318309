r"""Streaming parsers of JSON documents and JSON Lines.

The exports of the networks are single JSON documents of up to some gigabytes, and not all of them are valid JSON: a
script assigns the value to a variable (X), control characters are escaped as ``\x0C`` (Telegram), a download is
truncated. ``documents`` parses the values at selected paths one by one. A value that cannot be parsed is yielded as
``Broken`` with its place, and parsing continues after it.
"""

import codecs
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, BinaryIO, TypeAlias

from anymood.compression import damage
from anymood.posts import Problem, Reason
from anymood.text_decoding import is_broken

CHUNK = 1 << 18  # characters read at once
MAX_VALUE = 1 << 26  # characters of one value, or bytes of one line: 64 MiB
MAX_BACK = 1 << 26  # characters that are read again after broken records
MAX_DEPTH = 100  # maximum nesting of objects and lists around the selected values

# Keys of the path to a value; ITEM is any item of a list, ANY the value of any key.
Path: TypeAlias = tuple[str, ...]
ITEM = "[]"
ANY = "*"

Pairs: TypeAlias = Callable[[list[tuple[str, Any]]], dict[str, Any]]  # builds an object from its keys and values

_DECODER = json.JSONDecoder(strict=False)  # accepts line breaks within strings
_BLANK = re.compile(r"[\s\ufeff]*")
_ASSIGNMENT = re.compile(r"[\s\ufeff]*[A-Za-z_$][\w.$]{0,200}\s*=\s*")
# Tokens that determine the end of a value: whole strings, and brackets.
_MARK = re.compile(r'["\[\]{}]')
_STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_SCALAR = re.compile(r"[^\s,\]}\[{\":]+")
_FIRST_KEY = re.compile(r'\{\s*("[^"\\]{1,100}")\s*:')
_OPENERS = {"}": "{", "]": "["}
_HEX_ESCAPE = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|(.))", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Value:
    """A selected value: its path, its data, and where it starts."""

    path: Path
    data: Any
    place: str


@dataclass(frozen=True, slots=True)
class Broken:
    """A value that cannot be parsed, the end of a truncated file, or bytes that are not UTF-8 (the first of a file)."""

    problem: Problem
    place: str


def documents(
    stream: BinaryIO, paths: Iterable[Path], keys: set[str] | None = None, build: Pairs | None = None
) -> Iterator[Value | Broken]:
    """Values of one JSON document or several concatenated ones, in the order of the file.

    Args:
        stream: the document, in UTF-8.
        paths: of the selected values, such as ``("messages", ITEM)``. ``()`` is the whole document.
        keys: a set to which the keys of a document that is an object are added.
        build: builds the objects in values; by default the last value of a repeated key is used.
    """
    yield from _Parser(stream, paths, set() if keys is None else keys, build).values()


def repeated_keys(pairs: Sequence[tuple[str, object]]) -> list[str]:
    """Keys that an object of JSON has more than once, given its keys and values."""
    if len(dict(pairs)) == len(pairs):
        return []
    return [key for key, times in Counter(key for key, _ in pairs).items() if times > 1]


def lines(stream: BinaryIO) -> Iterator[Value | Broken]:
    """Values of JSON Lines: one JSON value per line. Blank lines are skipped."""
    number = 0
    reported = False
    read = iter(partial(stream.readline, MAX_VALUE), b"")
    try:
        for line in read:
            number += 1
            place = f"line {number}"
            ended = line.endswith(b"\n")
            if not ended and len(line) >= MAX_VALUE:
                yield Broken(Problem(Reason.TOO_LARGE, f"{place} is longer than {MAX_VALUE:,} bytes."), place)
                for rest in read:  # the rest of the same line
                    if rest.endswith(b"\n"):
                        break
                continue
            text = line.decode("utf-8-sig" if number == 1 else "utf-8", "surrogateescape").strip(" \t\r\n\0")
            if not reported and is_broken(text):
                reported = True
                yield _not_utf_8(place)
            value = _parsed((), text, place, _DECODER) if text else None
            if isinstance(value, Broken) and not ended:
                value = Broken(breaks_off(place, None), place)
            if value is not None:
                yield value
    except damage() as error:
        place = f"line {number + 1}"
        yield Broken(breaks_off(place, error), place)


def breaks_off(place: str, error: Exception | None) -> Problem:
    """The problem of a truncated file, or of one that cannot be decompressed."""
    detail = f" ({error})" if error is not None and str(error) else ""
    return Problem(
        Reason.TRUNCATED_FILE,
        f"The file breaks off at {place}{detail}: what follows is missing. Copy or download it again.",
    )


def _not_utf_8(place: str) -> Broken:
    message = f"The file is not UTF-8 at {place}. It is read as Windows-1252 there; save it as UTF-8 if that is wrong."
    return Broken(Problem(Reason.ENCODING, message), place)


def _parsed(path: Path, text: str, place: str, decoder: json.JSONDecoder) -> Value | Broken:
    r"""Parse one value; invalid escapes such as ``\x0C`` are accepted."""
    try:
        return Value(path, decoder.decode(text), place)
    except (ValueError, RecursionError) as error:
        first = error
    if "\\x" in text:
        with suppress(ValueError, RecursionError):
            valid = _HEX_ESCAPE.sub(lambda match: f"\\u00{match[1]}" if match[1] else match[0], text)
            return Value(path, decoder.decode(valid), place)
    reason = first.msg if isinstance(first, json.JSONDecodeError) else str(first) or type(first).__name__
    return Broken(Problem(Reason.INVALID_JSON, f"The record at {place} is not valid JSON: {reason}."), place)


class _Parser:
    """The parser of one stream: a buffer of text and a position in it."""

    def __init__(self, stream: BinaryIO, paths: Iterable[Path], keys: set[str], build: Pairs | None) -> None:
        self._stream = stream
        self._json = _DECODER if build is None else json.JSONDecoder(strict=False, object_pairs_hook=build)
        self._keys = keys
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self._text = ""
        self._at = 0
        self._counted = 0  # a position in the buffer,
        self._bytes = 0  # and the bytes of the stream before it
        self._ended = False
        self._cut = False  # the stream ended within a value, which has been reported
        self._failure: Exception | None = None
        self._not_utf_8: str | None = None  # where the first bytes are that are not UTF-8
        self._gone_back = 0  # characters that were read again
        self._wanted: dict[str, Any] = {}
        for path in paths:
            node = self._wanted
            for key in path:
                node = node.setdefault(key, {})
            node[""] = True

    def values(self) -> Iterator[Value | Broken]:
        """All selected values of the stream."""
        self._more()
        while (first := self._peek()) and not self._cut:
            if assignment := _ASSIGNMENT.match(self._text, self._at):
                self._at = assignment.end()
            elif first in ";,]}":
                self._at += 1
            else:
                yield from self._value((), self._wanted, 0)
        if self._failure is not None and not self._cut:
            yield self._breaks_off()
        if self._not_utf_8 is not None:
            yield _not_utf_8(self._not_utf_8)

    def _value(self, path: Path, node: dict[str, Any], depth: int) -> Iterator[Value | Broken]:
        """Parse the value at the position if selected, search it if it may contain selected values, or skip it."""
        first = self._peek()
        if not first or first in ",]}":
            return  # a value is missing, as in {"a": }
        if "" in node:
            yield self._element(path)
        elif first in "{[" and (node or not self._skipped()):
            if depth < MAX_DEPTH:
                yield from self._container(path, node, depth)
            elif self._span(keep=False) is None:
                yield self._breaks_off()
        elif first not in "{[" and self._span() is None:
            yield self._breaks_off()

    def _container(self, path: Path, node: dict[str, Any], depth: int) -> Iterator[Value | Broken]:
        """The selected values within the object or list at the position."""
        closing = "}" if self._text[self._at] == "{" else "]"
        self._at += 1
        while not self._cut:
            following = self._peek()
            if following == ",":
                self._at += 1
            elif following == closing:
                self._at += 1
                return
            elif not following:
                yield self._breaks_off()
            elif following in "]}":
                yield self._damaged(f"found {following} instead of {closing}")
                return
            elif closing == "]":
                yield from self._value((*path, ITEM), node.get(ITEM) or {}, depth + 1)
            else:
                key = self._span()
                if key is None:
                    yield self._breaks_off()
                elif self._peek() != ":":
                    yield self._damaged("a key has no value")
                else:
                    self._at += 1
                    key = key.strip('"')
                    if not path:
                        self._keys.add(key)
                    yield from self._value((*path, key), node.get(key) or node.get(ANY) or {}, depth + 1)

    def _element(self, path: Path) -> Value | Broken:
        """Parse the value at the position."""
        start = self._place()
        if self._text[self._at] in "{[":
            try:
                data, self._at = self._json.raw_decode(self._text, self._at)
                return Value(path, data, start)
            except (ValueError, RecursionError):  # invalid JSON, or its end is not in the buffer
                pass
        raw = self._span()
        if raw is None:
            return self._endless(start)
        parsed = _parsed(path, raw, start, self._json)
        if isinstance(parsed, Broken):
            self._resume(raw)
        return parsed

    def _endless(self, start: str) -> Broken:
        """Skip a record whose end is not found, in the stream or within the limit, up to the next one if any."""
        rest, at = self._text[self._at :], self._at
        self._at = len(self._text)
        if self._resume(rest):
            return Broken(Problem(Reason.INVALID_JSON, f"The record at {start} has no end."), start)
        self._at = at
        if self._ended or self._span(keep=False) is None:
            return self._breaks_off(start)
        return Broken(
            Problem(Reason.TOO_LARGE, f"The record at {start} has more than {MAX_VALUE:,} characters."), start
        )

    def _resume(self, broken: str) -> bool:
        """Move back to the next record within a broken one, which may contain many records.

        The next record is assumed to start with the same first key. The total distance is limited: otherwise a file of
        broken records would be read once for each of them.
        """
        first = _FIRST_KEY.match(broken)
        following = first and re.compile(rf",\s*(?=\{{\s*{re.escape(first[1])}\s*:)").search(broken, first.end())
        back = len(broken) - following.end() if following else 0
        if not following or self._gone_back + back > MAX_BACK:
            return False
        self._gone_back += back
        self._at -= back
        return True

    def _skipped(self) -> bool:
        """Skip the object or list at the position, if the buffer contains all of it."""
        try:
            _, self._at = _DECODER.raw_decode(self._text, self._at)
        except (ValueError, RecursionError):
            return False
        return True

    def _span(self, *, keep: bool = True) -> str | None:
        """Skip the value at the position, valid or not.

        Returns:
            Its text, empty if not ``keep``. None if the stream ends within it, or if the text is longer than allowed;
            the position then does not move.
        """
        if self._peek() not in '"{[':
            return self._scalar()
        stack: list[str] = []
        scanned = 0  # characters after the position
        while True:
            mark = _MARK.search(self._text, self._at + scanned)
            end = mark.end() if mark else len(self._text)
            if mark and mark[0] == '"':
                string = _STRING.match(self._text, mark.start())
                end = string.end() if string else mark.start()
                mark = mark if string else None
            elif mark:
                end = self._bracket(stack, mark)
            scanned = end - self._at
            if mark and not stack:
                raw = self._text[self._at : end] if keep else ""
                self._at = end
                return raw
            if mark:
                continue
            if not keep:
                self._at, scanned = end, 0
            if (keep and len(self._text) - self._at > MAX_VALUE) or not self._more():
                return None

    @staticmethod
    def _bracket(stack: list[str], mark: re.Match[str]) -> int:
        """Open or close a bracket; at the end of the value the stack is empty. Returns the next position."""
        if mark[0] in "{[":
            stack.append(mark[0])
            return mark.end()
        opener = _OPENERS[mark[0]]
        if opener not in stack:  # it closes the outer container: the value lacks a bracket
            stack.clear()
            return mark.start()
        while stack.pop() != opener:
            pass
        return mark.end()

    def _scalar(self) -> str:
        """Skip a number, a literal, or one invalid character."""
        while True:
            match = _SCALAR.match(self._text, self._at)
            end = match.end() if match else self._at + 1
            if end < len(self._text) or end - self._at > CHUNK or not self._more():
                break
        match = _SCALAR.match(self._text, self._at)
        end = match.end() if match else self._at + 1
        raw, self._at = self._text[self._at : end], end
        return raw

    def _peek(self) -> str:
        """The next character that is not whitespace; empty at the end of the stream."""
        while True:
            blank = _BLANK.match(self._text, self._at)
            self._at = blank.end() if blank else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def _more(self) -> bool:
        """Read more, and drop the text before the position. False at the end of the stream."""
        if self._ended:
            return False
        self._offset()
        self._text, self._at, self._counted = self._text[self._at :], 0, 0
        try:
            data = self._stream.read(max(CHUNK, len(self._text)))
        except damage() as error:
            self._failure, data = error, b""
        self._ended = not data
        read = self._decoder.decode(data, final=self._ended)
        if self._not_utf_8 is None and is_broken(read):
            before = read[: next(at for at, one in enumerate(read) if is_broken(one))]
            self._not_utf_8 = f"byte {self._bytes + len((self._text + before).encode('utf-8', 'surrogateescape')):,}"
        self._text += read
        return not self._ended

    def _offset(self) -> int:
        """Bytes of the stream before the position."""
        low, high = sorted((self._counted, self._at))
        passed = len(self._text[low:high].encode("utf-8", "surrogateescape"))
        self._bytes += passed if self._at >= self._counted else -passed
        self._counted = self._at
        return self._bytes

    def _place(self) -> str:
        return f"byte {self._offset():,}"

    def _damaged(self, what: str) -> Broken:
        place = self._place()
        return Broken(Problem(Reason.INVALID_JSON, f"The JSON is damaged at {place}: {what}."), place)

    def _breaks_off(self, place: str | None = None) -> Broken:
        self._cut = True
        place = place or self._place()
        return Broken(breaks_off(place, self._failure), place)
