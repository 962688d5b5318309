"""A client of Flickr with rate limit and retries, and its API key.

Requests to the API are POST (https://www.flickr.com/services/api/request.rest.html), so that the key is not in URLs,
where logs, proxies and messages would show it.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self, TypeVar

import httpx
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_exponential, wait_random

from anymood.errors import ImageError, JobError, SettingError
from anymood.fetching import MAX_WAIT, USER_AGENT, retry_after
from anymood.flickr.request_policy import Endpoints, RateLimiter, RequestPolicy
from anymood.flickr.texts import Info
from anymood.posts import Reason
from anymood.preparation.decoding import decode

MAX_BYTES = 2**25  # maximum size of a response, 32 MiB; images have sides of 500 pixels
MAX_REDIRECTS = 5
MAX_PAUSE = 3600  # maximum Retry-After in seconds
PLACEHOLDER = "photo_unavailable"  # part of the path to which requests for deleted photos are redirected
TOO_MANY_REQUESTS, GONE = 429, {404, 410}

# Codes of flickr.photos.getInfo (https://www.flickr.com/services/api/flickr.photos.getInfo.html).
DEAD_CODES = {1: Reason.NOT_FOUND, 2: Reason.PRIVATE}
INVALID_KEY = 100
TRANSIENT_CODES = {0, 105, 106}  # temporarily unavailable

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Key:
    """An API key that is not shown in messages, logs and tracebacks.

    Raises:
        SettingError: it is not a key, for example because a whole file was pasted.
    """

    value: str = field(repr=False)

    def __post_init__(self) -> None:
        if not self.value.isascii() or not self.value.isalnum():
            raise SettingError("The Flickr API key should only have letters and digits. Copy it again from Flickr.")

    def hidden(self, text: str) -> str:
        """A text of the server without the key, printable, and truncated."""
        shown = text.replace(self.value, "***")
        return "".join(character if character.isprintable() else " " for character in shown)[:200]


def read_key(file: Path) -> Key:
    """The key in a file that contains only the key.

    Raises:
        SettingError: the file cannot be read, or contains no key.
    """
    try:
        return Key(file.read_text(encoding="utf-8").strip())
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise SettingError(f"The key file {file} cannot be read: {why}. Give a text file with the key.") from error
    except SettingError as error:
        raise SettingError(f"{error} It was read from {file}.") from None


@dataclass(frozen=True, slots=True)
class Dead:
    """The photo or its text no longer exists."""

    reason: Reason


class Unanswered(Exception):
    """No usable response; the next run repeats the request. The message is a short reason."""


class _Transient(Unanswered):
    """The request is retried in this run."""


class Flickr:
    """A client for one job; a context manager.

    Args:
        key: API key.
        endpoints: URLs of Flickr.
        policy: rate and retries.
    """

    def __init__(self, key: Key, endpoints: Endpoints, policy: RequestPolicy) -> None:
        self._key = key
        self._endpoints = endpoints
        self._timeout = policy.timeout
        self._api_limiter = RateLimiter(policy.rate)
        self._image_limiter = RateLimiter(policy.rate)
        self._retrying = AsyncRetrying(
            retry=retry_if_exception_type(_Transient),
            stop=stop_after_attempt(policy.attempts),
            wait=wait_exponential(policy.first_wait, MAX_WAIT) + wait_random(0, policy.first_wait),
            reraise=True,
        )
        self._client = httpx.AsyncClient(timeout=policy.timeout, headers={"User-Agent": USER_AGENT})

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(self, *error: Any) -> None:
        await self._client.__aexit__(*error)

    async def info(self, photo_id: str, secret: str) -> Info | Dead:
        """The texts of a photo.

        Raises:
            Unanswered: there is no usable response.
            JobError: Flickr rejects the key, or requires a long pause.
        """

        async def once() -> Info | Dead:
            parameters = {
                "method": "flickr.photos.getInfo",
                "api_key": self._key.value,
                "photo_id": photo_id,
                "secret": secret,
                "format": "json",
                "nojsoncallback": "1",
            }
            request = self._client.build_request("POST", self._endpoints.api, data=parameters)
            response, body = await self._answer(request, self._api_limiter)
            if response.status_code != httpx.codes.OK:
                raise Unanswered(f"HTTP {response.status_code}")
            return self._read_info(body)

        return await self._with_retries(once)

    async def image(self, url: str) -> bytes | Dead:
        """The bytes of a JPEG that can be decoded.

        Raises:
            Unanswered: there is no usable response.
            JobError: Flickr requires a long pause.
        """

        async def once() -> bytes | Dead:
            request = self._client.build_request("GET", self._endpoints.image(url))
            for _ in range(MAX_REDIRECTS):
                response, body = await self._answer(request, self._image_limiter)
                if response.next_request is None:
                    break
                request = response.next_request
                if PLACEHOLDER in request.url.path:
                    return Dead(Reason.UNAVAILABLE)
            if response.status_code in GONE:
                return Dead(Reason.NOT_FOUND)
            if response.status_code != httpx.codes.OK:
                raise Unanswered(f"HTTP {response.status_code}")
            return body if await asyncio.to_thread(_is_jpeg, body) else Dead(Reason.NO_JPEG)

        return await self._with_retries(once)

    async def _with_retries(self, once: Callable[[], Awaitable[Answer]]) -> Answer:
        # A copy, because concurrent calls would share its state.
        return await self._retrying.copy()(once)

    async def _answer(self, request: httpx.Request, limiter: RateLimiter) -> tuple[httpx.Response, bytes]:
        """A response and its body; raises if it is to be retried."""
        await limiter.wait()
        try:
            async with asyncio.timeout(self._timeout):  # for the whole response; timeouts of httpx are between chunks
                response = await self._client.send(request, stream=True)
                try:
                    body = await _body(response)
                finally:
                    await response.aclose()
        # Errors of httpx contain the request with the key, so they must not be chained.
        except (TimeoutError, httpx.TimeoutException):
            raise _Transient("timeout") from None
        except httpx.ConnectError:
            raise _Transient("no connection") from None
        except httpx.HTTPError:
            raise _Transient("broken connection") from None
        if response.status_code == TOO_MANY_REQUESTS or response.is_server_error:
            seconds = retry_after(response.headers.get("Retry-After", ""))
            if seconds > MAX_PAUSE:
                raise JobError(f"Flickr requires a pause of {seconds / 3600:.1f} hours. Try again later.")
            limiter.hold(seconds)
            raise _Transient(f"HTTP {response.status_code}")
        return response, body

    def _read_info(self, body: bytes) -> Info | Dead:
        try:
            answer = json.loads(body)
            if answer["stat"] == "ok":
                return Info.from_answer(answer)
            code, message = int(answer["code"]), str(answer.get("message", ""))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise _Transient("unreadable answer") from None
        if code == INVALID_KEY:
            raise JobError(
                f"Flickr rejects the API key: {self._key.hidden(message)} (code {code}). "
                "Check that it is complete; your keys are on https://www.flickr.com/services/apps/by/me"
            )
        if code in DEAD_CODES:
            return Dead(DEAD_CODES[code])
        kind = _Transient if code in TRANSIENT_CODES else Unanswered
        raise kind(f"API code {code}: {self._key.hidden(message)}")


async def _body(response: httpx.Response) -> bytes:
    """The body of a response, truncated if it is too large."""
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > MAX_BYTES:
            break
    return bytes(body)


def _is_jpeg(body: bytes) -> bool:
    if not body.startswith(b"\xff\xd8") or len(body) > MAX_BYTES:
        return False
    try:
        decode(body)
    except ImageError:
        return False
    return True
