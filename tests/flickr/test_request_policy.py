import asyncio

import pytest

from anymood.errors import SettingError
from anymood.flickr.request_policy import Endpoints, RateLimiter, RequestPolicy

URL = "http://farm4.staticflickr.com/38/1_0a.jpg"


def test_images_can_be_requested_elsewhere():
    assert Endpoints().image(URL) == URL
    assert (
        Endpoints(static="https://mirror.example.org:8080").image(URL) == "https://mirror.example.org:8080/38/1_0a.jpg"
    )


@pytest.mark.parametrize("options", [{"api": "api.flickr.com"}, {"static": "ftp://x.org"}, {"static": "http://"}])
def test_endpoints_are_urls(options):
    with pytest.raises(SettingError, match=f"'{next(iter(options))}' is .* Give a URL"):
        Endpoints(**options)


@pytest.mark.parametrize("options", [{"rate": 0}, {"concurrency": 0}, {"attempts": -1}, {"timeout": 0}])
def test_numbers_are_at_least_1(options):
    with pytest.raises(SettingError, match="must be at least 1"):
        RequestPolicy(**options)


@pytest.mark.parametrize("wait", [0.0, -1.0, float("nan")])
def test_the_first_wait_is_above_0(wait):
    with pytest.raises(SettingError, match="first_wait is .* must be"):
        RequestPolicy(first_wait=wait)


def times_of(turns, hold=None, waiters=1):
    """When each of some turns came, in seconds from the start, by a clock that jumps instead of waiting."""

    async def go():
        loop = asyncio.get_running_loop()
        clock = [0.0]
        loop.time = lambda: clock[0]
        times = []

        async def sleep(seconds):
            until = clock[0] + seconds
            await real_sleep(0)
            clock[0] = max(clock[0], until)

        real_sleep, asyncio.sleep = asyncio.sleep, sleep
        try:
            pace = RateLimiter(3600)

            async def one():
                for _ in range(turns):
                    await pace.wait()
                    times.append(clock[0])
                    if hold and len(times) == 2:
                        pace.hold(hold)

            tasks = [asyncio.ensure_future(one()) for _ in range(waiters)]
            for task in tasks:
                await task
        finally:
            asyncio.sleep = real_sleep
        return times

    return asyncio.run(go())


@pytest.mark.parametrize("waiters", [1, 3])
def test_requests_are_spaced_evenly(waiters):
    assert times_of(3, waiters=waiters) == pytest.approx(range(3 * waiters))


@pytest.mark.parametrize("waiters", [1, 3])
def test_all_requests_wait_during_a_pause(waiters):
    times = times_of(3, hold=60.0, waiters=waiters)
    assert times == pytest.approx([0, 1, *range(61, 61 + 3 * waiters - 2)])
