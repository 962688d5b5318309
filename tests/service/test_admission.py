import asyncio

import anyio
import pytest
from starlette.requests import Request

from anymood.service.admission import AdmissionControl, run_while_connected
from anymood.service.limits import Limits
from anymood.service.problems import ClientGone, Overloaded, TimedOut, TooSlow

pytestmark = pytest.mark.anyio


def request(gone):
    """A request whose client leaves when ``gone`` is set."""

    async def receive():
        await gone.wait()
        return {"type": "http.disconnect"}

    return Request({"type": "http", "method": "POST", "headers": []}, receive)


async def test_a_request_is_counted_no_more_after_an_error():
    admission = AdmissionControl(Limits(max_concurrent=1))
    with pytest.raises(ValueError, match="odd"), admission.admit():
        with pytest.raises(Overloaded, match="limit of 1 concurrent requests"), admission.admit():
            pass
        raise ValueError("odd")
    assert admission.active == 0


class Upload:
    """A request whose body begins with ``first``, and ends with ``last`` once ``rest`` is set."""

    def __init__(self, first, last=b""):
        self.begun, self.rest = asyncio.Event(), asyncio.Event()
        self.chunks = [first, last]
        scope = {"type": "http", "method": "POST", "query_string": b"", "headers": [(b"content-type", b"a/b")]}
        self.request = Request(scope, self.receive)

    async def receive(self):
        if len(self.chunks) == 1:  # the rest
            self.begun.set()
            await self.rest.wait()
        return {"type": "http.request", "body": self.chunks.pop(0), "more_body": bool(self.chunks)}


async def started(admission, *uploads):
    reading = [asyncio.create_task(admission.read_body(upload.request, "a/b")) for upload in uploads]
    for upload in uploads:
        await upload.begun.wait()
    return reading


async def test_bodies_that_arrive_slowly_take_no_place_of_other_requests():
    admission = AdmissionControl(Limits(max_concurrent=1))
    uploads = [Upload(b"begin", b"end") for _ in range(50)]
    reading = await started(admission, *uploads)
    assert (admission.active, admission.arriving) == (0, 50 * 5)
    with admission.admit():
        with pytest.raises(Overloaded):  # at once, before its body is sent
            await admission.read_body(Upload(b"").request, "a/b")
        for upload in uploads:
            upload.rest.set()
        assert {(await each).content for each in reading} == {b"beginend"}
    assert (admission.active, admission.arriving) == (0, 0)


async def test_the_memory_of_arriving_bodies_is_limited():
    admission = AdmissionControl(Limits(max_concurrent=2, body_bytes=10))
    uploads = [Upload(b"123456789"), Upload(b"123456789")]
    reading = await started(admission, *uploads)
    small, large = Upload(b"12"), Upload(b"12", b"3")
    reading += await started(admission, small)
    with pytest.raises(Overloaded, match="large bodies are arriving"):
        await admission.read_body(large.request, "a/b")
    for upload in (*uploads, small):
        upload.rest.set()
    assert [len((await each).content) for each in reading] == [9, 9, 2]
    assert admission.arriving == 0


async def test_a_slow_body_is_aborted():
    admission = AdmissionControl(Limits(seconds=1))
    with anyio.fail_after(30), pytest.raises(TooSlow):
        await admission.read_body(Upload(b"begin").request, "a/b")
    assert admission.arriving == 0


async def test_the_result_comes_back_and_the_watcher_ends():
    before = len(asyncio.all_tasks())

    async def work():
        return 7

    assert await run_while_connected(request(asyncio.Event()), work(), 5) == 7
    await anyio.lowlevel.checkpoint()
    assert len(asyncio.all_tasks()) == before


async def test_an_error_of_the_work_comes_through():
    async def work():
        raise ValueError("odd")

    with pytest.raises(ValueError, match="odd"):
        await run_while_connected(request(asyncio.Event()), work(), 5)


async def test_work_is_dropped_when_the_client_has_gone():
    gone, begun, ended = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def work():
        begun.set()
        await anyio.sleep(60)
        ended.set()

    async def leave():
        await begun.wait()
        gone.set()

    leaving = asyncio.create_task(leave())
    with anyio.fail_after(30), pytest.raises(ClientGone):
        await run_while_connected(request(gone), work(), 60)
    await leaving
    assert not ended.is_set()


async def test_work_is_dropped_when_the_time_is_up():
    with anyio.fail_after(30), pytest.raises(TimedOut, match="within 0.01 seconds"):
        await run_while_connected(request(asyncio.Event()), anyio.sleep(60), 0.01)
