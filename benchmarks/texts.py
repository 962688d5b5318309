"""Texts per second from CSV to CSV, by engine.

    python benchmarks/texts.py TABLE --model RUN [--rows 20000] [--rounds 3] [--threads N]

The job is that of ``anymood predict TABLE -o OUT`` on a table of texts: read, clean, tokenise, encode, write, commit.
The engines run in turn, and the median of the ratios of the rounds is printed. Processor time is printed, too, because
it depends little on other processes. Rows are repeated until there are enough.
"""

import argparse
import csv
import statistics
import tempfile
import time
from collections import Counter
from itertools import cycle, islice
from pathlib import Path

import anymood
from anymood.jobs.job import predict_files
from anymood.tables.rows import read_rows

ENGINES = ("onnxruntime", "openvino")


def main() -> None:
    parser = argparse.ArgumentParser(description="Texts per second from CSV to CSV.")
    parser.add_argument("table", type=Path)
    parser.add_argument("--model", required=True)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int)
    arguments = parser.parse_args()
    texts = [row.post.text for row in read_rows(arguments.table) if row.post.text]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with (folder / "texts.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([("id", "text"), *enumerate(islice(cycle(texts), arguments.rows))])
        rounds = [
            {engine: run(folder, arguments.model, engine, arguments.threads) for engine in ENGINES}
            for _ in range(arguments.rounds)
        ]
        labels = {engine: Counter(labels_in(folder / f"{engine}.csv")) for engine in ENGINES}
        same = sum(map(str.__eq__, *(labels_in(folder / f"{engine}.csv") for engine in ENGINES)))
    for engine in ENGINES:
        wall, cores = (statistics.median(one[engine][part] for one in rounds) for part in (0, 1))
        ratio = statistics.median(one[ENGINES[0]][0] / one[engine][0] for one in rounds)
        print(
            f"{engine:12} {arguments.rows / wall:7,.0f} texts/s, {ratio:.2f} times; processor time per text "
            f"{1e6 * cores / arguments.rows:.0f} us, {arguments.rows / cores:,.0f} texts/s; {dict(labels[engine])}"
        )
    print(f"labels agree on {same / arguments.rows:.2%} of {arguments.rows:,} rows")


def run(folder: Path, model: str, engine: str, threads: int | None) -> tuple[float, float]:
    """Elapsed seconds and processor time."""
    loaded = anymood.load(model, threads=threads, engine=engine)
    loaded.predict("warm up")
    wall, cores = time.perf_counter(), time.process_time()
    predict_files(loaded, folder / "texts.csv", folder / f"{engine}.csv", overwrite=True)
    return time.perf_counter() - wall, time.process_time() - cores


def labels_in(path: Path) -> list[str]:
    with path.open(newline="", encoding="utf-8") as file:
        return [row["label"] for row in csv.DictReader(file)]


if __name__ == "__main__":
    main()
