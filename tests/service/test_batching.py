import asyncio
import threading

import anyio
import pytest

from anymood.service.batching import Batcher

pytestmark = pytest.mark.anyio


class Doubling:
    """Work that waits until it is let go, and notes what each batch was given."""

    def __init__(self):
        self.given, self.running, self.most = [], 0, 0
        self.lock, self.go = threading.Lock(), threading.Event()

    def __call__(self, items):
        with self.lock:
            self.given.append(list(items))
            self.running += 1
            self.most = max(self.most, self.running)
        assert self.go.wait(30)
        with self.lock:
            self.running -= 1
        return [2 * item for item in items]

    async def begun(self, batches):
        with anyio.fail_after(30):
            while len(self.given) < batches:
                await anyio.sleep(0.001)


def asking(batcher, work, *requests):
    """Callers that ask one after the other."""
    return [asyncio.ensure_future(batcher.run(work, items)) for items in requests]


async def test_a_request_starts_at_once_if_a_thread_is_free():
    work = Doubling()
    work.go.set()
    assert await Batcher(1, 8).run(work, [1, 2]) == [2, 4]
    assert work.given == [[1, 2]]


async def test_those_that_wait_are_worked_on_together_and_each_gets_its_own():
    batcher, work = Batcher(1, 8), Doubling()
    callers = asking(batcher, work, [1], [2, 3], [4])
    await work.begun(1)
    assert batcher.waiting == 2
    work.go.set()
    assert await asyncio.gather(*callers) == [[2], [4, 6], [8]]
    assert work.given == [[1], [2, 3, 4]]
    assert batcher.waiting == 0


async def test_a_batch_takes_no_more_than_it_may_and_the_first_is_never_passed_over():
    batcher, work = Batcher(1, 4), Doubling()
    callers = asking(batcher, work, [0], [1], [2, 3, 4, 5], [6, 7], [8])
    await work.begun(1)
    work.go.set()
    assert await asyncio.gather(*callers) == [[0], [2], [4, 6, 8, 10], [12, 14], [16]]
    assert work.given == [[0], [1, 6, 7, 8], [2, 3, 4, 5]]


async def test_one_caller_may_have_more_than_a_batch_takes_of_several():
    work = Doubling()
    work.go.set()
    assert await Batcher(1, 2).run(work, [1, 2, 3]) == [2, 4, 6]


async def test_different_work_is_never_mixed():
    batcher, work, other = Batcher(1, 8), Doubling(), Doubling()
    other.go.set()
    callers = [*asking(batcher, work, [0], [1]), *asking(batcher, other, [2]), *asking(batcher, work, [3])]
    await work.begun(1)
    work.go.set()
    assert await asyncio.gather(*callers) == [[0], [2], [4], [6]]
    assert (work.given, other.given) == ([[0], [1, 3]], [[2]])


async def test_no_more_batches_at_once_than_there_are_threads_and_each_takes_its_part():
    batcher, work = Batcher(2, 8), Doubling()
    callers = asking(batcher, work, *([number] for number in range(8)))
    await work.begun(2)
    assert batcher.waiting == 6
    work.go.set()
    assert await asyncio.gather(*callers) == [[2 * number] for number in range(8)]
    assert work.most == 2
    assert work.given[:3] == [[0], [1], [2, 3, 4]]


async def test_a_cancelled_request_is_not_run():
    batcher, work = Batcher(1, 8), Doubling()
    first, gone, last = asking(batcher, work, [1], [2], [3])
    await work.begun(1)
    gone.cancel()
    await asyncio.wait([gone])
    assert batcher.waiting == 1
    work.go.set()
    assert await asyncio.gather(first, last) == [[2], [6]]
    assert work.given == [[1], [3]]


async def test_a_request_that_is_cancelled_within_a_batch_does_not_affect_others():
    batcher, work = Batcher(1, 8), Doubling()
    first, gone, last = asking(batcher, work, [1], [2], [3])
    await work.begun(1)
    first.cancel()
    work.go.set()
    assert await asyncio.gather(gone, last) == [[4], [6]]
    assert first.cancelled()
    assert await batcher.run(work, [5]) == [10]


async def test_each_succeeds_or_fails_alone():
    def work(items):
        if 0 in items:
            raise ValueError("odd")
        return items

    batcher, before = Batcher(1, 8), Doubling()
    held, *callers = [*asking(batcher, before, [9]), *asking(batcher, work, [1], [0], [2])]
    await before.begun(1)
    before.go.set()
    first, failed, last = await asyncio.gather(*callers, return_exceptions=True)
    assert (await held, first, last) == ([18], [1], [2])
    assert str(failed) == "odd"
    assert await batcher.run(work, [3]) == [3]
