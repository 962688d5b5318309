"""Files behind URLs, read within limits: over HTTP, and from object stores through Daft."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from typing import Protocol, cast
from urllib.error import HTTPError, URLError
from urllib.parse import quote, unquote, urlsplit
from urllib.request import Request, urlopen

from anymood._version import __version__
from anymood.cluster.daft_import import daft
from anymood.errors import ImageError
from anymood.posts import Reason

WEB = frozenset(("http", "https"))
STORES = frozenset(("s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "hf", "file"))
FETCHED_BYTES = 2**26  # of an image; a core of a worker may hold a batch of them at a time
AT_ONCE = 8  # images fetched together
BLOCK = 2**18  # bytes read together
SILENCE_SECONDS = 20.0  # without a byte, before a server counts as dead
IMAGE_SECONDS = 60.0  # for all of an image: a server that sends a byte now and then must not hold up a worker
TRIES = 3
AS_IT_STANDS = "%:/?#[]@!$&'()*+,;=~"  # of a URL that is asked for; blanks and what is not ASCII are quoted
FETCHING_ERRORS = (OSError, ValueError, HTTPException)  # Daft's are ValueErrors
BROKEN_OFF = (ConnectionResetError, ConnectionAbortedError, BrokenPipeError)
BUSY = frozenset((429, 500, 502, 503, 504))  # HTTP answers after which it pays to ask again


class Readable(Protocol):
    """Bytes that are on their way."""

    def read(self, size: int, /) -> bytes:
        """At most so many of them, none at the end."""


def name_of(url: str) -> str:
    """The last part of a URL's path, which has the suffix that says what the file is."""
    return unquote(urlsplit(url).path).rsplit("/", 1)[-1]


def folder_of(url: str) -> str:
    """The URL of the folder that a file lies in."""
    return url.split("?", 1)[0].rsplit("/", 1)[0]


def listed(pattern: str, io_config: "daft.io.IOConfig | None" = None) -> list[str]:
    """URLs of the files that a pattern stands for, sorted; none where there is not even their folder.

    Raises:
        ValueError: the store refuses.
    """
    from daft.daft import io_glob  # that behind ``daft.from_glob_path``, which fails where nothing matches

    try:
        return sorted(found["path"] for found in io_glob(pattern, io_config=io_config))
    except FileNotFoundError:
        return []


def fetch_image(url: str, io_config: "daft.io.IOConfig | None" = None) -> bytes:
    """The bytes behind a URL, at most ``FETCHED_BYTES`` and for at most ``IMAGE_SECONDS``.

    Raises:
        ImageError: they cannot be had, or there are more.
    """
    end = time.monotonic() + IMAGE_SECONDS
    data = bytearray()
    try:
        with opened(url, io_config) as file:
            while block := file.read(BLOCK):
                data += block
                if len(data) > FETCHED_BYTES:
                    raise ImageError(
                        f"its image {url[:200]!r} has more than {FETCHED_BYTES:,} bytes. Save it smaller.",
                        Reason.TOO_LARGE,
                    )
                if time.monotonic() > end:
                    raise TimeoutError(f"it is not there after {IMAGE_SECONDS:.0f} seconds")
            check_whole(file)
    except FETCHING_ERRORS as error:
        raise ImageError(
            f"its image {url[:200]!r} cannot be fetched: {in_a_line(error)}.", Reason.NOT_FETCHED
        ) from error
    return bytes(data)


def check_whole(file: Readable) -> None:
    """See that a file that gives no more bytes has come to its end: Python's HTTP client does not tell.

    Raises:
        OSError: the connection broke off before.
    """
    if left := getattr(file, "length", None):
        raise OSError(f"the connection broke off {left:,} bytes before the end")


@contextmanager
def opened(url: str, io_config: "daft.io.IOConfig | None" = None) -> Iterator[Readable]:
    """What lies behind a URL, to be read from its beginning on.

    HTTP goes through Python's own client, which hands out a body as it comes: Daft's would hold all of it.

    Raises:
        OSError: it cannot be reached.
        ValueError: it is none that can be read, or the store refuses.
        HTTPException: the server's answer, or the URL, is not HTTP.
    """
    scheme = urlsplit(url).scheme.lower()
    if scheme in WEB:
        with _answer(url) as answer:
            yield answer
    elif scheme in STORES:
        with daft.File(url, io_config=io_config).open() as file:
            yield cast("Readable", file)
    else:
        known = ", ".join(f"{name}://" for name in sorted(WEB | STORES))
        raise ValueError(f"URLs begin with one of {known}")


@contextmanager
def _answer(url: str) -> Iterator[Readable]:
    url = quote(url, safe=AS_IT_STANDS)
    request = Request(url, headers={"User-Agent": f"anymood/{__version__}"})  # noqa: S310 - its scheme was looked at
    for attempt in range(TRIES):
        try:
            answer = urlopen(request, timeout=SILENCE_SECONDS)  # noqa: S310
            break
        except OSError as error:
            if isinstance(error, HTTPError):
                error.close()
            if not _passes(error) or attempt == TRIES - 1:
                raise
            time.sleep(2.0**attempt)
    with answer:
        yield answer


def _passes(error: OSError) -> bool:
    """Whether it pays to ask again: the server was busy, or broke the connection off before it answered."""
    if isinstance(error, HTTPError):
        return error.code in BUSY
    return isinstance(error.reason if isinstance(error, URLError) else error, BROKEN_OFF)


def in_a_line(error: Exception) -> str:
    """An error in a line."""
    if isinstance(error, HTTPError):
        return f"HTTP {error.code} {error.reason}"
    told = str(error.reason if isinstance(error, URLError) else error) or type(error).__name__
    return "; ".join(line.strip() for line in told.splitlines() if line.strip()).rstrip(".")
