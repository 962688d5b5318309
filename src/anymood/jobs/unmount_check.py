"""Detects that the disk with the images of a job was unmounted."""

from collections.abc import Iterator
from pathlib import Path

from anymood.errors import TableError
from anymood.jobs.inputs import RowPosition
from anymood.posts import Reason
from anymood.tables.rows import Row

UNMOUNT_REASONS = {Reason.MISSING_IMAGE, Reason.UNREADABLE}  # possible reasons if the disk is unmounted


class UnmountCheck:
    """Remembers the folder of the last image, and checks that it is still the same.

    When the disk with the images is unmounted, all later images would be missing.
    """

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._state: tuple[int, int] | None = None

    def watched(self, rows: Iterator[tuple[RowPosition, Row]]) -> Iterator[tuple[RowPosition, Row]]:
        """The same rows; the folders of their images are checked.

        Raises:
            TableError: see ``check``.
        """
        for position, row in rows:
            image = row.post.image
            if isinstance(image, Path) and image.parent != self._folder:
                self._folder, self._state = image.parent, _folder_state(image.parent)
            for problem in row.problems:
                self.check(problem.reason)
            yield position, row

    def check(self, reason: Reason | None) -> None:
        """After a row with a problem, check that the disk is still mounted.

        Raises:
            TableError: the folder is gone, or was replaced, as below an empty mount point.
        """
        if reason in UNMOUNT_REASONS and self._folder is not None and _folder_state(self._folder) != self._state:
            raise TableError(
                f"The folder {self._folder}, from which images were read, no longer exists. Is its disk still mounted?"
            )


def _folder_state(folder: Path) -> tuple[int, int] | None:
    try:
        state = folder.stat()
    except OSError:
        return None
    return state.st_dev, state.st_ino
