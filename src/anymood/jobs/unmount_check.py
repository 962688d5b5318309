"""A disk that goes away midway: it would make a problem of every row that follows, and is none of a row."""

from collections.abc import Iterator
from pathlib import Path

from anymood.bulk.inputs import Place
from anymood.datasets.table import Row
from anymood.errors import TableError

SUSPECT = {"missing image", "unreadable"}  # reasons that rows get when the disk with their images is gone


class ImageDisk:
    """The folder in which an image was last seen, and whether it is still the same."""

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._state: tuple[int, int] | None = None

    def seen(self, rows: Iterator[tuple[Place, Row]]) -> Iterator[tuple[Place, Row]]:
        """The same rows; notes where their images lie.

        Raises:
            TableError: see ``check``.
        """
        for place, row in rows:
            image = row.post.image
            if isinstance(image, Path) and image.parent != self._folder:
                self._folder, self._state = image.parent, _state(image.parent)
            for problem in row.problems:
                self.check(problem.reason)
            yield place, row

    def check(self, reason: str | None) -> None:
        """After a row had a problem: see whether the disk is to blame.

        Raises:
            TableError: the folder is gone, or there is another one in its place, as below an empty mount point.
        """
        if reason in SUSPECT and self._folder is not None and _state(self._folder) != self._state:
            raise TableError(
                f"The folder {self._folder} is gone, and images were read from it. Is its disk still there?"
            )


def _state(folder: Path) -> tuple[int, int] | None:
    try:
        state = folder.stat()
    except OSError:
        return None
    return state.st_dev, state.st_ino
