"""Texts a second by how many rows are looked over for texts of like length: 32 of them, or a job's window.

    python benchmarks/text_window.py TABLE [--rows 4096] [--rounds 3]

A transformer computes the padding of a short text beside a long one as if it were words. Both take the same texts in
turn within one run, and must agree; the ratio is taken pair by pair and its median printed.
"""

import argparse
import statistics
import time
from itertools import islice
from pathlib import Path

import anymood
from anymood.runtime.batches import BATCH_SIZE, TEXT_WINDOW
from anymood.tables.rows import read_rows


def main() -> None:
    parser = argparse.ArgumentParser(description="Texts grouped by length in small and in large windows.")
    parser.add_argument("table", type=Path)
    parser.add_argument("--rows", type=int, default=4096)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--model", default="sentiment")
    given = parser.parse_args()
    model = anymood.load(given.model)
    posts = [row.post for row in islice(read_rows(given.table), given.rows)]

    def run(size: int) -> tuple[float, list[str | None]]:
        started = time.perf_counter()
        labels = [prediction.label for prediction in model.predict_many(posts, size)]
        return len(posts) / (time.perf_counter() - started), labels

    list(model.predict_many(posts[:64]))  # warm-up
    rounds = [(run(BATCH_SIZE), run(TEXT_WINDOW)) for _ in range(given.rounds)]
    slow, fast = (statistics.median(rate for rate, _ in column) for column in zip(*rounds, strict=True))
    ratio = statistics.median(fast / slow for (slow, _), (fast, _) in rounds)
    same = all(one == other for (_, one), (_, other) in rounds)
    print(
        f"windows of {BATCH_SIZE} and {TEXT_WINDOW}: {slow:.0f} and {fast:.0f} texts/s, ratio {ratio:.2f} "
        f"(median of {given.rounds} pairs); labels {'agree' if same else 'DIFFER'}"
    )


if __name__ == "__main__":
    main()
