import asyncio

import anyio
import pytest
from starlette.requests import Request

from anymood.service.problems import ClientGone, Overloaded, TimedOut
from anymood.service.requests import AdmissionControl, run_while_connected

pytestmark = pytest.mark.anyio


def request(gone):
    """A request whose client leaves when ``gone`` is set."""

    async def receive():
        await gone.wait()
        return {"type": "http.disconnect"}

    return Request({"type": "http", "method": "POST", "headers": []}, receive)


async def test_a_request_is_counted_no_more_after_an_error():
    admission = AdmissionControl(max_concurrent=1)
    with pytest.raises(ValueError, match="odd"), admission.admit():
        with pytest.raises(Overloaded, match="limit of 1 concurrent requests"), admission.admit():
            pass
        raise ValueError("odd")
    assert admission.active == 0


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
    with anyio.fail_after(5), pytest.raises(ClientGone):
        await run_while_connected(request(gone), work(), 60)
    await leaving
    assert not ended.is_set()


async def test_work_is_dropped_when_the_time_is_up():
    with anyio.fail_after(5), pytest.raises(TimedOut, match="within 0.01 seconds"):
        await run_while_connected(request(asyncio.Event()), anyio.sleep(60), 0.01)
