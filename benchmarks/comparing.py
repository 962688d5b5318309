"""Functions that several benchmarks share: processes with their time and memory, and tables that compare two builds."""

import os
import shlex
import statistics
import subprocess
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple


class Usage(NamedTuple):
    """The resources that a process used."""

    seconds: float
    processor_seconds: float
    peak: float  # resident memory in MB


def run_measured(command: Sequence[str], **options: Any) -> Usage:
    """Run a command to its end, with options of ``subprocess.Popen``."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, **options)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{shlex.join(command)} ended with {process.returncode}.")
    return Usage(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


@contextmanager
def checked_out(revision: str, folder: Path) -> Iterator[Path]:
    """The tree of a commit, in a new folder inside ``folder``."""
    tree = folder / "other"
    subprocess.run(["git", "worktree", "add", "--detach", "--quiet", str(tree), revision], check=True)
    try:
        yield tree
    finally:
        subprocess.run(["git", "worktree", "remove", "--force", str(tree)], check=True)


def spread(ratios: Iterable[float]) -> str:
    """The median of some ratios, with the least and the greatest."""
    ordered = sorted(ratios)
    return f"{statistics.median(ordered):.2f} ({ordered[0]:.2f} to {ordered[-1]:.2f})"


def print_comparison(title: str, measures: Sequence[str], rounds: Sequence[Sequence[Sequence[float]]]) -> None:
    """Print a table of medians and ratios, from the measures of both builds in each round."""
    print(f"\n| {title} | before | now | ratio |\n|---|---:|---:|---:|")
    for index, measure in enumerate(measures):
        before, now = ([build[index] for build in builds] for builds in zip(*rounds, strict=True))
        ratios = spread(new / old for old, new in zip(before, now, strict=True))
        print(f"| {measure} | {statistics.median(before):.4g} | {statistics.median(now):.4g} | {ratios} |")
