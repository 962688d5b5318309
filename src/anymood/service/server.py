"""The server process."""

import asyncio
import signal
import socket
import sys
from collections.abc import Callable
from functools import cache
from types import FrameType

import h11
import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol

from anymood.errors import SettingError
from anymood.service.limits import Limits
from anymood.service.problems import NOT_HTTP, respond
from anymood.service.security import HEADERS

IDLE_SECONDS = 5  # keep-alive timeout
HEAD_SECONDS = 30  # from a connection, or the previous response, to the end of the headers of a request


class Server(uvicorn.Server):
    """uvicorn with callbacks at startup and shutdown.

    SIGTERM and SIGINT shut it down gracefully: requests in progress are completed. A second signal ends it at once.
    """

    def __init__(self, config: uvicorn.Config, started: Callable[[], None], ending: Callable[[int], None]) -> None:
        super().__init__(config)
        self._on_start, self._on_end = started, ending

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and call ``started``."""
        await super().startup(sockets)
        if self.started:
            self._on_start()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Call ``ending`` with the number of requests in progress, and complete them."""
        if self.server_state.tasks:
            self._on_end(len(self.server_state.tasks))
        await super().shutdown(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin the shutdown; uvicorn's handling of a second signal prints a traceback for every request."""
        super().handle_exit(sig, frame)
        for ending in (signal.SIGINT, signal.SIGTERM):
            signal.signal(ending, signal.SIG_DFL)


class Protocol(H11Protocol):
    """uvicorn's HTTP protocol, with a problem document as the response to invalid HTTP.

    Connections that send no headers are closed: uvicorn only limits the time until the first byte of a request.
    Connections beyond ``max_connections`` are closed, too: without free file descriptors, asyncio would log thousands
    of errors per second.
    """

    _waiting: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the timeout for a request."""
        super().connection_made(transport)
        self._wait_for_request()
        if len(self.connections) > max_connections():
            transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Cancel the timeout for a request."""
        if self._waiting is not None:
            self._waiting.cancel()
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        """Start the timeout for the next request."""
        self._wait_for_request()
        super().on_response_complete()

    def _wait_for_request(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
        self._waiting = self.loop.call_later(HEAD_SECONDS, self._close_without_request)

    def _close_without_request(self) -> None:
        if self.conn.their_state is h11.IDLE:
            self.transport.close()

    def send_400_response(self, msg: str) -> None:
        """Respond to invalid HTTP, and close the connection."""
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):  # otherwise a response has started
            response = respond(
                NOT_HTTP,
                "This is not a valid HTTP/1.1 request, or its headers are too long. Use http://, not https://, here.",
                {**HEADERS, "Cache-Control": "no-store", "Connection": "close"},
            )
            head = h11.Response(status_code=response.status_code, headers=response.raw_headers)
            for event in (head, h11.Data(data=bytes(response.body)), h11.EndOfMessage()):
                self.transport.write(self.conn.send(event) or b"")
        self.transport.close()


@cache
def max_connections() -> int:
    """Three quarters of the files that this process may have open. The others are for graphs and tables."""
    if sys.platform == "win32":  # which has no such limit
        return sys.maxsize
    import resource

    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return sys.maxsize if files == resource.RLIM_INFINITY else files * 3 // 4


def listen(host: str, port: int) -> socket.socket:
    """A bound socket.

    Raises:
        SettingError: the address cannot be used.
    """
    if not 0 <= port < 2**16:  # the resolver takes it modulo 65536
        raise SettingError(f"The service cannot listen on {host}, port {port}: ports are 0 to 65535. Give --port.")
    try:
        [(family, kind, protocol, _, address), *_] = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        # asyncio sets TCP_NODELAY only if the protocol is given; else responses are delayed by 40 ms (Nagle)
        bound = socket.socket(family, kind, protocol)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind(address)
        except OSError:
            bound.close()
            raise
    except (OSError, UnicodeError) as error:  # UnicodeError: an invalid host name
        why = getattr(error, "strerror", None) or error
        raise SettingError(
            f"The service cannot listen on {host}, port {port}: {why}. Choose another address with --host and --port."
        ) from error
    return bound


def run(
    app: FastAPI,
    bound: socket.socket,
    limits: Limits,
    started: Callable[[], None],
    ending: Callable[[int], None],
) -> None:
    """Serve until a signal, and then complete the requests in progress.

    Args:
        app: the application.
        bound: the socket to listen on.
        limits: for the timeout of the shutdown.
        started: called after startup.
        ending: called at shutdown with the number of requests in progress, if there are any.
    """
    config = uvicorn.Config(
        app,
        http=Protocol,  # httptools is a little faster, but limits neither the head nor pipelined requests
        log_level="error",  # clients can cause any number of warnings
        access_log=False,  # an address may contain a post
        server_header=False,
        proxy_headers=False,  # the client's address is not used
        timeout_keep_alive=IDLE_SECONDS,
        timeout_graceful_shutdown=2 * limits.seconds,  # the body, and the prediction
        ws="none",
    )
    Server(config, started, ending).run(sockets=[bound])
