"""How many requests are in hand, and when one is given up."""

import asyncio
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import anyio
from fastapi import Request

from anymood.service.problems import ClientGone, Overloaded, TimedOut

Result = TypeVar("Result")


class Gate:
    """Places for requests in hand; nothing that waits grows beyond them.

    Args:
        places: requests in hand at once, from the first byte of a body to the answer.
    """

    def __init__(self, places: int) -> None:
        self.places = places
        self.taken = 0

    @contextmanager
    def place(self) -> Iterator[None]:
        """Hold a place.

        Raises:
            Overloaded: all are taken.
        """
        if self.taken >= self.places:
            raise Overloaded(f"All {self.places} places are taken. Come again in a second.")
        self.taken += 1
        try:
            yield
        finally:
            self.taken -= 1


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
