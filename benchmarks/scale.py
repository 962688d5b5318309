"""Compare a long job with one of a tenth of its length: equal memory and speed are expected, and no lost rows.

    python benchmarks/scale.py MVSA texts --rows 1000000 --model RUN/bundle
    python benchmarks/scale.py MVSA images --rows 100000

MVSA is the folder of MVSA-Single, whose texts or images are repeated. Each job is an ``anymood predict`` in a new
process; a first short one, which is not counted, fills the cache of the disk. For a million texts, use a model with the
CNN encoder: a transformer encodes a few hundred per second.
"""

import argparse
import csv
import json
import subprocess
import sys
import tempfile
from itertools import cycle, islice
from pathlib import Path
from typing import NamedTuple

from comparing import run_measured

from anymood.datasets.reader import open_corpus

WARM_UP = 500  # rows
CLOSE = 0.1  # allowed increase of memory


class Job(NamedTuple):
    """The result of a job."""

    rows: int
    seconds: float
    peak: float  # resident memory in MB
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


def run(table: Path, target: Path, rows: int, arguments: argparse.Namespace) -> Job:
    command = [sys.executable, "-m", "anymood", "predict", str(table), "-o", str(target), "--overwrite"]
    command += ["--model", arguments.model]
    command += ["--threads", str(arguments.threads)] if arguments.threads else []
    usage = run_measured(command, stderr=subprocess.DEVNULL)
    return Job(rows, usage.seconds, usage.peak, *check(target, rows))


def check(target: Path, rows: int) -> tuple[int, int, int]:
    """Numbers of rows that are lost, of rows that are repeated or out of order, and of rows with a problem."""
    seen, doubled, problems, last = bytearray(rows), 0, 0, -1
    with target.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            number = int(row["id"])
            doubled += seen[number] or number < last
            seen[number], last = 1, number
            problems += not row["label"]
    return rows - sum(seen), doubled, problems


def main() -> None:
    parser = argparse.ArgumentParser(description="A long job compared with one of a tenth of its length.")
    parser.add_argument("corpus", type=Path, help="the folder of MVSA-Single")
    parser.add_argument("kind", choices=("texts", "images"))
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--model", default="sentiment")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--json", type=Path, help="file for all results")
    arguments = parser.parse_args()
    column = arguments.kind.removesuffix("s")
    posts = [example.post for example in open_corpus(arguments.corpus, protocol="clmlf").examples]
    cells = [str(cell) for post in posts if (cell := getattr(post, column)) is not None]
    jobs = []
    with tempfile.TemporaryDirectory() as made:
        table, target = Path(made) / "posts.csv", Path(made) / "out.csv"
        for rows in (min(WARM_UP, arguments.rows), arguments.rows // 10, arguments.rows):
            write_table(table, column, cells, rows)
            jobs.append(run(table, target, rows, arguments))
    for job in jobs[1:]:
        print(
            f"{job.rows:,} {arguments.kind}: {job.speed:.0f} rows/s, {job.peak:.0f} MB at most, "
            f"{job.lost} lost, {job.doubled} doubled or moved, {job.problems} with a problem"
        )
    _, tenth, whole = jobs
    print(f"memory {whole.peak / tenth.peak - 1:+.1%}, rows a second {whole.speed / tenth.speed - 1:+.1%}")
    if arguments.json:
        arguments.json.write_text(json.dumps([job._asdict() for job in jobs[1:]], indent=2) + "\n", encoding="utf-8")
    wrong = any(job.lost or job.doubled for job in jobs)
    sys.exit(wrong or whole.peak > (1 + CLOSE) * tenth.peak)


if __name__ == "__main__":
    main()
