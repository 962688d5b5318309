"""How many requests are handled at once, and when one is given up."""

import asyncio
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import anyio
from fastapi import Request

from anymood.service.problems import ClientGone, Overloaded, TimedOut

Result = TypeVar("Result")


class Gate:
    """Bounds the concurrent requests, and so all that waits.

    Args:
        max_concurrent: requests at once, waiting or running, from the first byte of a body to the answer.
    """

    def __init__(self, max_concurrent: int) -> None:
        self.max_concurrent = max_concurrent
        self.active = 0

    @contextmanager
    def admit(self) -> Iterator[None]:
        """Count a request while it is handled.

        Raises:
            Overloaded: there are as many requests already.
        """
        if self.active >= self.max_concurrent:
            raise Overloaded(
                f"The limit of {self.max_concurrent} concurrent requests is reached. Try again in a second."
            )
        self.active += 1
        try:
            yield
        finally:
            self.active -= 1


async def while_waited_for(request: Request, work: Awaitable[Result], seconds: float) -> Result:
    """The result of ``work``, which ends early when nobody waits for it or the time is up.

    The body must have been read: the client's next message is its good-bye.

    Raises:
        ClientGone: the client has closed the connection.
        TimedOut: ``seconds`` have passed.
    """
    gone = False
    with anyio.move_on_after(seconds) as scope:

        async def watch() -> None:
            nonlocal gone
            while (await request.receive())["type"] != "http.disconnect":
                pass
            gone = True
            scope.cancel()

        watcher = asyncio.ensure_future(watch())
        try:
            return await work
        finally:
            watcher.cancel()
    if gone:
        raise ClientGone("The client has closed the connection.")
    raise TimedOut(f"There was no answer within {seconds:g} seconds. Send fewer posts at once.")
