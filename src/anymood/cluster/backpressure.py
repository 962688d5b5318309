"""Backpressure between the readers and the predictors of a process, and the cancellation of both.

Without backpressure, Daft would read whole tables into memory. Without cancellation, an interrupted query would run on:
Daft hears of Ctrl-C only, and waits for the tasks in progress.
"""

import asyncio
import os
import threading
from collections import Counter

# That are read and not predicted yet, a core's present one among them: enough for no core to wait for rows.
BATCHES_AHEAD = max(16, 4 * (os.cpu_count() or 1))
PATIENCE_SECONDS = 60.0  # without a row predicted; then predictors may be in another process, and reading continues
POLL_SECONDS = 0.01

_rows: Counter[str] = Counter()  # read and not predicted yet, by job
_given_up: set[str] = set()  # jobs whose predictors are not here
_cancelled: set[str] = set()
_lock = threading.Lock()


class Cancelled(RuntimeError):
    """The job was cancelled; ends its tasks in this process."""


def cancel(job: str) -> None:
    """Make every ``check`` of a job raise, in this process."""
    _cancelled.add(job)


def check(job: str) -> None:
    """Raise ``Cancelled`` if the job was cancelled."""
    if job in _cancelled:
        raise Cancelled("the job was cancelled")


def read(job: str, rows: int) -> None:
    """Rows of a job were read."""
    with _lock:
        _rows[job] += rows


def predicted(job: str, rows: int) -> None:
    """Rows of a job were predicted, or given up."""
    with _lock:
        _rows[job] -= rows


async def wait(job: str, batch: int) -> None:
    """Return once there are fewer than ``BATCHES_AHEAD`` batches of so many rows to be predicted.

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
