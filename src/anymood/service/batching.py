"""Turns in threads; what waits for one is worked on together."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any, Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(slots=True, eq=False)
class _Asked(Generic[Item, Result]):
    """What one caller waits for."""

    work: Callable[[Sequence[Item]], Sequence[Result]]
    items: Sequence[Item]
    done: asyncio.Future[Sequence[Result]]


class Turns:
    """A few threads that work, each on one or more of those that wait.

    A turn that is free begins at once, for whoever has waited longest, and takes along others that want the same
    work: nobody is held back to wait for others, and those who must wait anyway are worked on together. Each still
    succeeds or fails alone. How many wait is for the callers to bound.

    Args:
        count: turns at once.
        together: items that a turn takes at most, unless one caller has more.
    """

    def __init__(self, count: int, together: int) -> None:
        self._count, self._together = count, together
        self._threads = ThreadPoolExecutor(count, "turn")
        self._free = count
        self._waiting: list[_Asked[Any, Any]] = []

    @property
    def waiting(self) -> int:
        """Callers that wait for a turn."""
        return len(self._waiting)

    async def take(self, work: Callable[[Sequence[Item]], Sequence[Result]], items: Sequence[Item]) -> Sequence[Result]:
        """The results of ``work``, one an item and in their order, once there was a turn.

        A caller that is cancelled while it waits is worked on no more; a turn that began is not broken off.

        Args:
            work: runs in a thread; it may be given the items of others that want the same, after or before these.
            items: what to work on.
        """
        asked = _Asked(work, items, asyncio.get_running_loop().create_future())
        self._waiting.append(asked)
        self._begin()
        try:
            return await asked.done
        finally:
            if asked in self._waiting:
                self._waiting.remove(asked)

    def _begin(self) -> None:
        """Begin as many turns as are free and wanted."""
        while self._waiting and self._free:
            self._free -= 1
            group = self._next()
            turn = asyncio.get_running_loop().run_in_executor(self._threads, _worked, group)
            turn.add_done_callback(partial(self._end, group))

    def _next(self) -> list[_Asked[Any, Any]]:
        """Who has waited longest, and the next of those that want the same: one part of them for each turn."""
        first, *others = self._waiting
        group, room = [first], self._together - len(first.items)
        for asked in others:
            if len(group) * self._count >= len(self._waiting):
                break
            if asked.work == first.work and len(asked.items) <= room:
                group.append(asked)
                room -= len(asked.items)
        self._waiting = [asked for asked in self._waiting if asked not in group]
        return group

    def _end(self, group: list[_Asked[Any, Any]], turn: asyncio.Future[list[Sequence[Any] | Exception]]) -> None:
        self._free += 1
        self._begin()  # before answers are made of the results, so that no turn is idle meanwhile
        for asked, outcome in zip(group, turn.result(), strict=True):
            if asked.done.cancelled():
                continue
            if isinstance(outcome, Exception):
                asked.done.set_exception(outcome)
                asked.done.exception()  # seen: else asyncio logs its words should the caller go just now
            else:
                asked.done.set_result(outcome)


def _worked(group: list[_Asked[Any, Any]]) -> list[Sequence[Any] | Exception]:
    """The results of each caller, or its own error."""
    try:
        results = iter(group[0].work([item for asked in group for item in asked.items]))
        return [list(islice(results, len(asked.items))) for asked in group]
    except Exception as error:
        return [error] if len(group) == 1 else [outcome for asked in group for outcome in _worked([asked])]
