"""Fetches files from web servers, within limits and with retries, through httpx and tenacity.

For images, as ``anymood.cluster.frames.predict_dataframe`` and others fetch them::

    from anymood.fetching import fetch_image

    try:
        image = fetch_image("https://example.org/beach.jpg")  # bytes, for Post(image=image)
    except ImageError as error:
        error.problem  # reason "not fetched" or "too large", and a message

``open_url`` opens any other file, to be read block by block. Both may be called from several threads, which share one
pool of connections; the caller limits their number (``ThreadPoolExecutor(MAX_CONCURRENT)``).
A request is repeated after HTTP 429, a server error or a connection that breaks off before the response, after
increasing waits; a longer ``Retry-After`` is honoured, up to a minute.

``anymood[fetch]``, ``anymood[bulk]`` and ``anymood[collect]`` install httpx and tenacity. If they may be missing,
import this module inside a function, and raise ``MissingExtra`` on an ``ImportError``.
"""

import ipaddress
import socket
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any, Protocol
from urllib.parse import quote, urlsplit
from urllib.request import getproxies

import httpcore
import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, wait_exponential

from anymood._version import __version__
from anymood.errors import ImageError
from anymood.posts import Reason

USER_AGENT = f"anymood/{__version__}"
MAX_IMAGE_BYTES = 2**26
MAX_CONCURRENT = 8  # images fetched concurrently
BLOCK = 2**18  # bytes read together
TIMEOUT = 20.0  # seconds to connect, and between two blocks
IMAGE_SECONDS = 60.0  # timeout for a whole image, so that slow servers do not block a worker
ATTEMPTS = 3
MAX_WAIT = 60.0  # seconds before a retry
SAFE = "%:/?#[]@!$&'()*+,;=~"  # not quoted in URLs, unlike spaces and non-ASCII characters
BUSY = frozenset((429, 500, 502, 503, 504))  # HTTP statuses after which a request is repeated


class FetchError(OSError):
    """A URL that cannot be fetched; its message is one line.

    Attributes:
        transient: whether a retry may succeed.
        retry_after: seconds to wait before a retry, as the server asks.
    """

    def __init__(self, message: str, *, transient: bool = False, retry_after: float = 0.0) -> None:
        super().__init__(message)
        self.transient = transient
        self.retry_after = retry_after


class Readable(Protocol):
    """A file that is read sequentially."""

    def read(self, size: int, /) -> bytes:
        """The next ``size`` bytes; fewer at the end."""


class _Body:
    """The body of a response as a file."""

    def __init__(self, response: httpx.Response) -> None:
        self._response = response
        self._blocks = response.iter_bytes()
        self._left = b""

    def read(self, size: int, /) -> bytes:
        """The next ``size`` bytes; fewer at the end.

        Raises:
            FetchError: the connection broke off, or the server stopped sending.
        """
        data = bytearray(self._left)
        try:
            while len(data) < size and (block := next(self._blocks, b"")):
                data += block
        except httpx.RemoteProtocolError as error:
            left = int(self._response.headers.get("Content-Length", 0)) - self._response.num_bytes_downloaded
            where = f"{left:,} bytes before the end" if left > 0 else "before the end"
            raise FetchError(f"the connection broke off {where}") from error
        except httpx.HTTPError as error:
            raise FetchError(in_a_line(error)) from error
        self._left = bytes(data[size:])
        return bytes(data[:size])


class _PublicBackend(httpcore.SyncBackend):
    """Connects to public addresses only. Names are resolved once, so that the check holds for the connection."""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        try:
            resolved = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"there is no host {host}") from error
        addresses = list(dict.fromkeys(str(address[0]) for *_, address in resolved))
        private = next((address for address in addresses if not is_public(address)), None)
        if private is not None:
            named = host if host == private else f"{host} is {private}, which"
            raise httpcore.ConnectError(f"{named} is not a public address (--fetch-private allows it)")
        for address in addresses[:-1]:
            with suppress(httpcore.ConnectError, httpcore.ConnectTimeout):
                return super().connect_tcp(address, port, timeout, local_address, socket_options)
        return super().connect_tcp(addresses[-1], port, timeout, local_address, socket_options)


def is_public(address: str) -> bool:
    """Whether an IP address is on the public internet."""
    known = ipaddress.ip_address(address.partition("%")[0])
    known = getattr(known, "ipv4_mapped", None) or known
    return known.is_global and not known.is_multicast


