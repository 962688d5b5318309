"""When the next request may go out."""

import asyncio


class Pace:
    """Spaces requests evenly, for all who share it.

    Never a burst: also a process that is started again and again keeps within the rate.

    Args:
        per_hour: how many requests an hour.
    """

    def __init__(self, per_hour: int) -> None:
        self._interval = 3600 / per_hour
        self._next = 0.0  # on the loop's clock

    async def wait(self) -> None:
        """Wait until the next request may go out."""
        now = asyncio.get_running_loop().time
        # After the wait, another request may have gone out, or all may be on hold.
        while (wait := self._next - now()) > 0:
            await asyncio.sleep(wait)
        self._next = now() + self._interval

    def hold(self, seconds: float) -> None:
        """Let no request go out for some time."""
        self._next = max(self._next, asyncio.get_running_loop().time() + seconds)
