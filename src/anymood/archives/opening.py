"""Opens an archive, a file, a folder or a zip, and detects its format."""

import re
from collections.abc import Iterator, Sequence
from os import PathLike
from pathlib import Path

from anymood.archives.chat_text import is_chat
from anymood.archives.post import ArchivedPost
from anymood.archives.reader import READERS, Reader
from anymood.archives.source import FileSource, FolderSource, Source, ZipSource, head_text
from anymood.errors import InputError, SettingError
from anymood.files import as_path

_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
# Exports whose default is HTML, or text (TikTok).
_HTML = re.compile(
    r"(?:^|/)(?:(?:your_posts|posts_\d|post_comments|comments|messages|message_\d|start_here|result|my-comments|chat_history)[^/]*\.html?"
    r"|(?:Comments?|Posts?|Watch History|Video Browsing History)\.txt)$",
    re.IGNORECASE,
)
# Workbooks (.xlsm, .xlsb, .ods) and documents, which are zips.
_OFFICE = re.compile(r"(?:xl/workbook|word/document|ppt/presentation)\.\w+|content\.xml")
_TAR = b"ustar"  # at byte 257
_OF_META = frozenset(("facebook", "instagram", "meta-messages"))  # whose downloads have files that resemble each other


class Archive:
    """An archive of a known format. Each iteration reads its posts from the start.

    Attributes:
        path: the file, folder or zip.
        format: name of the format.
        description: description of the format in one line.
        left_out: other formats in the same download, such as messages next to posts, which can be read with ``format``.
    """

    def __init__(self, path: Path, reader: Reader, source: Source, left_out: tuple[str, ...] = ()) -> None:
        self.path = path
        self.format = reader.name
        self.description = reader.description
        self.left_out = left_out
        self._reader = reader
        self._source = source

    def __iter__(self) -> Iterator[ArchivedPost]:
        return self._reader.read(self._source)

    def __repr__(self) -> str:
        return f"Archive({str(self.path)!r}, format={self.format!r})"

    @property
    def has_labels(self) -> bool:
        """Whether posts have labels, as in a corpus."""
        return self._reader.has_labels

    @property
    def is_zip(self) -> bool:
        """Whether it is a zip, so that images are read into memory."""
        return isinstance(self._source, ZipSource)

    @property
    def paths(self) -> tuple[Path, ...]:
        """The zip, or the files with posts."""
        return (self.path,) if self.is_zip else tuple(self._source.path / name for name in self.files)

    @property
    def files(self) -> tuple[str, ...]:
        """Names of the files with posts, in the order in which they are read."""
        return tuple(self._reader.files(self._source))


def open_archive(path: str | PathLike[str], format: str | None = None) -> Archive:  # the name in the public API
    """Open an archive of a social network.

    Args:
        path: a file of the archive, its folder, or the downloaded zip.
        format: name of the format, one of ``formats()``; by default it is detected from the content.

    Returns:
        The archive, which can be iterated. Records that cannot be read become posts with a problem.

    Raises:
        InputError: the path does not exist, or its format is unknown or ambiguous.
        SettingError: there is no format of that name, or the path has another type.
    """
    path = as_path(path, "An archive")
    readers = READERS.all()
    if format is not None and format not in readers:
        raise SettingError(f"There is no format {format!r} of archives. Available: {', '.join(sorted(readers))}.")
    source = open_source(path)
    if format is not None:
        reader = readers[format]
        if not reader.matches(source):
            raise InputError(f"{path} contains no files of the format {format}, which expects {reader.expects}.")
        return Archive(path, reader, source)
    archive = _matching(path, source)
    if archive is None and source.damaged:
        name, error = next(iter(source.damaged.items()))
        raise InputError(f"{source.where(name)} is damaged: {error}. Copy or download it again.")
    if archive is None:
        known = "\n".join(f"  {name}: {reader.expects}" for name, reader in sorted(readers.items()))
        raise InputError(
            f"{path} is not an archive of a known format.{_hint(source)} Known formats and their files:\n{known}"
        )
    return archive


def find_archive(path: str | PathLike[str]) -> Archive | None:
    """The archive at a path; None if its format is unknown.

    Raises:
        InputError: the format is ambiguous, or the path is a tar file or a zip that cannot be opened.
    """
    path = Path(path)
    return _matching(path, open_source(path))


def _matching(path: Path, source: Source) -> Archive | None:
    """The only format that matches a source.

    Raises:
        InputError: there are several.
    """
    matching = [reader for _, reader in sorted(READERS.all().items()) if reader.matches(source)]
    formats = {reader.name for reader in matching}
    left_out = tuple(reader.name for reader in matching if reader.second_to & formats)
    renamed = _renamed_exports(source, matching) if matching and path.is_dir() else {}
    matching = [reader for reader in matching if reader.name not in left_out]
    if len(matching) > 1 or renamed:
        files = {reader.name: reader.files(source)[0] for reader in matching} | renamed
        names, each = ", ".join(sorted(files)), ", ".join(files.values())
        choice = f", or give the files one at a time: {each}" if path.is_dir() else ""
        raise InputError(f"{path} can be read as {names}. Choose one with format= or --format{choice}.")
    return Archive(path, matching[0], source, left_out) if matching else None


def _renamed_exports(source: Source, matching: Sequence[Reader]) -> dict[str, str]:
    """JSON files of formats that do not match a folder, because their names are not as expected, by format.

    Subfolders are left out, because those of a download may have files that resemble exports of other networks.
    """
    found: dict[str, str] = {}
    known = {reader.name for reader in matching}
    if known & _OF_META:
        known |= _OF_META
    for name in source.names:
        if "/" in name or not name.lower().endswith(".json"):
            continue
        file = FileSource(source.path / name)
        formats = {reader.name for reader in READERS.all().values() if reader.matches(file)}
        if len(formats) == 1 and not formats & known:
            found.setdefault(formats.pop(), name)
    return found


def unread_export(path: Path) -> str:
    """Advice on an unsupported kind of export; empty if there is no sign of one.

    Raises:
        InputError: as for ``find_archive``.
    """
    return _hint(open_source(path)).strip()


def is_unread_chat(path: Path) -> bool:
    """Whether a text that is not an export of a known format looks like a chat."""
    source = FileSource(path)
    return is_chat(head_text(source.head(source.name)))


def is_zip(path: Path) -> bool:
    """Whether a file begins like a zip."""
    with path.open("rb") as stream:
        return stream.read(4).startswith(_ZIP)


def _hint(source: Source) -> str:
    """Advice on an unsupported kind of export, by its file names."""
    for name in source.names:
        if _HTML.search(name):
            return f" It has {name}: the export was made as HTML or text. Export it again as JSON."
    if any(map(_OFFICE.fullmatch, source.names)):
        return " It is a workbook or a document of an office program. Save it as .xlsx or CSV."
    zips = [name for name in source.names if name.lower().endswith(".zip")]
    return f" It has {zips[0]}: give the zip, not its folder, or unpack it." if zips else ""


def open_source(path: Path) -> Source:
    """The file, folder or zip at a path.

    Raises:
        InputError: it does not exist, or is a kind of archive file that is not supported.
    """
    if path.is_dir():
        return FolderSource(path)
    if not path.is_file():
        raise InputError(f"There is no file or folder {path}.")
    with path.open("rb") as stream:
        head = stream.read(512)
    if head.startswith(_ZIP):
        return ZipSource(path)
    source = FileSource(path)
    if head[257:262] == _TAR or source.head(source.name)[257:262] == _TAR:
        raise InputError(f"{path} is a tar file, which is not supported. Unpack it (tar -xf) and give the folder.")
    return source
