"""Errors that anymood raises.

::

    AnymoodError
    ├── InputError          an argument or input cannot be used
    │   ├── TableError      a table: a missing column, an unknown label, a duplicate id, an unreadable file
    │   ├── ImageError      an image: missing, empty, truncated, not an image, too large
    │   └── SettingError    an option or a configuration value
    ├── BundleError         a model folder cannot be loaded
    │   ├── DamagedBundle   a file is missing, or its hash differs
    │   ├── ForeignBundle   the folder is not an anymood bundle
    │   └── NewerBundle     its format is later than this version reads
    ├── JobError            a job over many posts cannot be written, or cannot be resumed
    ├── ExportError         the exported graphs differ from the network
    ├── TrainingError       training cannot start or continue
    └── MissingExtra        an optional dependency is not installed; also an ImportError

Messages say what is wrong, where, and what to do. The command line prints them without a stack trace, and the service
maps the classes to status codes.
"""

from contextlib import contextmanager
from typing import TYPE_CHECKING

from anymood.posts import Problem, Reason

if TYPE_CHECKING:
    from collections.abc import Iterator


class AnymoodError(Exception):
    """Base class of all errors of anymood."""


class InputError(AnymoodError):
    """An argument or input cannot be used."""


class TableError(InputError):
    """A table cannot be read as posts."""


class ImageError(InputError):
    """An image cannot be read or decoded; ``reason`` is a fixed phrase to count by."""

    def __init__(self, message: str, reason: Reason) -> None:
        super().__init__(message)
        self.reason = reason

    def __reduce__(self) -> tuple[object, ...]:  # otherwise it cannot be raised from another process
        return type(self), (str(self), self.reason)

    @property
    def problem(self) -> Problem:
        """The error as a problem of its post."""
        return Problem(self.reason, str(self))


class SettingError(InputError):
    """An option or a configuration value cannot be used."""


class BundleError(AnymoodError):
    """A model folder cannot be loaded."""


class DamagedBundle(BundleError):
    """A file of the bundle is missing, or its hash differs."""


class ForeignBundle(BundleError):
    """The folder is not an anymood bundle."""


class NewerBundle(BundleError):
    """The format of the bundle is later than this version reads."""


class JobError(AnymoodError):
    """A job over many posts cannot be written, or cannot be resumed."""


class ExportError(AnymoodError):
    """The exported graphs differ from the network."""


class TrainingError(AnymoodError):
    """Training cannot start or continue."""


class MissingExtra(AnymoodError, ImportError):
    """An optional dependency of anymood is not installed, or cannot be imported.

    ``extra`` is the name in ``pip install 'anymood[extra]'``.
    """

    def __init__(self, what: str, extra: str, why: str | None = None) -> None:
        problem, pip = "is not installed. Install it", "pip install"
        if why is not None:
            problem, pip = f"cannot be imported: {why}. Reinstall it", "pip install --force-reinstall"
        super().__init__(
            f"{what} needs an optional dependency that {problem} with: {pip} 'anymood[{extra}]' "
            f"(in a clone: {pip} '.[{extra}]')"
        )
        self.what, self.extra, self.why = what, extra, why

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.what, self.extra, self.why)


@contextmanager
def optional_dependency(what: str, extra: str) -> "Iterator[None]":
    """Turn an ``ImportError`` inside the block into ``MissingExtra``.

    Args:
        what: what needs the dependency, as the beginning of a sentence: "Drawing figures".
        extra: the name in ``pip install 'anymood[extra]'``.

    Raises:
        MissingExtra: an import failed.
    """
    try:
        yield
    except MissingExtra:
        raise
    except ImportError as error:  # of a package that is there, but damaged, or hidden by a file of the same name
        why = None if isinstance(error, ModuleNotFoundError) else str(error).rstrip(".")
        raise MissingExtra(what, extra, why) from error
