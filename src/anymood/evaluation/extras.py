"""The one gate to what only ``anymood[train]`` installs."""

from collections.abc import Iterator
from contextlib import contextmanager

from anymood.errors import MissingExtra


@contextmanager
def train_extra(what: str) -> Iterator[None]:
    """Imports inside the block belong to the ``train`` extra.

    Args:
        what: what cannot be done without it, as the beginning of a sentence: "Drawing figures".

    Raises:
        MissingExtra: an import failed; the message names the command that installs what is missing.
    """
    try:
        yield
    except ImportError as error:
        raise MissingExtra(what, "train") from error
