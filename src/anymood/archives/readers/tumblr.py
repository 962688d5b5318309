"""Tumblr's blog export: posts.xml, in the form of its first API."""

import html
import re
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

from anymood.archives.markup import RecordParser, plain_text
from anymood.archives.post import ArchivedPost
from anymood.archives.reader import ArchiveFile, Reader, is_image_name, register
from anymood.archives.source import Source, ZippedFile
from anymood.archives.values import moment, words

_HEAD = re.compile(r"<tumblr[\s>].*<posts?[\s>]", re.DOTALL)
_OWN = (
    "regular-title", "regular-body", "photo-caption", "video-caption", "audio-caption", "link-text", "link-description",
    "answer", "conversation-title", "conversation-text",
)  # fmt: skip
_PASSED_ON = ("quote-text",)
_PICTURE = "photo-url"  # once for each of some widths, the largest first
_IMAGE = re.compile(r"<img\b[^>]*>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""\b(src|alt)=(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
_MEDIA = re.compile(r"(?:^|/)media/(\d+)(?:_\d+)?\.\w+$")  # named by the post


@register
class Tumblr(Reader):
    """Posts of a blog. Posts of other blogs and quotes are reposts."""

    name = "tumblr"
    description = "Tumblr: posts.xml of the export of a blog"
    expects = "posts.xml, with tumblr, posts and post elements"
    pattern = r"posts\.xml"

    def recognises(self, head: str) -> bool:
        return _HEAD.search(head) is not None

    def read_file(self, file: ArchiveFile) -> Iterator[ArchivedPost]:
        media: dict[str, str] = {}
        for name in file.source.names:
            if is_image_name(name) and (match := _MEDIA.search(name)):
                media.setdefault(match[1], name)
        return file.posts(_Posts().records(file.stream), partial(_post, file.source, media))


class _Post:
    """The parts of a post."""

    def __init__(self, attributes: Mapping[str, str | None], line: int) -> None:
        self.attributes = attributes
        self.place = f"line {line}"
        self.parts: dict[str, str] = {}
        self.photos = 0
        self.urls: list[str] = []


class _Posts(RecordParser[_Post]):
    """Parses posts, each when its element ends."""

    def __init__(self) -> None:
        super().__init__()
        self._post: _Post | None = None
        self._part = ""
        self._data: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "post":
            self._post = _Post(dict(attrs), self.getpos()[0])
        elif self._post is not None:
            self._post.photos += tag == "photo"
            self._part, self._data = tag, []

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        post = self._post
        if tag == "post" and post is not None:
            self.found.append(post)
            self._post = None
        elif post is not None and tag == self._part:
            data = "".join(self._data)
            if tag == _PICTURE:
                post.urls.append(data.strip())
            else:
                post.parts.setdefault(tag, data)
            self._part = ""
        self.has_ended = self.has_ended or tag == "tumblr"

    def handle_data(self, data: str) -> None:
        if self._part:
            self._data.append(data)

    def unknown_decl(self, data: str) -> None:
        self.handle_data(data.removeprefix("CDATA["))


def _post(source: Source, media: Mapping[str, str], where: str, post: _Post) -> ArchivedPost:
    number = words(post.attributes.get("id"))
    own = [text for part in _OWN if (text := plain_text(post.parts.get(part, "")))]
    quoted = [text for part in _PASSED_ON if (text := plain_text(post.parts.get(part, "")))]
    images = [_attributes(tag) for tag in _IMAGE.findall("".join(post.parts.get(part, "") for part in _OWN))]
    urls = post.urls[:1] + [image["src"] for image in images if image.get("src")]
    beside = media.get(number or "")
    image: Path | ZippedFile | str | None = source.file(beside) if beside else None
    return ArchivedPost(
        where=where,
        id=number,
        text=words("\n\n".join(own or quoted)),
        image=image or next(iter(urls), None),
        created=moment(post.attributes.get("unix-timestamp")) or moment(post.attributes.get("date-gmt")),
        is_repost=bool(post.attributes.get("reblogged-from-name")) or bool(quoted and not own),
        alt_text=next((alt for image in images if (alt := words(image.get("alt")))), None),
        images=max(post.photos, int(bool(post.urls))) + len(images),
    )


def _attributes(tag: str) -> dict[str, str]:
    """``src`` and ``alt`` of an image in the HTML of a post."""
    return {name.lower(): html.unescape(double or single) for name, double, single in _ATTRIBUTE.findall(tag)}
