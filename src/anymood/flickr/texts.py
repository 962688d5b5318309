"""What Flickr says of a photo, and how that becomes a text."""

from dataclasses import dataclass
from html import unescape
from html.parser import HTMLParser
from typing import Any


@dataclass(frozen=True, slots=True)
class Info:
    """An answer of ``flickr.photos.getInfo``, as far as it is of use.

    Attributes:
        title: with character references (``&amp;``), as Flickr sends it.
        description: HTML.
        tags: as their author wrote them.
        server: which of Flickr's servers has the image.
        secret: the other part of the image's name.
    """

    title: str
    description: str
    tags: tuple[str, ...]
    server: str
    secret: str

    @classmethod
    def from_answer(cls, answer: Any) -> "Info":
        """From the JSON of a good answer.

        Raises:
            KeyError, TypeError: it is not of that form.
        """
        photo = answer["photo"]
        tags = tuple(str(tag["raw"]) for tag in photo["tags"]["tag"])
        title, description = (str(photo[part]["_content"]) for part in ("title", "description"))
        return cls(title, description, tags, str(photo["server"]), str(photo["secret"]))


class _Text(HTMLParser):
    """Gathers what stands between tags. Each tag but those within a word (links, bold) parts words."""

    INLINE = frozenset({"a", "b", "em", "i", "s", "strong", "u"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self.INLINE:
            self.pieces.append(" ")

    def handle_endtag(self, tag: str) -> None:
        self.handle_starttag(tag, [])

    def handle_data(self, data: str) -> None:
        self.pieces.append(data)


def from_html(html: str) -> str:
    """The words of a piece of HTML, in one line."""
    parser = _Text()
    parser.feed(html)
    parser.close()
    return one_line("".join(parser.pieces))


def from_title(title: str) -> str:
    """A title without character references, in one line. A "<" in it was written by its author."""
    return one_line(unescape(title))


def one_line(text: str) -> str:
    """A text with runs of blanks made one, without NULs and lone surrogates, which no file can hold."""
    whole = text.replace("\0", " ").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return " ".join(whole.split())
