"""A long job and one of a tenth of its length: memory and rows a second should be the same, and no row lost.

    python benchmarks/scale.py MVSA texts --rows 1000000 --model RUN/bundle
    python benchmarks/scale.py MVSA images --rows 100000

MVSA is the folder of MVSA-Single, whose texts or images are repeated. Each job is an ``anymood predict`` in a process
of its own; a first short one, not counted, warms the disk. A million texts want a model with the CNN encoder: a
transformer reads some hundred a second.
"""

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from itertools import cycle, islice
from pathlib import Path
from typing import NamedTuple

from anymood.datasets.reader import open_corpus

WARM_UP = 500  # rows
COMMAND = "import sys; from anymood.cli import main; sys.exit(main())"
CLOSE = 0.1  # how far memory and speed may lie apart


class Job(NamedTuple):
    """What became of a job."""

    rows: int
    seconds: float
    peak: int  # bytes of resident memory
    lost: int
    doubled: int
    problems: int

    @property
    def speed(self) -> float:
        return self.rows / self.seconds


def write_table(path: Path, column: str, cells: list[str], rows: int) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("id", column))
        writer.writerows(enumerate(islice(cycle(cells), rows)))


def run(table: Path, target: Path, rows: int, given: argparse.Namespace) -> Job:
    command = [sys.executable, "-c", COMMAND, "predict", str(table), "-o", str(target), "--overwrite"]
    command += ["--model", given.model]
    command += ["--threads", str(given.threads)] if given.threads else []
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}.")
    return Job(rows, seconds, usage.ru_maxrss * 1024, *check(target, rows))


def check(target: Path, rows: int) -> tuple[int, int, int]:
    """How many rows are lost, how many doubled or out of their order, and how many have a problem."""
    seen, doubled, problems, last = bytearray(rows), 0, 0, -1
    with target.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            number = int(row["id"])
            doubled += seen[number] or number < last
            seen[number], last = 1, number
            problems += not row["label"]
    return rows - sum(seen), doubled, problems


def main() -> None:
    parser = argparse.ArgumentParser(description="A long job beside one of a tenth of its length.")
    parser.add_argument("corpus", type=Path, help="the folder of MVSA-Single")
    parser.add_argument("kind", choices=("texts", "images"))
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--model", default="sentiment")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--json", type=Path, help="where all figures go")
    given = parser.parse_args()
    column = given.kind.removesuffix("s")
    posts = [example.post for example in open_corpus(given.corpus, protocol="clmlf").examples]
    cells = [str(cell) for post in posts if (cell := getattr(post, column)) is not None]
    jobs = []
    with tempfile.TemporaryDirectory() as made:
        table, target = Path(made) / "posts.csv", Path(made) / "out.csv"
        for rows in (min(WARM_UP, given.rows), given.rows // 10, given.rows):
            write_table(table, column, cells, rows)
            jobs.append(run(table, target, rows, given))
    for job in jobs[1:]:
        print(
            f"{job.rows:,} {given.kind}: {job.speed:.0f} rows/s, {job.peak / 2**20:.0f} MB at most, "
            f"{job.lost} lost, {job.doubled} doubled or moved, {job.problems} with a problem"
        )
    _, tenth, whole = jobs
    print(f"memory {whole.peak / tenth.peak - 1:+.1%}, rows a second {whole.speed / tenth.speed - 1:+.1%}")
    if given.json:
        given.json.write_text(json.dumps([job._asdict() for job in jobs[1:]], indent=2) + "\n", encoding="utf-8")
    wrong = any(job.lost or job.doubled for job in jobs)
    sys.exit(wrong or whole.peak > (1 + CLOSE) * tenth.peak)


if __name__ == "__main__":
    main()
