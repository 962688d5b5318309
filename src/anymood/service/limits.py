"""What a service takes on: everything a stranger could make large has a bound here."""

from dataclasses import dataclass, field, fields

from anymood.errors import SettingError
from anymood.runtime.cores import available_cores

CONCURRENT_A_CORE = 6  # so that nobody waits longer than some six posts take, whatever the machine
CHUNK = 8  # posts predicted together, of one request or of several; others get a thread in between


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of what one request may bring, and of how many there are at once.

    Raises:
        SettingError: a bound is less than 1.
    """

    body_bytes: int = 32 * 2**20
    """Bytes of a request's body."""

    image_pixels: int = 40_000_000
    """Pixels of an image, width times height: what it would unpack to is 3 bytes each."""

    text_characters: int = 10_000
    """Characters of a text."""

    batch_posts: int = 64
    """Posts of a batch."""

    max_concurrent: int = field(default_factory=lambda: CONCURRENT_A_CORE * available_cores())
    """Requests at once, waiting or running, 6 a core by default; those beyond are refused, to be tried again."""

    seconds: int = 30
    """For a request's body to arrive, and again for its answer."""

    def __post_init__(self) -> None:
        for bound in fields(self):
            if getattr(self, bound.name) < 1:
                raise SettingError(f"{bound.name!r} is {getattr(self, bound.name)}. Give at least 1.")
