"""Limits of the service. The standard library alone, so that ``anymood serve --help`` needs no optional dependency."""

from dataclasses import dataclass, field, fields

from anymood.errors import SettingError
from anymood.runtime.cores import available_cores

CONCURRENT_PER_CORE = 6  # limits the wait for a thread to the time of about six posts


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of a request, and of the number of concurrent requests.

    Raises:
        SettingError: a limit is less than 1.
    """

    body_bytes: int = 32 * 2**20
    """Bytes of a request's body."""

    image_pixels: int = 40_000_000
    """Pixels of an image, width times height. A decoded image takes 3 bytes a pixel."""

    text_characters: int = 10_000
    """Characters of a text."""

    batch_posts: int = 64
    """Posts of a batch."""

    max_concurrent: int = field(default_factory=lambda: CONCURRENT_PER_CORE * available_cores())
    """Concurrent requests, waiting or running; 6 a core by default. Further ones get 503 with Retry-After."""

    seconds: int = 30
    """Timeout of receiving a body, and of predicting it."""

    def __post_init__(self) -> None:
        for bound in fields(self):
            if getattr(self, bound.name) < 1:
                raise SettingError(f"{bound.name!r} is {getattr(self, bound.name)}. Give at least 1.")
