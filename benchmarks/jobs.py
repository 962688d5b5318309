"""Compare the processor time and memory of a job with those of another commit.

    taskset -c 0 python benchmarks/jobs.py REVISION TABLE [--model sentiment] [--rows 4000] [--rounds 5] [--threads 1]

``anymood predict TABLE -o OUT.csv`` in ONNX Runtime, by this tree and by that of the commit in turn, in one
environment. Rows are repeated until there are enough. Printed are the medians, and the median of the ratios of the
rounds with the least and the greatest. Processor time includes the start, and depends little on other processes.
"""

import argparse
import csv
import os
import subprocess
import sys
import tempfile
from itertools import cycle, islice
from pathlib import Path

from comparing import checked_out, print_comparison, run_measured

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
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        table = repeated(arguments.table, arguments.rows, Path(folder))
        options = ["--model", arguments.model, "--engine", "onnxruntime", "--threads", str(arguments.threads)]
        with checked_out(arguments.revision, Path(folder)) as other:
            rounds = [[run(tree, table, options) for tree in (other, Path.cwd())] for _ in range(arguments.rounds)]
    print_comparison("", ("processor time, s", "peak memory, MB"), rounds)


def repeated(table: Path, count: int, folder: Path) -> Path:
    """A table of ``count`` rows, with absolute paths of images."""
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
    """Processor time in seconds, and peak memory in MB."""
    command = [sys.executable, "-c", COMMAND, "predict", str(table), "-o", str(table.with_name("out.csv")), *options]
    variables = os.environ | {"PYTHONPATH": str(tree / "src")}
    return run_measured([*command, "--overwrite"], env=variables, stderr=subprocess.DEVNULL)[1:]


if __name__ == "__main__":
    main()
