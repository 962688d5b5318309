"""Batching of requests: a few threads, each of which works on several waiting requests at once."""

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
class _Waiting(Generic[Item, Result]):
    """A caller that waits for results."""

    work: Callable[[Sequence[Item]], Sequence[Result]]
    items: Sequence[Item]
    done: asyncio.Future[Sequence[Result]]


class Batcher:
    """Runs the work of waiting callers in a few threads, a batch of callers at a time.

    A free thread starts at once, with the caller that has waited longest, and adds others that want the same work:
    nobody is held back to fill a batch, and those who must wait anyway are worked on together. Each still succeeds or
    fails alone. The callers must bound how many of them wait.

    Args:
        threads: batches at once.
        max_items: items of a batch, unless one caller has more.
    """

    def __init__(self, threads: int, max_items: int) -> None:
        self._count, self._max_items = threads, max_items
        self._threads = ThreadPoolExecutor(threads, "batch")
        self._free = threads
        self._waiting: list[_Waiting[Any, Any]] = []

    @property
    def waiting(self) -> int:
        """Callers that wait for a thread."""
        return len(self._waiting)

    async def run(self, work: Callable[[Sequence[Item]], Sequence[Result]], items: Sequence[Item]) -> Sequence[Result]:
        """The results of ``work``, one an item and in their order, once a thread was free.

        The work of a caller that is cancelled while it waits is dropped; a batch that has started is not interrupted.

        Args:
            work: runs in a thread; it may be given the items of others that want the same, after or before these.
            items: what to work on.
        """
        caller = _Waiting(work, items, asyncio.get_running_loop().create_future())
        self._waiting.append(caller)
        self._start()
        try:
            return await caller.done
        finally:
            if caller in self._waiting:
                self._waiting.remove(caller)

    def _start(self) -> None:
        """Start a batch on each free thread, while somebody waits."""
        while self._waiting and self._free:
            self._free -= 1
            batch = self._next()
            future = asyncio.get_running_loop().run_in_executor(self._threads, _worked, batch)
            future.add_done_callback(partial(self._end, batch))

    def _next(self) -> list[_Waiting[Any, Any]]:
        """The caller that has waited longest and the next ones that want the same, shared evenly among the threads."""
        first, *others = self._waiting
        batch, room = [first], self._max_items - len(first.items)
        for caller in others:
            if len(batch) * self._count >= len(self._waiting):
                break
            if caller.work == first.work and len(caller.items) <= room:
                batch.append(caller)
                room -= len(caller.items)
        self._waiting = [caller for caller in self._waiting if caller not in batch]
        return batch

    def _end(self, batch: list[_Waiting[Any, Any]], future: asyncio.Future[list[Sequence[Any] | Exception]]) -> None:
        self._free += 1
        self._start()  # before answers are made of the results, so that no thread is idle meanwhile
        for caller, outcome in zip(batch, future.result(), strict=True):
            if caller.done.cancelled():
                continue
            if isinstance(outcome, Exception):
                caller.done.set_exception(outcome)
                caller.done.exception()  # seen: else asyncio logs its words should the caller go just now
            else:
                caller.done.set_result(outcome)


def _worked(batch: list[_Waiting[Any, Any]]) -> list[Sequence[Any] | Exception]:
    """The results of each caller, or its own error."""
    try:
        results = iter(batch[0].work([item for caller in batch for item in caller.items]))
        return [list(islice(results, len(caller.items))) for caller in batch]
    except Exception as error:
        return [error] if len(batch) == 1 else [outcome for caller in batch for outcome in _worked([caller])]
