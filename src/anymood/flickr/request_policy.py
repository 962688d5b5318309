"""The URLs of Flickr, the policy for requests to it, and a rate limiter."""

import asyncio
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit

from anymood.errors import SettingError
from anymood.fields import Range, check_fields


@dataclass(frozen=True, slots=True)
class Endpoints:
    """The URLs of Flickr.

    Raises:
        SettingError: a URL is invalid.
    """

    api: str = "https://api.flickr.com/services/rest/"
    """URL of Flickr's REST API."""

    static: str | None = None
    """Scheme and host for images, such as https://mirror.example.org; by default those of their URLs."""

    def __post_init__(self) -> None:
        for name, url in (("api", self.api), ("static", self.static)):
            if url is not None and (urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).netloc):
                raise SettingError(f"{name!r} is {url!r}. Give a URL that begins with https:// or http://.")

    def image(self, url: str) -> str:
        """The URL to request an image from."""
        if self.static is None:
            return url
        base = urlsplit(self.static)
        return urlsplit(url)._replace(scheme=base.scheme, netloc=base.netloc).geturl()


@dataclass(frozen=True, slots=True)
class RequestPolicy:
    """The rate, the retries and the timeout of requests.

    Raises:
        SettingError: a number is less than 1, or the first wait is not above 0.
    """

    rate: Annotated[int, Range(ge=1)] = 3600
    """Requests per hour to the API, and the same number for images. Flickr's developer guide allows 3,600 per key."""

    concurrency: Annotated[int, Range(ge=1)] = 4
    """Number of photos that are fetched concurrently."""

    attempts: Annotated[int, Range(ge=1)] = 6
    """Maximum number of requests per photo in one run."""

    first_wait: Annotated[float, Range(gt=0)] = 1.0
    """Seconds before the second request, doubled for each further one up to a minute. Retry-After is honoured."""

    timeout: Annotated[int, Range(ge=1)] = 60
    """Timeout in seconds for a complete response."""

    def __post_init__(self) -> None:
        check_fields(self)


class RateLimiter:
    """A rate limiter without bursts, so that a repeatedly restarted process also keeps the rate.

    Args:
        per_hour: number of requests an hour.
    """

    def __init__(self, per_hour: int) -> None:
        self._interval = 3600 / per_hour
        self._next = 0.0  # time of the event loop

    async def wait(self) -> None:
        """Wait until the next request may be sent."""
        now = asyncio.get_running_loop().time
        # Meanwhile, another request may have been sent, or all may be on hold.
        while (wait := self._next - now()) > 0:
            await asyncio.sleep(wait)
        self._next = now() + self._interval

    def hold(self, seconds: float) -> None:
        """Hold all requests for some time."""
        self._next = max(self._next, asyncio.get_running_loop().time() + seconds)
