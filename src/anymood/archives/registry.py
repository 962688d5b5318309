"""Registry of readers."""

from anymood.archives import readers
from anymood.archives.reader import Reader
from anymood.registry import Registry

READERS: Registry[Reader] = Registry("reader of archives", "anymood.archives", readers.__name__)
register = READERS.register_instance


def formats() -> dict[str, str]:
    """The supported formats in alphabetical order, with a one-line description of each."""
    return {name: reader.description for name, reader in sorted(READERS.all().items())}
