"""Texts per second, by the number of rows among which texts of similar length are grouped: 32, or a job's window.

    python benchmarks/text_window.py TABLE [--rows 4096] [--rounds 3]

A transformer computes padding like words. Both predict the same texts in turn, and must agree. Printed is the median of
the ratios of the rounds.
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
    arguments = parser.parse_args()
    model = anymood.load(arguments.model)
    posts = [row.post for row in islice(read_rows(arguments.table), arguments.rows)]

    def run(size: int) -> tuple[float, list[str | None]]:
        started = time.perf_counter()
        labels = [prediction.label for prediction in model.predict_many(posts, size)]
        return len(posts) / (time.perf_counter() - started), labels

    list(model.predict_many(posts[:64]))  # warm-up
    rounds = [(run(BATCH_SIZE), run(TEXT_WINDOW)) for _ in range(arguments.rounds)]
    slow, fast = (statistics.median(rate for rate, _ in column) for column in zip(*rounds, strict=True))
    ratio = statistics.median(fast / slow for (slow, _), (fast, _) in rounds)
    same = all(one == other for (_, one), (_, other) in rounds)
    print(
        f"windows of {BATCH_SIZE} and {TEXT_WINDOW}: {slow:.0f} and {fast:.0f} texts/s, ratio {ratio:.2f} "
        f"(median of {arguments.rounds} pairs); labels {'agree' if same else 'DIFFER'}"
    )


if __name__ == "__main__":
    main()
