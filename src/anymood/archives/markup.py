"""HTML and XML: conversion of posts to text, and long files record by record."""

import codecs
import re
from collections.abc import Iterator
from functools import partial
from html.parser import HTMLParser
from typing import BinaryIO, Generic, TypeVar

from anymood.compression import BUFFER
from anymood.json_stream import Broken, breaks_off

Record = TypeVar("Record")

_BREAKS = {"br", "p", "div", "li", "ul", "ol", "blockquote", "pre", "h1", "h2", "h3", "h4", "h5", "h6"}
_SILENT = {"script", "style"}
_QUOTE = "quote-inline"  # the line "RE: https://..." that Mastodon puts before a post with a quote
_GAPS = re.compile(r"[ \t]*\n[ \t\n]*\n[ \t]*")
_SIDES = re.compile(r"[ \t]*\n[ \t]*")


def plain_text(markup: str) -> str:
    """The visible text: a blank line between paragraphs, ``> `` before quoted lines, and entities decoded."""
    if "<" not in markup and "&" not in markup:
        return markup.strip()
    parser = _Text()
    parser.feed(markup)
    parser.close()
    text = "".join(parser.parts)
    return _GAPS.sub("\n\n", _SIDES.sub("\n", text)).strip()


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._quotes = 0  # open elements
        self._silent: list[str] = []  # open tags from the first on whose content is left out

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        classes = (dict(attrs).get("class") or "").split()
        if tag != "br" and (self._silent or tag in _SILENT or _QUOTE in classes):
            self._silent.append(tag)
        self._quotes += tag == "blockquote"
        self._break(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self._break(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._silent:
            while self._silent.pop() != tag:
                pass
        self._quotes = max(0, self._quotes - (tag == "blockquote"))
        if tag != "br":
            self._break(tag)

    def handle_data(self, data: str) -> None:
        if self._silent:
            return
        if self._quotes and data.strip() and "".join(self.parts[-1:])[-1:] in ("", "\n"):
            self.parts.append("> ")
        self.parts.append(data.replace("\n", " ") if self._quotes else data)

    def _break(self, tag: str) -> None:
        if tag in _BREAKS and not self._silent:
            self.parts.append("\n")


class RecordParser(HTMLParser, Generic[Record]):
    """Parser of a long file of records. As an HTML parser it accepts what is invalid in XML.

    Attributes:
        found: records that are complete, to which subclasses append.
        has_ended: whether the last element of the file has ended, which subclasses set.
    """

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[Record] = []
        self.has_ended = False

    def records(self, stream: BinaryIO) -> Iterator[Record | Broken]:
        """The records of a file; last the problem of a truncated one."""
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        for data in iter(partial(stream.read, BUFFER), b""):
            self.feed(decoder.decode(data))
            yield from self.found
            self.found.clear()
        self.close()
        yield from self.found
        if not self.has_ended:
            place = f"line {self.getpos()[0]}"
            yield Broken(breaks_off(place, None), place)
