"""Kill a job over a table repeatedly, and count the rows that are lost or repeated: there should be none.

    python benchmarks/kills.py [--kills 20] [--rows 20000] [--suffix .csv] [--model sentiment] [--seed 0]

Each process is ended by SIGKILL at a random time: after a random share of the rows is written, or, for one in four, a
random time after its start, so that starting and finishing are interrupted, too. Then the same command is run again.
Every 97th row has no text, and must be once in the list of problems.
"""

import argparse
import csv
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

PROBLEM_EVERY = 97  # rows
# With a short time between commits, more of them are interrupted.
CHILD = """
import sys
import anymood.jobs.output as output
from anymood.cli import main
output.COMMIT_SECONDS = float(sys.argv[1])
sys.exit(main(sys.argv[2:]))
"""


def write_table(path: Path, rows: int) -> Path:
    with path.open("w", encoding="utf-8") as table:
        table.write("id,text\n")
        table.writelines(f"{n},{'' if n % PROBLEM_EVERY == 0 else f'what a lovely day {n}'}\n" for n in range(rows))
    return path


def start(table: Path, target: Path, model: str, seconds: float) -> subprocess.Popen[bytes]:
    errors = target.with_name(f"{target.stem}-problems.csv")
    command = ["predict", str(table), "--output", str(target), "--errors", str(errors), "--model", model]
    command += ["--overwrite", "--threads", "1"]  # a kill may be just after the end
    return subprocess.Popen([sys.executable, "-c", CHILD, str(seconds), *command], stderr=subprocess.PIPE)


def kill_repeatedly(
    table: Path, target: Path, model: str, kills: int, seed: int = 0, seconds: float = 0.02
) -> Iterator[str]:
    """Run the job to its end after ``kills`` kills; yields a message for each process."""
    rng = random.Random(seed)
    folder = target.with_name(target.name + ".part")
    size = 2.2 * table.stat().st_size  # approximate size of the output
    shares = iter(sorted(rng.uniform(0, 0.9) for _ in range(kills)))
    done = 0
    while done < kills:
        share = next(shares, rng.uniform(0, 0.9))
        process = start(table, target, model, seconds)
        timed = rng.random() < 0.25
        end = time.monotonic() + rng.uniform(0, 2) if timed else float("inf")
        while process.poll() is None and time.monotonic() < end:
            if not timed and written(folder) > share * size:
                break
            time.sleep(0.001)
        process.send_signal(signal.SIGKILL)
        _, message = process.communicate()
        killed = process.returncode == -signal.SIGKILL
        if not killed and process.returncode != 0:
            raise RuntimeError(message.decode())
        yield f"{'killed' if killed else 'ended'} with {committed(folder)} rows committed"
        done += killed
        if not killed:  # it ended before the kill: the job is started again
            target.unlink()
    process = start(table, target, model, seconds)
    _, message = process.communicate()
    if process.returncode != 0:
        raise RuntimeError(message.decode())
    yield message.decode().strip()


def written(folder: Path) -> int:
    """Bytes of rows so far; 0 after the job has removed its work folder."""
    try:
        return sum(path.stat().st_size for path in folder.glob("rows.*"))
    except FileNotFoundError:
        return 0


def committed(folder: Path) -> int:
    try:
        return int(json.loads((folder / "checkpoint.json").read_bytes())["rows"])
    except FileNotFoundError:
        return 0


def read_ids(target: Path) -> list[int]:
    if target.suffix == ".parquet":
        from pyarrow import parquet

        return [int(value) for value in parquet.read_table(target)["id"].to_pylist()]
    with target.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file) if target.suffix == ".csv" else map(json.loads, file)
        return [int(row["id"]) for row in rows]


def wrong_rows(target: Path, rows: int) -> tuple[int, int, int]:
    """Numbers of rows that are lost, and that are repeated or out of order; 1 if the list of problems is wrong."""
    ids = read_ids(target)
    errors = target.with_name(f"{target.stem}-problems.csv")
    with errors.open(encoding="utf-8", newline="") as file:
        listed = [int(row["id"]) for row in csv.DictReader(file)]
    moved = sum(1 for earlier, later in pairwise(ids) if earlier >= later)
    wanted = list(range(0, rows, PROBLEM_EVERY))
    return len(set(range(rows)) - set(ids)), len(ids) - len(set(ids)) + moved, int(listed != wanted)


def main() -> None:
    parser = argparse.ArgumentParser(description="Kill a job repeatedly.")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--suffix", default=".csv", choices=(".csv", ".jsonl", ".parquet"))
    parser.add_argument("--model", default="sentiment")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        table = write_table(Path(made) / "posts.csv", arguments.rows)
        target = Path(made) / f"out{arguments.suffix}"
        for message in kill_repeatedly(table, target, arguments.model, arguments.kills, arguments.seed):
            print(message, flush=True)
        lost, doubled, listed = wrong_rows(target, arguments.rows)
        left = sorted(path.name for path in Path(made).iterdir())
    problems = "wrong" if listed else "right"
    print(f"{arguments.rows} rows, {lost} lost, {doubled} repeated or out of order, list of problems {problems}")
    print(f"left beside the table: {', '.join(left)}")
    sys.exit(bool(lost or doubled or listed))


if __name__ == "__main__":
    main()
