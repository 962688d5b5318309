"""Readers of archives: their base class, their registry, and the file that they read."""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, ClassVar, Protocol, TypeAlias, TypeVar

from anymood.archives import readers
from anymood.archives.delimited import rows
from anymood.archives.post import ArchivedPost
from anymood.archives.source import Source, head_text
from anymood.archives.values import words
from anymood.compression import SUFFIXES, damage
from anymood.json_stream import Broken, Value, breaks_off, documents
from anymood.json_stream import Path as JsonPath
from anymood.posts import Problem, Reason
from anymood.preparation.serialised import authors_text
from anymood.registry import Registry
from anymood.zipped_files import ZippedFile

COMPRESSED = f"(?:{'|'.join(map(re.escape, SUFFIXES))})?"
"""For the end of a pattern: the suffix of a compressed file, or none."""

# An image, None if there is none, and the problem of an image that is missing from the archive.
FoundImage: TypeAlias = tuple[Path | ZippedFile | str | None, tuple[Problem, ...]]


class Placed(Protocol):
    """A record of a file, with its place in the file."""

    @property
    def place(self) -> str:
        """Line or byte, for messages."""


Record = TypeVar("Record", bound=Placed)


@dataclass(frozen=True, slots=True)
class ArchiveFile:
    """A file of an archive, with what readers need to convert its records to posts.

    Attributes:
        source: the archive.
        name: name of the file in it.
        stream: the decompressed content.
    """

    source: Source
    name: str
    stream: BinaryIO

    @property
    def head(self) -> str:
        """The beginning of the content as text, without leading whitespace."""
        return head_text(self.source.head(self.name))

    def posts(
        self, records: Iterable[Record | Broken], make: Callable[[str, Record], ArchivedPost | str | None]
    ) -> Iterator[ArchivedPost]:
        """The posts of records.

        ``make`` converts the place of a record, with the name of this file, and the record to a post. If it is not of
        the format, ``make`` returns a description, such as ``"no message"``; to skip it, None.
        """
        for record in records:
            post: ArchivedPost | str | None
            if isinstance(record, Broken):
                post = self.broken(record)
            elif isinstance(post := make(f"{self.name}, {record.place}", record), str):
                post = self.not_a_post(record.place, post)
            if post is not None:
                yield post

    def objects(
        self, paths: Sequence[JsonPath], make: Callable[[str, Mapping[str, Any]], ArchivedPost], otherwise: str
    ) -> Iterator[ArchivedPost]:
        """The posts of the objects at some paths of this JSON document, as for ``documents``.

        ``make`` converts the place of an object and the object to a post. ``otherwise`` describes other values, such as
        ``"no message"``.
        """

        def convert(where: str, value: Value) -> ArchivedPost | str:
            return make(where, value.data) if isinstance(value.data, Mapping) else otherwise

        return self.posts(documents(self.stream, paths), convert)

    def table(
        self, make: Callable[[str, dict[str, str]], ArchivedPost], needed: str, delimiter: str = ","
    ) -> Iterator[ArchivedPost]:
        """The posts of the rows of this comma-separated file with a header.

        ``make`` converts the place of a row and its cells by column to a post. ``needed`` is the required text column.
        """
        header: list[str] | None = None
        for row in rows(self.stream, delimiter):
            if isinstance(row, Broken):
                yield self.broken(row)
            elif header is None:
                header = [cell.strip() for cell in row.cells]
                if needed not in header:
                    yield self.not_a_post(row.place, f"no header with a column {needed}")
                    return
            elif len(row.cells) < len(header):
                yield self.not_a_post(row.place, f"a row of {len(row.cells)} cells, not {len(header)}")
            else:
                yield make(f"{self.name}, {row.place}", dict(zip(header, row.cells, strict=False)))

    def image(self, paths: Sequence[str], url: str | None = None) -> FoundImage:
        """The image of a record.

        Args:
            paths: possible paths of the image relative to the folder of this file; the first that exists is used.
            url: its URL, used if none of them exists.
        """
        for path in paths:
            name = self.source.beside(self.name, path)
            if name is not None and (content := self.source.file(name)) is not None:
                return content, ()
        if url:
            return url, ()
        if not paths:
            return None, ()
        return None, (Problem(Reason.MISSING_IMAGE, f"The image is not in the archive: {paths[0]}"),)

    def image_below(self, paths: Sequence[str]) -> FoundImage:
        """The first of several images that exists; their paths start at the root of a download, above this file."""
        if not paths:
            return None, ()
        first = paths[0]
        if "://" in first:
            return first, ()
        return self.image([first, *("../" * depth + first for depth in range(1, self.name.count("/") + 1))])

    def broken(self, record: Broken) -> ArchivedPost:
        """A record that cannot be parsed, as a post with a problem."""
        return _broken(self.source, self.name, record)

    def not_a_post(self, place: str, what: str) -> ArchivedPost:
        """A record that is valid JSON or CSV, but not of the format."""
        return self.broken(Broken(Problem(Reason.NOT_A_POST, f"The record at {place} is {what}."), place))


