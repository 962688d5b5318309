"""Compare the processor time and memory of a job with those of another commit's.

    taskset -c 0 python benchmarks/jobs.py REVISION TABLE [--model sentiment] [--rows 4000] [--rounds 5] [--threads 1]

``anymood predict TABLE -o OUT.csv`` in ONNX Runtime, by this tree and by that of the commit in turn, in one
environment. Rows are repeated until there are enough. Printed are medians, and those of the ratios of the rounds with
the least and the greatest. Processor time says something where other work shares the machine; starting is a part of it.
"""

import argparse
import csv
import os
import statistics
import subprocess
import sys
import tempfile
from itertools import cycle, islice
from pathlib import Path

COMMAND = "from anymood.cli.app import main; main()"


def main() -> None:
    """Run both in turn, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("revision", help="the commit to compare with")
    parser.add_argument("table", type=Path, help="CSV; paths of images are absolute, or relative to it")
    parser.add_argument("--model", default="sentiment")
    parser.add_argument("--rows", type=int, default=4_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        table = repeated(given.table, given.rows, Path(folder))
        other = Path(folder, "other")
        subprocess.run(["git", "worktree", "add", "--detach", "--quiet", str(other), given.revision], check=True)
        try:
            options = ["--model", given.model, "--engine", "onnxruntime", "--threads", str(given.threads)]
            rounds = [[run(tree, table, options) for tree in (other, Path.cwd())] for _ in range(given.rounds)]
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", str(other)], check=True)
    print("| | before | now | ratio |\n|---|---:|---:|---:|")
    for index, what in enumerate(("processor time, s", "peak memory, MB")):
        before, now = ([build[index] for build in builds] for builds in zip(*rounds, strict=True))
        ratios = sorted(new / old for old, new in zip(before, now, strict=True))
        spread = f"{statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})"
        print(f"| {what} | {statistics.median(before):.4g} | {statistics.median(now):.4g} | {spread} |")


def repeated(table: Path, count: int, folder: Path) -> Path:
    """A table of so many rows, with absolute paths of images."""
    with table.open(newline="", encoding="utf-8") as source:
        rows = list(csv.DictReader(source))
    for row in rows:
        if row.get("image"):
            row["image"] = str(table.resolve().parent / row["image"])
    written = folder / table.name
    with written.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(islice(cycle(rows), count))
    return written


def run(tree: Path, table: Path, options: list[str]) -> tuple[float, float]:
    """Seconds of processors, and peak memory in MB."""
    command = [sys.executable, "-c", COMMAND, "predict", str(table), "-o", str(table.with_name("out.csv")), *options]
    process = subprocess.Popen(
        [*command, "--overwrite"],
        env=os.environ | {"PYTHONPATH": str(tree / "src")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{command} of {tree} failed.")
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


if __name__ == "__main__":
    main()
