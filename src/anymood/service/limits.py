"""Limits of the service, without optional dependencies, so that ``anymood serve --help`` works without them."""

from dataclasses import dataclass, field
from typing import Annotated, TypeAlias

from anymood.fields import Range, check_fields
from anymood.runtime.cores import available_cores

CONCURRENT_PER_CORE = 6  # limits the wait for a thread to the time of about six posts

AtLeastOne: TypeAlias = Annotated[int, Range(ge=1)]


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of a request, and of the number of concurrent requests.

    Raises:
        SettingError: a limit is less than 1.
    """

    body_bytes: AtLeastOne = 32 * 2**20
    """Maximum number of bytes of a request body."""

    image_pixels: AtLeastOne = 40_000_000
    """Maximum number of pixels of an image, width times height. A decoded image takes 3 bytes per pixel."""

    text_characters: AtLeastOne = 10_000
    """Maximum number of characters of a text."""

    batch_posts: AtLeastOne = 64
    """Maximum number of posts in a batch."""

    max_concurrent: AtLeastOne = field(default_factory=lambda: CONCURRENT_PER_CORE * available_cores())
    """Maximum number of concurrent requests; 6 per core by default. Further requests get 503 with Retry-After."""

    seconds: AtLeastOne = 30
    """Timeout in seconds, for receiving a body and for predicting it."""

    def __post_init__(self) -> None:
        check_fields(self)
