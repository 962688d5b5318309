"""A process that serves until it is told to stop."""

import signal
import socket
from collections.abc import Callable
from types import FrameType

import uvicorn
from fastapi import FastAPI

from anymood.errors import SettingError
from anymood.service.limits import Limits

IDLE_SECONDS = 5  # an open connection that asks nothing


class Server(uvicorn.Server):
    """uvicorn, which tells when it answers, and what it waits for at the end.

    On SIGTERM or SIGINT it takes no more connections, answers what it has accepted, and ends; on a second one at once.
    """

    def __init__(self, config: uvicorn.Config, started: Callable[[], None], ending: Callable[[int], None]) -> None:
        super().__init__(config)
        self._tell_started, self._tell_ending = started, ending

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and tell."""
        await super().startup(sockets)
        if self.started:
            self._tell_started()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Tell how many requests are in progress, and answer them."""
        if self.server_state.tasks:
            self._tell_ending(len(self.server_state.tasks))
        await super().shutdown(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to end; uvicorn's own way with a second signal leaves every request a traceback."""
        super().handle_exit(sig, frame)
        for ending in (signal.SIGINT, signal.SIGTERM):
            signal.signal(ending, signal.SIG_DFL)


def listen(host: str, port: int) -> socket.socket:
    """A bound socket.

    Raises:
        SettingError: the address cannot be had.
    """
    if not 0 <= port < 2**16:  # the resolver would take it modulo 65536
        raise SettingError(f"The service cannot listen on {host}, port {port}: ports are 0 to 65535. Give --port.")
    try:
        [(family, kind, protocol, _, address), *_] = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        # asyncio sends at once only where the protocol is named; else each answer but the first waits 40 ms (Nagle)
        bound = socket.socket(family, kind, protocol)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind(address)
        except OSError:
            bound.close()
            raise
    except (OSError, UnicodeError) as error:  # the latter of a name that can be no host's
        raise SettingError(
            f"The service cannot listen on {host}, port {port}: {error}. Give others with --host and --port."
        ) from error
    return bound


def run(
    app: FastAPI,
    bound: socket.socket,
    limits: Limits,
    started: Callable[[], None],
    ending: Callable[[int], None],
) -> None:
    """Serve until a signal, and then answer the requests in progress.

    Args:
        app: what answers.
        bound: where to listen.
        limits: how long a request may take, and so how long to wait for the last one.
        started: called once requests are answered.
        ending: called on a signal with the number of requests in progress, where there are some.
    """
    config = uvicorn.Config(
        app,
        http="h11",  # httptools is a little faster, but sets no bound to a head, nor to requests sent ahead of answers
        log_level="error",  # of warnings strangers could send any number
        access_log=False,  # a careless client may put a post into the address
        server_header=False,
        proxy_headers=False,  # nobody asks who the client is
        timeout_keep_alive=IDLE_SECONDS,
        timeout_graceful_shutdown=2 * limits.seconds,  # the body, and the answer
        ws="none",
    )
    Server(config, started, ending).run(sockets=[bound])
