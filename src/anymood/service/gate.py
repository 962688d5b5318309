"""How many requests are in hand, how many of them run, and when one is given up."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import anyio
import anyio.to_thread
from fastapi import Request

from anymood.service.problems import ClientGone, Overloaded, TimedOut

Result = TypeVar("Result")


class Gate:
    """Places for requests in hand, and fewer turns in threads; no queue grows beyond the places.

    Args:
        places: requests in hand at once, from the first byte of a body to the answer.
        turns: threads that work at once; whoever waits for one gets it in the order of asking.
    """

    def __init__(self, places: int, turns: int) -> None:
        self.places = places
        self.taken = 0
        self._turns = anyio.CapacityLimiter(turns)

    @property
    def waiting(self) -> int:
        """Requests that wait for a turn."""
        return self._turns.statistics().tasks_waiting

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

    async def turn(self, work: Callable[[], Result]) -> Result:
        """Run ``work`` in a thread once there is a turn; a turn that began is not broken off."""
        return await anyio.to_thread.run_sync(work, limiter=self._turns)


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
