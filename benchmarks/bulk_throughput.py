"""Rows per second of ``anymood bulk`` on Daft's native runner and of ``anymood predict``, from a table to Parquet.

    python benchmarks/bulk_throughput.py TABLE [--rows 2000] [--rounds 3]

Both predict the same rows in turn with the loaded model, and must agree. Printed is the median of the ratios of the
rounds. Needs the extra ``bulk``.
"""

import argparse
import json
import statistics
import tempfile
import time
from itertools import islice
from pathlib import Path

import anymood
from anymood.cluster.job import predict_tables
from anymood.jobs.job import predict_files
from anymood.tables.rows import read_rows


def main() -> None:
    parser = argparse.ArgumentParser(description="anymood bulk against anymood predict.")
    parser.add_argument("table", type=Path)
    parser.add_argument("--rows", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--model", default="sentiment")
    parser.add_argument("--images", action="store_true", help="predict the images, too")
    arguments = parser.parse_args()
    model = anymood.load(arguments.model)
    with tempfile.TemporaryDirectory() as made:
        table = Path(made, "posts.jsonl")
        with table.open("w", encoding="utf-8") as file:
            for row in islice(read_rows(arguments.table), arguments.rows):
                image = str(row.post.image) if arguments.images and row.post.image is not None else None
                file.write(json.dumps({"text": row.post.text, "image": image}) + "\n")

        def by_predict() -> tuple[float, object]:
            started = time.perf_counter()
            summary = predict_files(model, table, Path(made, "predict.parquet"), overwrite=True)
            return time.perf_counter() - started, summary

        def by_bulk() -> tuple[float, object]:
            started = time.perf_counter()
            summary = predict_tables(table, Path(made, "bulk"), arguments.model, overwrite=True)
            return time.perf_counter() - started, summary

        by_predict(), by_bulk()  # warm-up
        rounds = [(by_predict(), by_bulk()) for _ in range(arguments.rounds)]
    ratio = statistics.median(one / other for (one, _), (other, _) in rounds)
    predict, bulk = (
        arguments.rows / statistics.median(seconds for seconds, _ in column) for column in zip(*rounds, strict=True)
    )
    same = all(one == other for (_, one), (_, other) in rounds)
    print(
        f"predict {predict:.0f} and bulk {bulk:.0f} rows/s, ratio {ratio:.2f} "
        f"(median of {arguments.rounds} pairs); summaries {'agree' if same else 'DIFFER'}"
    )


if __name__ == "__main__":
    main()
