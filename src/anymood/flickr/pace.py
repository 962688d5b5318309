"""A rate limiter."""

import asyncio


class Pace:
    """Spaces requests evenly.

    There are no bursts, so that a process that is restarted repeatedly also keeps to the rate.

    Args:
        per_hour: number of requests an hour.
    """

    def __init__(self, per_hour: int) -> None:
        self._interval = 3600 / per_hour
        self._next = 0.0  # on the loop's clock

    async def wait(self) -> None:
        """Wait until the next request may be sent."""
        now = asyncio.get_running_loop().time
        # After the wait, another request may have gone out, or all may be on hold.
        while (wait := self._next - now()) > 0:
            await asyncio.sleep(wait)
        self._next = now() + self._interval

    def hold(self, seconds: float) -> None:
        """Hold all requests for some time."""
        self._next = max(self._next, asyncio.get_running_loop().time() + seconds)
