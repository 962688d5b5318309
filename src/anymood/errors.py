"""Everything anymood raises on purpose.

::

    AnymoodError
    ├── InputError          something handed in cannot be used
    │   ├── TableError      a table: a missing column, an unknown label, a duplicate id, an unreadable file
    │   ├── ImageError      an image: not there, empty, truncated, no image at all, too large
    │   └── SettingError    an option or a configuration value
    ├── BundleError         a model folder cannot be loaded
    │   ├── DamagedBundle   a file is missing or is not the one that was written
    │   ├── ForeignBundle   the folder is no anymood bundle
    │   └── NewerBundle     written by a later format than this version reads
    ├── JobError            a job over many posts cannot be written, or cannot be resumed
    ├── ExportError         the exported graphs disagree with the network they came from
    ├── TrainingError       training cannot start or continue
    └── MissingExtra        an optional part is not installed; also an ImportError

A message says what is wrong, where, and what to do about it. The command line prints it without a
stack trace, and the service maps this one tree to its status codes.
"""

from contextlib import contextmanager
from typing import TYPE_CHECKING

from anymood.posts import Problem, Reason

if TYPE_CHECKING:
    from collections.abc import Iterator


class AnymoodError(Exception):
    """Base of every error that anymood raises on purpose."""


class InputError(AnymoodError):
    """Something handed in cannot be used."""


class TableError(InputError):
    """A table cannot be read as posts."""


class ImageError(InputError):
    """An image cannot be had or decoded.

    ``reason`` is a phrase to count by; the message says what is wrong, and the way out.
    """

    def __init__(self, message: str, reason: Reason) -> None:
        super().__init__(message)
        self.reason = reason

    @property
    def problem(self) -> Problem:
        """The error as a problem of its post."""
        return Problem(self.reason, str(self))


class SettingError(InputError):
    """An option or a configuration value cannot be used."""


class BundleError(AnymoodError):
    """A model folder cannot be loaded."""


class DamagedBundle(BundleError):
    """A file of the bundle is missing or is not the one that was written."""


class ForeignBundle(BundleError):
    """The folder is not an anymood bundle."""


class NewerBundle(BundleError):
    """The bundle was written in a later format than this version reads."""


class JobError(AnymoodError):
    """A job over many posts cannot be written, or cannot be resumed."""


class ExportError(AnymoodError):
    """The exported graphs disagree with the network they came from."""


class TrainingError(AnymoodError):
    """Training cannot start or continue."""


class MissingExtra(AnymoodError, ImportError):
    """An optional part of anymood is not installed.

    ``extra`` is the name in ``pip install 'anymood[extra]'``.
    """

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(
            f"{what} needs a part that is not installed. Install it with: pip install 'anymood[{extra}]' "
            f"(in a clone: pip install '.[{extra}]')"
        )
        self.extra = extra


@contextmanager
def optional_dependency(what: str, extra: str) -> "Iterator[None]":
    """Turn an ``ImportError`` inside the block into ``MissingExtra``.

    Args:
        what: what cannot be done without the dependency, as the beginning of a sentence: "Drawing figures".
        extra: the name in ``pip install 'anymood[extra]'``.

    Raises:
        MissingExtra: an import failed.
    """
    try:
        yield
    except ImportError as error:
        raise MissingExtra(what, extra) from error
