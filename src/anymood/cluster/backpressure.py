"""Backpressure between the readers and the predictors of a process, and their cancellation.

Without backpressure, Daft would read whole tables into memory. Without cancellation, an interrupted query would
continue: Daft handles only Ctrl-C, and waits for the tasks in progress.
"""

import asyncio
import os
import threading
from collections import Counter

# Maximum number of batches that are read and not predicted yet, including those in progress: keeps all cores busy.
BATCHES_AHEAD = max(16, 4 * (os.cpu_count() or 1))
PATIENCE_SECONDS = 60.0  # time without predictions after which the predictors are assumed to be in another process
POLL_SECONDS = 0.01

_rows: Counter[str] = Counter()  # read and not predicted yet, by job
_given_up: set[str] = set()  # jobs whose predictors are in another process
_cancelled: set[str] = set()
_lock = threading.Lock()


class Cancelled(RuntimeError):
    """The job was cancelled."""


def cancel(job: str) -> None:
    """Cancel a job in this process: ``check`` raises from now on."""
    _cancelled.add(job)


def check(job: str) -> None:
    """Raise ``Cancelled`` if the job was cancelled."""
    if job in _cancelled:
        raise Cancelled("the job was cancelled")


def read(job: str, rows: int) -> None:
    """Count rows of a job that were read."""
    with _lock:
        _rows[job] += rows


def predicted(job: str, rows: int) -> None:
    """Count rows of a job that were predicted, or failed."""
    with _lock:
        _rows[job] -= rows


async def wait(job: str, batch: int) -> None:
    """Wait until fewer than ``BATCHES_AHEAD`` batches of ``batch`` rows are to be predicted.

    Raises:
        Cancelled: the job was cancelled.
    """
    waited, before = 0.0, _rows[job]
    check(job)
    while job not in _given_up and _rows[job] >= BATCHES_AHEAD * batch:
        await asyncio.sleep(POLL_SECONDS)
        check(job)
        waited = waited + POLL_SECONDS if _rows[job] >= before else 0.0
        before = _rows[job]
        if waited >= PATIENCE_SECONDS:
            _given_up.add(job)
