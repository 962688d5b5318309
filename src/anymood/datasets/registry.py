"""The readers of corpora by name."""

from pathlib import Path
from typing import TypeVar

from anymood.datasets import corpora
from anymood.datasets.reader import CorpusReader
from anymood.registry import Registry

CORPORA: Registry[CorpusReader] = Registry("reader of corpora", "anymood.corpora", corpora.__name__)
R = TypeVar("R", bound=type[CorpusReader])


def register(reader: R) -> R:
    """Make a reader known by its name; used as a decorator of its class.

    Raises:
        SettingError: another reader has that name.
    """
    CORPORA.register(reader.name)(reader())
    return reader


def reader_of(path: Path) -> CorpusReader | None:
    """The reader that recognises a folder or a file, None if there is none; readers of your own are asked first."""
    readers = sorted(CORPORA.all().values(), key=lambda reader: type(reader).__module__.startswith(corpora.__name__))
    return next((reader for reader in readers if reader.recognises(path)), None)
