"""Image files as the rows of a job."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from anymood.errors import TableError
from anymood.jobs.inputs import Input, is_image
from anymood.posts import Post
from anymood.preparation.decoding import SUFFIXES
from anymood.tables.registry import is_table
from anymood.tables.rows import WHOLE, Row, Share

IMAGE_COLUMN = "image"  # the one column of rows that come from image files


class ImageFiles(Input):
    """Image files, each a post: those named, and those in the folders named and in their folders, sorted by name."""

    columns: tuple[str, ...] = (IMAGE_COLUMN,)

    def __init__(self, paths: tuple[Path, ...]) -> None:
        self.name = str(paths[0]) + (f" and {len(paths) - 1} more" if len(paths) > 1 else "")
        self._paths = paths
        if next(self._files(), None) is None:
            known = ", ".join(sorted(SUFFIXES))
            table = next((path for path in paths[0].iterdir() if is_table(path)), None) if paths[0].is_dir() else None
            way_out = f" For its tables, give a pattern: '{paths[0] / f'*{table.suffix}'}'." if table else ""
            raise TableError(f"{self.name} holds no image. Images are told by their suffix: {known}.{way_out}")

    def rows(self, skip: int = 0, share: Share = WHOLE) -> Iterator[Row]:
        """The rows after the first ``skip``, or the share of them."""
        for number, path in enumerate(self._files(), 1):
            if number > skip and share.holds(number):
                # A name need not be UTF-8, but a table must.
                shown = os.fsencode(path).decode("utf-8", "replace")
                yield Row(number, shown, Post(image=path), None, None, {IMAGE_COLUMN: shown}, ())

    def count(self) -> int:
        """How many files there are."""
        return sum(1 for _ in self._files())

    def fingerprint(self) -> str:
        """Digest of the files' names, sizes and times."""
        digest = hashlib.sha256()
        for path in self._files():
            state = path.stat() if path.exists() else path.lstat()  # a link that leads nowhere is a row with a problem
            digest.update(os.fsencode(path) + f"\0{state.st_size} {state.st_mtime_ns}\n".encode())
        return digest.hexdigest()

    def _files(self) -> Iterator[Path]:
        for path in self._paths:
            try:
                yield from _image_files(path)
            except OSError as error:
                raise TableError(f"{path} cannot be read: {error}.") from error


def _image_files(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    with os.scandir(path) as entries:
        listed = sorted((entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries)
    for name, enters in listed:
        if enters:
            yield from _image_files(path / name)
        elif is_image(Path(name)):
            yield path / name