class Reader(ABC):
    r"""Reader of one format of archives.

    To add a format, derive from this class and register it::

        @register
        class Forum(Reader):
            name = "forum"
            description = "posts of our forum, as its administrators export them"
            expects = "forum.json"
            pattern = r"forum\.json"
            beginning = r'\{\s*"forum_posts"'

            def read_file(self, file):
                def post(where, record):
                    return ArchivedPost(where=where, text=words(record.get("body")))

                return file.objects([("forum_posts", ITEM)], post, "no post")

    Attributes:
        name: name of the format, for ``open_archive(path, format=name)``.
        description: description in one line.
        expects: the expected files, for messages.
        pattern: regular expression for the names of its files, as for ``Source.select``.
        beginning: regular expression for the beginning of their content. Not needed if ``recognises`` is overridden.
        has_labels: whether posts have labels, as in a corpus.
        second_to: formats that take precedence in the same download, unless this one is given by name.
    """

    name: ClassVar[str]
    description: ClassVar[str]
    expects: ClassVar[str]
    pattern: ClassVar[str]
    beginning: ClassVar[str]
    has_labels: ClassVar[bool] = False
    second_to: ClassVar[frozenset[str]] = frozenset()

    def recognises(self, head: str) -> bool:
        """Whether a file is of the format, by the beginning of its content as text, without leading whitespace."""
        return re.match(self.beginning, head) is not None

    def files(self, source: Source) -> Sequence[str]:
        """Names of the files with posts, by name and content; empty if the source has another format."""
        return source.select(self.pattern, self.recognises)

    @abstractmethod
    def read_file(self, file: ArchiveFile) -> Iterator[ArchivedPost]:
        """The posts of one file, in order. An invalid record becomes a post with a problem."""

    def matches(self, source: Source) -> bool:
        """Whether the source contains files of this format."""
        return bool(self.files(source))

    def read(self, source: Source) -> Iterator[ArchivedPost]:
        """The posts of all files, in the order of their names."""
        for name in self.files(source):
            yield from self.guarded(source, name, self.read_file)

    def guarded(
        self, source: Source, name: str, read: Callable[[ArchiveFile], Iterator[ArchivedPost]]
    ) -> Iterator[ArchivedPost]:
        """The posts of one file. If the file is damaged, the last one has the problem."""
        try:
            with source.open(name) as stream:
                yield from read(ArchiveFile(source, name, stream))
        except damage() as error:
            yield _broken(source, name, Broken(breaks_off("an unknown place", error), "the file"))


def _broken(source: Source, name: str, record: Broken) -> ArchivedPost:
    problem = Problem(record.problem.reason, f"{source.where(name)}: {record.problem.message}")
    return ArchivedPost(where=f"{name}, {record.place}", kind="unreadable", problems=(problem,))


READERS: Registry[Reader] = Registry("reader of archives", "anymood.archives", readers.__name__)
register = READERS.register_instance


def formats() -> dict[str, str]:
    """The supported formats in alphabetical order, with a one-line description of each."""
    return {name: reader.description for name, reader in sorted(READERS.all().items())}


def deleted_message(where: str, created: datetime | None, cause: str = "The message was deleted.") -> ArchivedPost:
    """A message whose text its author or the network has deleted."""
    return ArchivedPost(where=where, created=created, problems=(Problem(Reason.DELETED_MESSAGE, cause),))


def text_of(*values: object) -> tuple[str | None, tuple[Problem, ...]]:
    """The texts of some values, with a blank line between them, and the problems of placeholders among them."""
    texts = [authors_text(words(value) or "") for value in values]
    joined = "\n\n".join(text for text, _ in texts if text is not None)
    return joined or None, tuple(problem for _, problem in texts if problem is not None)


IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".heic", ".heif", ".avif", ".bmp", ".tif", ".tiff")

_VIDEO_SUFFIXES = (".mp4", ".m4v", ".mov", ".webm", ".3gp", ".mkv", ".avi")


def count_seen(names: Iterable[Any]) -> int:
    """How many file names or URLs have the suffix of an image or a video. Only for attachments of unknown type."""
    return sum(is_image_name(name) or _has_suffix(name, _VIDEO_SUFFIXES) for name in names)


def is_image_name(name: Any) -> bool:
    """Whether a file name or URL has the suffix of an image. Only for attachments of unknown type."""
    return _has_suffix(name, IMAGE_SUFFIXES)


def _has_suffix(name: Any, suffixes: tuple[str, ...]) -> bool:
    return isinstance(name, str) and name.split("?", 1)[0].lower().endswith(suffixes)
