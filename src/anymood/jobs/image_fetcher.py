"""Fetches images whose URLs are in tables and archives.

The URLs come from the data, and a job may contain millions for one server. Therefore only public addresses are
requested, with a limit of concurrent requests per server, and images and failures are cached.
"""

import hashlib
import os
import threading
import time
from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from anymood.errors import ImageError, optional_dependency
from anymood.files import cache_write
from anymood.jobs.inputs import RowPosition
from anymood.posts import Reason
from anymood.preparation.decoding import SIGNATURE_BYTES, is_image
from anymood.tables.rows import Row

with optional_dependency("Fetching images", "fetch"):
    from anymood.fetching import MAX_CONCURRENT, FetchError, fetch_image, open_url

ROWS_AHEAD = 32  # number of rows whose images are prefetched
MAX_CONCURRENT_PER_SERVER = 4  # images fetched concurrently from one server
MAX_FAILURES = 5  # consecutive failures of a server before its requests are paused
PAUSE_SECONDS = 300.0  # length of the pause
MAX_REMEMBERED = 10_000  # images that could not be fetched
CACHE_DAYS = 30.0
CACHE_BYTES = 2**32
DAY = 86_400.0


@dataclass(slots=True)
class _Server:
    """State of a server.

    Attributes:
        slots: semaphore that limits concurrent requests.
        failures: number of consecutive failures.
        paused_until: no requests before this value of ``time.monotonic``.
    """

    slots: threading.Semaphore = field(default_factory=partial(threading.Semaphore, MAX_CONCURRENT_PER_SERVER))
    failures: int = 0
    paused_until: float = 0.0


class ImageFetcher:
    """Fetches images; thread-safe.

    Args:
        cache: folder that keeps images for ``CACHE_DAYS`` and up to ``CACHE_BYTES``; None for no cache.
        private: whether to allow addresses that are not on the public internet, such as those of an intranet.

    Raises:
        MissingExtra: httpx or tenacity is not installed.
    """

    def __init__(self, cache: Path | None = None, *, private: bool = False) -> None:
        self._cache = cache
        self._private = private
        self._servers: defaultdict[str, _Server] = defaultdict(_Server)
        self._failed: OrderedDict[str, ImageError] = OrderedDict()
        self._lock = threading.Lock()
        if cache is not None:
            _prune(cache)

    def fetch(self, url: str) -> bytes:
        """The bytes of the image at a URL.

        Raises:
            ImageError: it cannot be fetched, is too large, or is not an image.
        """
        url = url.strip()
        path = None if self._cache is None else self._cache / hashlib.sha256(url.encode("utf-8", "replace")).hexdigest()
        if path is not None and (data := _cached(path)) is not None:
            return data
        with self._lock:
            failed = self._failed.get(url)
            server = self._servers[_server_of(url)]
        if failed is not None:
            raise ImageError(str(failed), failed.reason)
        try:
            with self._within_limits(server, url):
                data = fetch_image(url, partial(open_url, public_only=not self._private))
            _check(data, url)
        except ImageError as error:
            with self._lock:
                self._failed[url] = error
                if len(self._failed) > MAX_REMEMBERED:
                    self._failed.popitem(last=False)
            raise
        if path is not None:
            _store(path, data)
        return data

    @contextmanager
    def _within_limits(self, server: _Server, url: str) -> Iterator[None]:
        """Wait for a free slot of the server, and record whether the request succeeds."""
        with server.slots:
            if time.monotonic() < server.paused_until:
                raise ImageError(
                    f"its image {url[:200]!r} was not requested, because the server failed for {MAX_FAILURES} others.",
                    Reason.NOT_FETCHED,
                )
            try:
                yield
            except ImageError as error:
                cause = error.__cause__
                if isinstance(cause, FetchError) and (cause.transient or not str(cause).startswith("HTTP ")):
                    server.failures += 1
                    if server.failures >= MAX_FAILURES:
                        server.failures, server.paused_until = 0, time.monotonic() + PAUSE_SECONDS
                raise
            server.failures = 0


def with_fetched_images(
    rows: Iterable[tuple[RowPosition, Row]], fetcher: ImageFetcher
) -> Iterator[tuple[RowPosition, Row]]:
    """The same rows in order, with bytes in place of URLs. If an image cannot be fetched, its row gets a problem."""
    waiting: deque[tuple[RowPosition, Row | Future[Row]]] = deque()

    def first() -> tuple[RowPosition, Row]:
        position, row = waiting.popleft()
        return position, row if isinstance(row, Row) else row.result()

    pool = ThreadPoolExecutor(MAX_CONCURRENT, "anymood-fetch")
    try:
        for position, row in rows:
            is_url = isinstance(row.post.image, str)
            waiting.append((position, pool.submit(with_image, row, fetcher.fetch) if is_url else row))
            if len(waiting) > ROWS_AHEAD:
                yield first()
        while waiting:
            yield first()
    finally:
        pool.shutdown(cancel_futures=True)


def with_image(row: Row, fetch: Callable[[str], bytes]) -> Row:
    """The row with the bytes of its image in place of a URL, or a problem if the image cannot be fetched."""
    if not isinstance(row.post.image, str):
        return row
    try:
        return replace(row, post=replace(row.post, image=fetch(row.post.image)))
    except ImageError as error:
        problems = (*row.problems, error.problem.at(row.where))
        return replace(row, post=replace(row.post, image=None), problems=problems)


def _server_of(url: str) -> str:
    try:
        return urlsplit(url).netloc.casefold()
    except ValueError:  # reported when the URL is fetched
        return ""


def _check(data: bytes, url: str) -> None:
    """Verify that a response is an image and not, for example, an error page."""
    if not is_image(data[:SIGNATURE_BYTES]):
        page = data[:200].lstrip().lower().startswith((b"<!doctype html", b"<html"))
        what = "a web page. Give the URL of the image itself" if page else "not an image of a known format"
        raise ImageError(f"its image {url[:200]!r} is {what}.", Reason.NOT_AN_IMAGE)


def _cached(path: Path) -> bytes | None:
    try:
        return path.read_bytes() if time.time() - path.stat().st_mtime <= CACHE_DAYS * DAY else None
    except OSError:
        return None


def _store(path: Path, data: bytes) -> None:
    """Cache an image. A full or read-only disk is not an error."""
    with suppress(OSError), cache_write(path) as file:
        file.write(data)


def _prune(cache: Path) -> None:
    """Remove expired files, and then the oldest ones beyond the size limit."""
    with suppress(OSError):
        states = [(entry.stat(), entry.path) for entry in os.scandir(cache) if entry.is_file()]
        left = CACHE_BYTES
        for state, path in sorted(states, key=lambda one: one[0].st_mtime, reverse=True):
            left -= state.st_size
            if left < 0 or time.time() - state.st_mtime > CACHE_DAYS * DAY:
                Path(path).unlink(missing_ok=True)
