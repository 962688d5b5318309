"""The readers by name: those of this package, those of installed packages, and those that a program registers."""

import pkgutil
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from typing import TypeVar

from anymood.archives import readers
from anymood.archives.reader import Reader
from anymood.errors import SettingError

ENTRY_POINTS = "anymood.archives"  # under which an installed package names modules that register readers

_READERS: dict[str, Reader] = {}
R = TypeVar("R", bound=type[Reader])


def register(reader: R) -> R:
    """Make a reader known by its name; used as a decorator of its class.

    Raises:
        SettingError: another reader has that name.
    """
    known = _READERS.get(reader.name)
    if known is not None and type(known).__qualname__ != reader.__qualname__:
        raise SettingError(f"There is a reader {reader.name!r} of archives already: {type(known).__qualname__}.")
    _READERS[reader.name] = reader()
    return reader


def formats() -> dict[str, str]:
    """The names of the formats that can be read, with a line on each, in the order of the alphabet."""
    return {name: reader.description for name, reader in sorted(all_readers().items())}


def all_readers() -> dict[str, Reader]:
    """The readers by name."""
    _load()
    return dict(_READERS)


@cache
def _load() -> None:
    """Import every module of ``readers``, and what installed packages name: each registers what it has."""
    for module in pkgutil.iter_modules(readers.__path__):
        import_module(f"{readers.__name__}.{module.name}")
    for point in entry_points(group=ENTRY_POINTS):
        point.load()
