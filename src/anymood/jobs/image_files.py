"""Image files as the rows of a job."""

import hashlib
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from anymood.errors import TableError
from anymood.jobs.inputs import Input
from anymood.jobs.paths import has_image_suffix, is_image_file
from anymood.posts import Post
from anymood.preparation.decoding import SUFFIXES
from anymood.tables.registry import is_table, suffixes
from anymood.tables.rows import ALL_ROWS, Row, Shard
from anymood.text_decoding import is_broken, legacy_encoding, mended
from anymood.wording import plural

IMAGE_COLUMN, TEXT_COLUMN = "image", "text"  # the columns of rows that come from image files and their captions
SIDECAR = "._"  # prefix of files in which macOS keeps metadata of another file
NAMES_SHOWN = 3  # names of skipped files that are shown
TABLE = "possibly a table, only read if named"
CAPTION_SUFFIX = ".txt"  # suffix of text files with the names of images, as in MVSA and in downloads of instaloader
CAPTION_BYTES = 2**16  # bytes of a caption that are read


class ImageFiles(Input):
    """Image files, each a post: the given files, and those in the given folders and their subfolders, sorted by name.

    In a folder, a file is an image by its suffix or its first bytes. A text file with the name of an image is its
    caption. Other files are skipped; ``notes`` says how many.

    Args:
        paths: paths of files and folders.
        notes: other notes for the user.
        captions: whether captions are read.
    """

    def __init__(self, paths: tuple[Path, ...], notes: Sequence[str] = (), *, captions: bool = True) -> None:
        self.name = str(paths[0]) + (f" and {len(paths) - 1} more" if len(paths) > 1 else "")
        self._paths = paths
        skipped = _SkippedFiles()
        self._has_captions = captions
        has_text = [caption_of(path) is not None for path, is_captioned in self._files(skipped) if is_captioned]
        self._has_captions = any(has_text)
        self.columns = (IMAGE_COLUMN, TEXT_COLUMN) if self._has_captions else (IMAGE_COLUMN,)
        if not self.count():
            raise TableError(
                f"{self.name} contains no image, by suffix ({', '.join(sorted(SUFFIXES))}) or content, no table "
                f"({', '.join(suffixes())}), and no supported archive of a social network (anymood formats lists "
                "them)."
            )
        self.notes = (*notes, *_notes_on_captions(has_text), *skipped.notes())

    def rows(self, skip: int = 0, shard: Shard = ALL_ROWS) -> Iterator[Row]:
        """The rows after the first ``skip``, or a shard of them."""
        for number, (path, is_captioned) in enumerate(self._files(), 1):
            if number > skip and number in shard:
                # File names may be invalid UTF-8, but tables may not.
                shown = os.fsencode(path).decode("utf-8", "replace")
                text = caption_of(path) if is_captioned else None
                values: dict[str, object] = dict(zip(self.columns, (shown, text), strict=False))
                yield Row(number, shown, Post(text, path), None, None, values, ())

    def count(self) -> int:
        """Number of files."""
        return sum(1 for _ in self._files())

    def digest(self) -> str:
        """Digest of the names, sizes and times of the files."""
        digest = hashlib.sha256()
        for image, is_captioned in self._files():
            for path in (image, image.with_suffix(CAPTION_SUFFIX)) if is_captioned else (image,):
                state = path.stat() if path.exists() else path.lstat()  # a broken link becomes a row with a problem
                digest.update(os.fsencode(path) + f"\0{state.st_size} {state.st_mtime_ns}\n".encode())
        return digest.hexdigest()

    def _files(self, skipped: "_SkippedFiles | None" = None) -> Iterator[tuple[Path, bool]]:
        """Images, and whether they have captions that are read."""
        for path in self._paths:
            try:
                for image, is_captioned in _image_files(path, skipped):
                    yield image, is_captioned and self._has_captions
            except OSError as error:
                raise TableError(f"{error.filename or path} cannot be read: {error.strerror or error}.") from error


class _SkippedFiles:
    """Files of folders that were skipped: their number by reason, and the first names."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._names: dict[str, list[str]] = {}

    def add(self, name: str) -> None:
        reason = "macOS metadata" if name.startswith(SIDECAR) else TABLE if is_table(Path(name)) else "not an image"
        self._counts[reason] += 1
        names = self._names.setdefault(reason, [])
        if len(names) < NAMES_SHOWN:
            names.append(os.fsencode(name).decode("utf-8", "replace"))

    def notes(self) -> tuple[str, ...]:
        if not self._counts:
            return ()
        reasons = []
        for reason, count in self._counts.most_common():
            names = self._names[reason]
            more = [f"{count - len(names):,} more"] if count > len(names) else []
            reasons.append(f"{count:,} {reason} ({', '.join([*names, *more])})")
        return (f"{plural(self._counts.total(), 'file')} skipped: {', '.join(reasons)}",)


def has_images(folder: Path) -> bool:
    """Whether a folder or one of its subfolders contains an image."""
    return next(_image_files(folder), None) is not None


def _image_files(path: Path, skipped: _SkippedFiles | None = None) -> Iterator[tuple[Path, bool]]:
    """Images, and whether they have captions."""
    if not path.is_dir():
        yield path, False
        return
    with os.scandir(path) as entries:
        listed = sorted((entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries)
    names = {name for name, enters in listed if not enters}
    captions = {_caption_name(name) for name in names if has_image_suffix(Path(name))} & names
    for name, enters in listed:
        if enters:
            yield from _image_files(path / name, skipped)
        elif not name.startswith(SIDECAR) and (has_image_suffix(Path(name)) or is_image_file(path / name)):
            yield path / name, _caption_name(name) in captions
        elif skipped is not None and name not in captions:
            skipped.add(name)


def caption_of(image: Path) -> str | None:
    """The text of the caption file of an image; None if there is none, or it has no letters, as in files of boxes."""
    try:
        with image.with_suffix(CAPTION_SUFFIX).open("rb") as file:
            content = file.read(CAPTION_BYTES)
    except OSError:
        return None
    text = content.decode("utf-8-sig", "surrogateescape")
    if is_broken(text):
        text = mended(text, legacy_encoding(content))
    text = text.replace("\0", "").strip()
    return text if any(sign.isalpha() for sign in text) else None


def _caption_name(image: str) -> str:
    return str(Path(image).with_suffix(CAPTION_SUFFIX))


def _notes_on_captions(has_text: Sequence[bool]) -> Iterator[str]:
    """Notes for the user, given whether each caption has a text."""
    if read := sum(has_text):
        files = f"{CAPTION_SUFFIX} files with the names of images"
        yield f"{plural(read, 'text')} read from {files} (--text-column '' or text=None ignores them)"
    if empty := len(has_text) - read:
        yield f"{plural(empty, f'{CAPTION_SUFFIX} file')} without letters skipped"
