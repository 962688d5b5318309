"""How long tasks report their progress."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TypeAlias

Update: TypeAlias = Callable[[int], None]
"""Called with the number of finished items."""


def no_progress(_: object) -> AbstractContextManager[Update]:
    """An update that does nothing."""
    return nullcontext(lambda _: None)
