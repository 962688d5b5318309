r"""Decoding of texts that were serialised by a program.

Tables and exports contain texts as ``b'so happy \xf0\x9f\x98\x8d'`` (the repr of bytes in Python), as lists of parts
(Telegram), or as fragments of JSON (the comments of Google Takeout). Without decoding, keys, brackets and escapes would
be read as words.
"""

import ast
import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from anymood.posts import Problem
from anymood.preparation.placeholders import placeholder, without_invisible

MAX_CHARACTERS = 2**20  # of a text that is parsed
_DECODER = json.JSONDecoder(strict=False)  # accepts raw line breaks within strings

_BYTES = re.compile(r"""\s*b(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")\s*""", re.DOTALL)
_BYTE_ESCAPE = re.compile(rb"\\(?:x([0-9a-fA-F]{2})|(.))", re.DOTALL)
_NAMED_ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t"}
SEGMENTS = re.compile(r'\s*\{\s*"(?:takeoutSegments|text|mention|link|emoji|videoLink)"\s*:')  # of Google Takeout
_LIST = re.compile(r"\s*\[\s*(?:\]|[\"'{])")
_BAD_ESCAPE = re.compile(r"""(?<!\\)(?:\\\\)*\\[^\\'"abfnrtvxuUN0-7\n]""")  # Python warns of them
_STRING = r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\""""
# Images as pandas writes those of Hugging Face datasets to CSV: bytes, a mapping, or a list of either.
_IMAGE = re.compile(r"""\s*\[?\s*(?:b['"]|\{\s*['"](?:bytes|path|url)['"]\s*:)""")
_OBJECTS = re.compile(r"""\s*\[?\s*\{\s*['"]""")
_STRINGS = re.compile(rf"\s*\[\s*(?:(?:{_STRING})\s*(?:,\s*(?:{_STRING})\s*)*,?\s*)?\]\s*")


def authors_text(text: str, subject: str = "The text") -> tuple[str | None, Problem | None]:
    """The author's text in a cell or an argument.

    Args:
        text: the text as given.
        subject: its name in messages.

    Returns:
        The text, None if there is none; and a problem if it is a placeholder.
    """
    text = unpacked(text)
    if not text.strip():
        return None, None
    reason = placeholder(text)
    if reason is None:
        return text, None
    return None, Problem(reason, f"{subject} is {without_invisible(text)!r}, a placeholder for a missing text.")


def unpacked(text: str) -> str:
    """The text in a serialised one, empty for an empty list. A text that is not serialised is returned unchanged."""
    first = text.lstrip()[:1]
    if first not in ("b", "{", "[") or len(text) > MAX_CHARACTERS:
        return text
    if first == "b":
        return _decoded(text) if _BYTES.fullmatch(text) else text
    if first == "{":
        parts = segments(text) if SEGMENTS.match(text) else None
    else:
        parts = _list(text) if _LIST.match(text) else None
    joined = None if parts is None else joined_parts(parts)
    return text if joined is None else joined


def joined_parts(value: object) -> str | None:
    """The joined text of a list of parts; None for other values.

    Args:
        value: a list of strings and of objects with a ``text``, at least one of which is an object; an object with a
            ``text``; or an object with ``takeoutSegments``, which contain such objects. An empty list is an empty text.
    """
    if isinstance(value, Mapping):
        if isinstance(value.get("takeoutSegments"), list):
            return joined_parts(value["takeoutSegments"])
        return value["text"] if isinstance(value.get("text"), str) else None
    if not isinstance(value, list):
        return None
    if value and not any(isinstance(part, Mapping) for part in value):
        return None
    texts: list[str] = []
    for part in value:
        if isinstance(part, Mapping) and "text" not in part and "takeoutSegments" not in part:
            continue  # such as an emoji's name or a link without a text
        text = part if isinstance(part, str) else joined_parts(part)
        if text is None:
            return None
        glued = text.startswith("http") and texts and not texts[-1][-1:].isspace()
        texts.append(f" {text}" if glued else text)
    return "".join(texts)


def segments(text: str) -> list[Any] | None:
    r"""JSON objects that are separated by commas, without brackets around them; None for other texts.

    For example ``{"text":"first"},{"text":"\n"},{"text":"second"}``. Line breaks in strings need not be escaped.
    """
    parts: list[Any] = []
    at = len(text) - len(text.lstrip())
    while at < len(text):
        try:
            part, at = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            return None
        parts.append(part)
        while at < len(text) and text[at] in ", \t\r\n":
            at += 1
    return parts


def listed_strings(text: str) -> list[str] | None:
    """The strings of a list in JSON or Python syntax, ``['a.jpg', 'b.jpg']``; None for other texts."""
    if len(text) > MAX_CHARACTERS or not _STRINGS.fullmatch(text):
        return None
    return [re.sub(r"\\(.)", r"\1", string[1:-1]) for string in re.findall(_STRING, text)]


def serialised_image(text: str) -> Any:
    """The bytes, the mapping or the list in a cell for an image, in JSON or Python syntax; None for other texts."""
    if text.lstrip()[:1] not in ("b", "{", "["):
        return None
    if (strings := listed_strings(text)) is not None:
        return strings
    return _parsed(text) if _IMAGE.match(text) else None


@lru_cache(maxsize=8)  # for the columns of a row, each of which may be read several times
def serialised_objects(text: str) -> Any:
    """The object or the list of objects in a cell, in JSON or Python syntax; None for other texts."""
    return _parsed(text) if _OBJECTS.match(text) and len(text) <= MAX_CHARACTERS else None


def _decoded(text: str) -> str:
    """The text of a bytes literal."""
    inner = text.strip()[2:-1].encode("utf-8", "surrogatepass")
    data = _BYTE_ESCAPE.sub(
        lambda match: bytes.fromhex(match[1].decode()) if match[1] else _NAMED_ESCAPES.get(match[2], match[2]), inner
    )
    return data.decode("utf-8", "replace")


def _list(text: str) -> Any:
    """A list in JSON syntax, or with texts in Python syntax; None for other texts."""
    return _parsed(text, python="text'" in text or 'text"' in text)


def _parsed(text: str, *, python: bool = True) -> Any:
    """A value in JSON syntax, or in Python syntax if ``python``; None for other texts."""
    try:
        return _DECODER.decode(text)
    except (ValueError, RecursionError):
        pass
    if not python or _BAD_ESCAPE.search(text):
        return None
    try:
        return ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return None
