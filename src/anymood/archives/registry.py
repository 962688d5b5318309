"""The readers by name."""

from typing import TypeVar

from anymood.archives import readers
from anymood.archives.reader import Reader
from anymood.registry import Registry

READERS: Registry[Reader] = Registry("reader of archives", "anymood.archives", readers.__name__)
R = TypeVar("R", bound=type[Reader])


def register(reader: R) -> R:
    """Make a reader known by its name; used as a decorator of its class.

    Raises:
        SettingError: another reader has that name.
    """
    READERS.register(reader.name)(reader())
    return reader


def formats() -> dict[str, str]:
    """The names of the formats that can be read, with a line on each, in the order of the alphabet."""
    return {name: reader.description for name, reader in sorted(all_readers().items())}


def all_readers() -> dict[str, Reader]:
    """The readers by name."""
    return READERS.all()
