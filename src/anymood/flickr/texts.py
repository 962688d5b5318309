"""Title, description and tags of a photo on Flickr, and their conversion to text."""

from dataclasses import dataclass
from html import unescape
from typing import Any

from anymood.preparation.html_text import HtmlText
from anymood.text_decoding import joined_surrogates


@dataclass(frozen=True, slots=True)
class Info:
    """Fields of a response of ``flickr.photos.getInfo``.

    Attributes:
        title: title with character references (``&amp;``).
        description: HTML.
        tags: as written by their author.
        server: server of the image.
        secret: the second part of the image's name.
    """

    title: str
    description: str
    tags: tuple[str, ...]
    server: str
    secret: str

    @classmethod
    def from_answer(cls, answer: Any) -> "Info":
        """From the JSON of a successful response.

        Raises:
            KeyError, TypeError: it is not of that form.
        """
        photo = answer["photo"]
        tags = tuple(str(tag["raw"]) for tag in photo["tags"]["tag"])
        title, description = (str(photo[part]["_content"]) for part in ("title", "description"))
        return cls(title, description, tags, str(photo["server"]), str(photo["secret"]))


class _Description(HtmlText):
    QUOTE = ""


def from_html(html: str) -> str:
    """The text of HTML, in one line."""
    return one_line(_Description.of(html))


def from_title(title: str) -> str:
    """A title without character references, in one line; it may contain "<"."""
    return one_line(unescape(title))


def one_line(text: str) -> str:
    """A text with whitespace collapsed, without NUL and lone surrogates."""
    return " ".join(joined_surrogates(text.replace("\0", " ")).split())
