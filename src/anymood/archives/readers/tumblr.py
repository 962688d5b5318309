"""Tumblr's blog export: posts.xml, in the form of its first API, or a page for each post."""

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

from anymood.archives.markup import RecordParser, plain_text
from anymood.archives.post import ArchivedPost
from anymood.archives.reader import ArchiveFile, Reader, is_image_name, register
from anymood.archives.source import Source
from anymood.archives.values import MONTHS, first_words, moment, words
from anymood.zipped_files import ZippedFile

_HEAD = re.compile(r"<tumblr[\s>].*<posts?[\s>]", re.DOTALL)
_OWN = (
    "regular-title", "regular-body", "photo-caption", "video-caption", "audio-caption", "link-text", "link-description",
    "answer", "conversation-title", "conversation-text",
)  # fmt: skip
_PASSED_ON = ("quote-text",)
_PICTURE = "photo-url"  # one for each width, the largest first
_IMAGE = re.compile(r"<img\b[^>]*>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""\b(src|alt)=(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
_MEDIA = re.compile(r"(?:^|/)media/(\d+)(?:_\d+)?\.\w+$")  # named by the post

# Pages end with <div id="footer"><span id="timestamp"> September 12th, 2012 3:15pm </span>, and tags.
_PAGE = re.compile(
    r"<body\b[^>]*>(.*)<div id=[\"']footer[\"'][^>]*>\s*<span id=[\"']timestamp[\"'][^>]*>([^<]*)", re.DOTALL
)
_PAGE_TIME = re.compile(r"\s*(\w{3})\w* (\d{1,2})\w{2}, (\d{4}) (\d{1,2}):(\d{2})([ap])m\s*", re.IGNORECASE)
_REBLOGGED = re.compile(r"class=[\"']tumblr_blog[\"']")
_PAGE_BYTES = 1 << 22  # bytes of a page that are read


@register
class Tumblr(Reader):
    """Posts of a blog. Posts of other blogs and quotes are reposts."""

    name = "tumblr"
    description = "Tumblr: posts.xml of the export of a blog, or its pages in html/"
    expects = "posts.xml, with tumblr, posts and post elements, or html/123456.html, whose footer has the time"
    pattern = r"posts\.xml|html/\d+\.html"

    def recognises(self, head: str) -> bool:
        return _HEAD.search(head) is not None or _PAGE.search(head) is not None

    def files(self, source: Source) -> Sequence[str]:
        names = super().files(source)
        return [name for name in names if name.lower().endswith(".xml")] or names  # which hold the same posts

    def read_file(self, file: ArchiveFile) -> Iterator[ArchivedPost]:
        media: dict[str, str] = {}
        for name in file.source.names:
            if is_image_name(name) and (match := _MEDIA.search(name)):
                media.setdefault(match[1], name)
        if not _HEAD.search(file.head):
            return iter([_page(file, media)])
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
            self.complete.append(post)
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
    name = media.get(number or "")
    image: Path | ZippedFile | str | None = source.file(name) if name else None
    return ArchivedPost(
        where=where,
        id=number,
        text=words("\n\n".join(own or quoted)),
        image=image or next(iter(urls), None),
        created=moment(post.attributes.get("unix-timestamp")) or moment(post.attributes.get("date-gmt")),
        is_repost=bool(post.attributes.get("reblogged-from-name")) or bool(quoted and not own),
        alt_text=first_words(images, "alt"),
        images=max(post.photos, int(bool(post.urls))) + len(images),
    )


def _page(file: ArchiveFile, media: Mapping[str, str]) -> ArchivedPost:
    """The post of a page."""
    page = file.stream.read(_PAGE_BYTES).decode("utf-8", "replace")
    if (match := _PAGE.search(page)) is None:
        return file.not_a_post("the file", "a page without a footer")
    body, time = match.groups()
    number = file.name.rpartition("/")[2].removesuffix(".html")
    name = media.get(number)
    images = [_attributes(tag) for tag in _IMAGE.findall(body)]
    urls = [src for image in images if (src := image.get("src", "")).startswith("http")]
    return ArchivedPost(
        where=file.name,
        id=number if number.isdecimal() else None,
        text=words(plain_text(body)),
        image=(file.source.file(name) if name else None) or next(iter(urls), None),
        created=_page_time(time),
        is_repost=_REBLOGGED.search(body) is not None,
        alt_text=first_words(images, "alt"),
        images=len(images),
    )


def _page_time(written: str) -> datetime | None:
    """A time such as ``September 12th, 2012 3:15pm``, in the zone of the blog, which is unknown."""
    if (match := _PAGE_TIME.fullmatch(written)) is None:
        return None
    month, day, year, hour, minute, half = match.groups()
    try:
        hours = int(hour) % 12 + (12 if half.lower() == "p" else 0)
        return datetime(int(year), MONTHS.index(month.lower()) + 1, int(day), hours, int(minute))
    except ValueError:
        return None


def _attributes(tag: str) -> dict[str, str]:
    """``src`` and ``alt`` of an image in the HTML of a post."""
    return {name.lower(): html.unescape(double or single) for name, double, single in _ATTRIBUTE.findall(tag)}
