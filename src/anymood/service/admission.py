"""Admission of requests: limits on the size, time and memory of bodies, and on the number of concurrent requests."""

import asyncio
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

import anyio
from fastapi import Request

from anymood.service.limits import Limits
from anymood.service.problems import ClientGone, MalformedRequest, Overloaded, TimedOut, TooLarge, TooSlow, UnknownMedia

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Body:
    """The body of a request.

    Attributes:
        content_type: the header, with its parameters.
        media_type: the header without them.
        content: as it was sent.
    """

    content_type: str
    media_type: str
    content: bytes


class AdmissionControl:
    """Limits the number of concurrent requests, and the memory of arriving bodies; other requests are rejected.

    A request is counted when its body is complete, so that slow clients do not block others. Only prediction requests
    are counted, so that health checks are answered at any load.

    Attributes:
        active: number of concurrent requests.
        arriving: number of bytes received of incomplete bodies.

    Args:
        limits: of requests.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.active = self.arriving = 0

    async def read_body(self, request: Request, *media_types: str) -> Body:
        """The body of a request, of one of ``media_types``.

        Raises:
            Overloaded: the limit of concurrent requests is reached, or that of memory for arriving bodies.
            RequestError: the body is too large, too slow, or of another media type.
            ClientGone: the client closed the connection.
        """
        self._check_active()  # reject the request before the client sends its body
        content_type = request.headers.get("content-type", "")
        media_type = _media_type(request, content_type, media_types)
        length = request.headers.get("content-length", "")
        if length.isascii() and length.isdigit() and int(length[:20]) > self._limits.body_bytes:
            raise self._too_large()
        with anyio.move_on_after(self._limits.seconds):
            return Body(content_type, media_type, await self._read(request))
        raise TooSlow(f"The body did not arrive within {self._limits.seconds} seconds. Send smaller images.")

    @contextmanager
    def admit(self) -> Iterator[None]:
        """Count a request while it is handled.

        Raises:
            Overloaded: the limit is reached.
        """
        self._check_active()
        self.active += 1
        try:
            yield
        finally:
            self.active -= 1

    async def _read(self, request: Request) -> bytes:
        chunks: list[bytes] = []
        size, more = 0, True
        try:
            while more:
                message = await request.receive()
                if message["type"] == "http.disconnect":
                    raise ClientGone("The client closed the connection before its request was complete.")
                chunk, more = message.get("body", b""), message.get("more_body", False)
                chunks.append(chunk)
                size += len(chunk)
                self.arriving += len(chunk)
                if size > self._limits.body_bytes:
                    raise self._too_large()
                if self.arriving > self._limits.max_concurrent * self._limits.body_bytes:
                    raise Overloaded("Too many large bodies are arriving. Try again in a second.")
            return b"".join(chunks)
        finally:
            self.arriving -= size

    def _check_active(self) -> None:
        if self.active >= self._limits.max_concurrent:
            raise Overloaded(
                f"The limit of {self._limits.max_concurrent} concurrent requests is reached. Try again in a second."
            )

    def _too_large(self) -> TooLarge:
        return TooLarge(
            f"The body has more than {self._limits.body_bytes:,} bytes. Send smaller images or fewer posts."
        )


async def run_while_connected(request: Request, work: Awaitable[Result], seconds: float) -> Result:
    """The result of ``work``, which is cancelled when the client disconnects or after ``seconds``.

    The body must have been read before, so that the next message is the disconnect.

    Raises:
        ClientGone: the client closed the connection.
        TimedOut: ``seconds`` have passed.
    """
    disconnected = False
    with anyio.move_on_after(seconds) as scope:

        async def watch() -> None:
            nonlocal disconnected
            while (await request.receive())["type"] != "http.disconnect":
                pass
            disconnected = True
            scope.cancel()

        watcher = asyncio.ensure_future(watch())
        try:
            return await work
        finally:
            watcher.cancel()
    if disconnected:
        raise ClientGone("The client closed the connection.")
    raise TimedOut(f"No prediction within {seconds:g} seconds. Send fewer posts at once.")


def _media_type(request: Request, content_type: str, supported: tuple[str, ...]) -> str:
    """The media type of the body, one of ``supported``."""
    if request.scope["query_string"]:
        raise MalformedRequest(
            "The URL has query parameters, which are not supported. Send all fields in the body: the model "
            'as the form field model, or as {"model": ...} in JSON.'
        )
    encoding = request.headers.get("content-encoding", "identity")
    if encoding.lower() != "identity":
        raise UnknownMedia(f"The body is encoded as {encoding[:80]!r}. Send it uncompressed.")
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type not in supported:
        *others, last = supported
        known = f"{', '.join(others)} or {last}" if others else f"{last} (curl --json)"
        raise UnknownMedia(f"The body is of the type {media_type[:80]!r}. Send it as {known}.")
    return media_type
