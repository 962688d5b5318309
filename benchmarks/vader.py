"""Compare `sentiment-small` with VADER: macro recall on labelled texts, and speed on one core, in one run.

    python benchmarks/vader.py TEXTS.parquet [--rounds 5] [--limit 4000]

Needs `pip install vaderSentiment`. TEXTS is the table of recipes/sources.py, of which the SemEval tweets of the part
`test` are used. VADER's compound score is converted by its authors' thresholds: positive from 0.05, negative up to
-0.05. Speed is measured in processor time, which depends little on other processes. Both run in turn, and the ratio is
the median of the rounds. The first round, which fills caches of words, is not counted.
"""

import argparse
import csv
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from comparing import spread

import anymood
from anymood.jobs.job import predict_files

THRESHOLD = 0.05


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("texts", type=Path)
    parser.add_argument("--model", default="sentiment-small")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--limit", type=int, default=4_000)
    arguments = parser.parse_args()
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    frame = pd.read_parquet(arguments.texts)
    frame = frame[(frame["source"] == "semeval") & (frame["split"] == "test")].head(arguments.limit)
    texts, truth = frame["text"].tolist(), frame["label"].to_numpy()
    model = anymood.load(arguments.model, threads=1, engine="onnxruntime")
    vader = SentimentIntensityAnalyzer()

    def by_vader() -> list[str]:
        scores = (vader.polarity_scores(text)["compound"] for text in texts)
        return ["positive" if s >= THRESHOLD else "negative" if s <= -THRESHOLD else "neutral" for s in scores]

    def by_model() -> list[str | None]:
        return [prediction.label for prediction in model.predict_many(texts, 1024)]

    with tempfile.TemporaryDirectory() as name:
        table, scored = Path(name, "posts.csv"), Path(name, "scored.csv")
        with table.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([("id", "text"), *enumerate(texts)])

        def from_file_to_file() -> None:
            predict_files(model, table, scored, overwrite=True)

        ways: dict[str, Callable[[], object]] = {
            "VADER": by_vader,
            "predict_many": by_model,
            "predict_frame": lambda: model.predict_frame(frame[["text"]]),
            "CSV to CSV": from_file_to_file,
        }
        rounds = [{way: seconds(run) for way, run in ways.items()} for _ in range(arguments.rounds + 1)][1:]
    for way in ways:
        speed = len(texts) / statistics.median(one[way] for one in rounds)
        ratios = spread(one["VADER"] / one[way] for one in rounds)
        print(f"{way:14} {speed:7,.0f} texts/s of a core, {ratios} times VADER's speed")
    for name, predicted in (("VADER", by_vader()), (model.name, by_model())):
        recalls = [float(np.mean(np.array(predicted)[truth == label] == label)) for label in model.labels]
        print(f"{name:16} macro recall {np.mean(recalls):.1%}: {', '.join(f'{recall:.1%}' for recall in recalls)}")


def seconds(run: Callable[[], object]) -> float:
    """Processor time of a call."""
    started = time.process_time()
    run()
    return time.process_time() - started


if __name__ == "__main__":
    main()