@cache
def _client(public_only: bool) -> httpx.Client:
    # Do not decompress compressed files: servers may declare their suffix as an encoding.
    headers = {"User-Agent": USER_AGENT, "Accept-Encoding": "identity"}
    transport = None
    if public_only and not getproxies().keys() & {"http", "https", "all"}:  # a proxy resolves names itself
        transport = httpx.HTTPTransport()
        # httpx has no argument for a backend; httpcore, which it is built on, has.
        transport._pool._network_backend = _PublicBackend()
    return httpx.Client(headers=headers, timeout=TIMEOUT, follow_redirects=True, transport=transport)


def _wait(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    retry_after_seconds = error.retry_after if isinstance(error, FetchError) else 0.0
    return min(max(wait_exponential()(state), retry_after_seconds), MAX_WAIT)


_retrying = Retrying(
    retry=retry_if_exception(lambda error: isinstance(error, FetchError) and error.transient),
    stop=stop_after_attempt(ATTEMPTS),
    wait=_wait,
    reraise=True,
)


@contextmanager
def open_url(url: str, *, public_only: bool = False) -> Iterator[Readable]:
    """Open the file at an ``http`` or ``https`` URL.

    Args:
        url: URL of the file.
        public_only: whether to reject addresses that are not public, also after redirects. If a proxy is set
            (``HTTPS_PROXY``), the proxy decides.

    Raises:
        FetchError: it cannot be fetched.
        ValueError: the URL is not valid.
    """
    if urlsplit(url).scheme.lower() not in ("http", "https"):
        raise ValueError("only http and https are supported; download it and give its path")
    if not urlsplit(url).hostname:
        raise ValueError(f"{url[:200]!r} has no host")
    urlsplit(url).port  # noqa: B018 - raises if it is not a number
    response = _retrying(_send, quote(url, safe=SAFE), _client(public_only))
    try:
        yield _Body(response)
    finally:
        response.close()


def _send(url: str, client: httpx.Client) -> httpx.Response:
    try:
        response = client.send(client.build_request("GET", url), stream=True)
    except httpx.InvalidURL as error:
        raise ValueError(in_a_line(error)) from error
    except httpx.HTTPError as error:
        broken = isinstance(error, httpx.RemoteProtocolError | httpx.ReadError | httpx.WriteError)
        raise FetchError(in_a_line(error), transient=broken) from error
    if response.is_success:
        return response
    response.close()
    status = response.status_code
    raise FetchError(
        f"HTTP {status} {response.reason_phrase}".rstrip(),
        transient=status in BUSY,
        retry_after=retry_after(response.headers.get("Retry-After", "")),
    )


def fetch_image(url: str, open_file: Callable[[str], AbstractContextManager[Readable]] = open_url) -> bytes:
    """The bytes of the file at a URL, at most ``MAX_IMAGE_BYTES``, within ``IMAGE_SECONDS``.

    Args:
        url: URL of the image.
        open_file: opens the URL.

    Raises:
        ImageError: it cannot be fetched, or is too large.
    """
    end = time.monotonic() + IMAGE_SECONDS
    data = bytearray()
    try:
        with open_file(url) as file:
            while block := file.read(BLOCK):
                data += block
                if len(data) > MAX_IMAGE_BYTES:
                    raise ImageError(
                        f"its image {url[:200]!r} has more than {MAX_IMAGE_BYTES:,} bytes. Use a smaller image.",
                        Reason.TOO_LARGE,
                    )
                if time.monotonic() > end:
                    raise TimeoutError(f"no response after {IMAGE_SECONDS:.0f} seconds")
    except (OSError, ValueError) as error:  # errors of Daft for object stores are ValueErrors
        raise ImageError(
            f"its image {url[:200]!r} cannot be fetched: {in_a_line(error)}.", Reason.NOT_FETCHED
        ) from error
    return bytes(data)


def retry_after(header: str) -> float:
    """Seconds of a ``Retry-After`` header in either form; 0 if it is invalid."""
    if header.isdecimal():
        return float(header)
    try:
        return parsedate_to_datetime(header).timestamp() - time.time()
    except (ValueError, OverflowError):
        return 0.0


def in_a_line(error: Exception) -> str:
    """The message of an error in one line."""
    message = str(error) or type(error).__name__
    return "; ".join(line.strip() for line in message.splitlines() if line.strip()).rstrip(".")
