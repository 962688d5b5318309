import asyncio

import pytest

from anymood.cluster import backpressure


@pytest.fixture
def wait(monkeypatch):
    """Waits for a job for a tenth of a second at most; returns whether it had to be given up."""
    monkeypatch.setattr(backpressure, "PATIENCE_SECONDS", 0.1)

    def wait(job, batch=10):
        return asyncio.run(asyncio.wait_for(backpressure.wait(job, batch), 30))

    return wait


def test_readers_wait_for_predictors(monkeypatch):
    async def run():
        for _ in range(backpressure.BATCHES_AHEAD):
            backpressure.read("a", 10)
        waiting = asyncio.create_task(backpressure.wait("a", 10))
        await asyncio.sleep(0.05)
        assert not waiting.done()
        await backpressure.wait("b", 10)  # another job has its own lead
        backpressure.predicted("a", 10)
        await asyncio.wait_for(waiting, 30)

    asyncio.run(run())


def test_readers_stop_waiting_without_predictions(wait, monkeypatch):
    backpressure.read("c", 1000)
    wait("c")
    monkeypatch.setattr(backpressure, "PATIENCE_SECONDS", 60)
    wait("c")  # nor anew for every batch


def test_a_cancelled_job_ends_its_readers(wait):
    backpressure.read("d", 1000)
    backpressure.cancel("d")
    with pytest.raises(backpressure.Cancelled):
        wait("d")
    backpressure.check("e")  # another job goes on
