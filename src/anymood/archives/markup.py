"""HTML and XML: conversion of posts to text, and long files record by record."""

import codecs
import re
from collections.abc import Iterator
from functools import partial
from html.parser import HTMLParser
from typing import BinaryIO, Generic, TypeVar

from anymood.compression import BUFFER
from anymood.json_stream import Broken, breaks_off
from anymood.preparation.html_text import HtmlText

Record = TypeVar("Record")

_SILENT = {"script", "style"}
_QUOTE = "quote-inline"  # the line "RE: https://..." that Mastodon puts before a post with a quote
_GAPS = re.compile(r"[ \t]*\n[ \t\n]*\n[ \t]*")
_SIDES = re.compile(r"[ \t]*\n[ \t]*")


def plain_text(markup: str) -> str:
    """The visible text: a blank line between paragraphs, ``> `` before quoted lines, and entities decoded."""
    if "<" not in markup and "&" not in markup:
        return markup.strip()
    return _GAPS.sub("\n\n", _SIDES.sub("\n", _VisibleText.of(markup))).strip()


class _VisibleText(HtmlText):
    """Text without elements that are not displayed, and without the line of Mastodon that names a quoted post."""

    def __init__(self) -> None:
        super().__init__()
        self._silent: list[str] = []  # open tags, from the first one whose content is left out

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        classes = (dict(attrs).get("class") or "").split()
        if tag != "br" and (self._silent or tag in _SILENT or _QUOTE in classes):
            self._silent.append(tag)
        super().handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._silent:
            while self._silent.pop() != tag:
                pass
        if tag != "br":
            super().handle_endtag(tag)

    def add(self, text: str) -> None:
        if not self._silent:
            super().add(text)


class RecordParser(HTMLParser, Generic[Record]):
    """Parser of a long file of records. As an HTML parser, it accepts invalid XML.

    Attributes:
        complete: records that have ended, to which subclasses append.
        has_ended: whether the last element of the file has ended, which subclasses set.
    """

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.complete: list[Record] = []
        self.has_ended = False

    def records(self, stream: BinaryIO) -> Iterator[Record | Broken]:
        """The records of a file; last the problem of a truncated one."""
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        for data in iter(partial(stream.read, BUFFER), b""):
            self.feed(decoder.decode(data))
            yield from self.complete
            self.complete.clear()
        self.close()
        yield from self.complete
        if not self.has_ended:
            place = f"line {self.getpos()[0]}"
            yield Broken(breaks_off(place, None), place)
