"""Compare ways to combine the windows of a long text.

    python recipes/long_texts.py runs/texts.parquet

Macro recall in percent of ``sentiment`` on long posts of the corpora, and on composed texts: plain sentences, neutral
tweets, tweets of one sentiment or mostly of one, and one positive or negative tweet among plain or neutral texts.
"""

import argparse
import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from contrast import SOURCE
from numpy.typing import NDArray

from anymood.preparation.text import TextPreparation
from anymood.probabilities import softmax
from anymood.runtime.bundle import Bundle
from anymood.runtime.finding import find_bundle
from anymood.runtime.graphs import BundleGraphs

POLAR, TWEETS = ("negative", "positive"), ("semeval", "tweet_extraction", "us_airlines")
COMPOSED, NATURAL = 80, 120  # texts of each kind
Texts = list[tuple[str, str]]
Window = tuple[NDArray[np.float32], NDArray[np.float64]]  # logits (W, C) and words (W,) of the windows of a text


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("texts", type=Path, help="the table of sources.py")
    frame = pd.read_parquet(parser.parse_args().texts)
    bundle = Bundle.open(find_bundle("sentiment"))
    graphs, preparation = BundleGraphs(bundle, threads=1, engine="onnxruntime"), bundle.text_preparation()
    labels, rows = list(bundle.labels), rules(list(bundle.labels).index("neutral"))
    table = {}
    for kind, texts in (natural(frame, preparation) | composed(frame, random.Random(0))).items():
        windows = [encode(graphs, preparation, text) for text, _ in texts]
        truth = np.array([label for _, label in texts])
        table[f"{kind} ({len(texts)})"] = {
            name: recall(np.array([labels[int(rule(*each).argmax())] for each in windows]), truth)
            for name, rule in rows.items()
        }
    print(pd.DataFrame(table).T.round(1).to_string())


def rules(neutral: int) -> dict[str, Callable[[NDArray[np.float32], NDArray[np.float64]], NDArray[np.float64]]]:
    """Functions from the logits and words of the windows to the logits of the text, by name."""

    def polar(logits: NDArray[np.float32]) -> NDArray[np.float64]:
        return 1 - softmax(logits)[:, neutral]

    return {
        "words": lambda logits, words: np.average(logits, axis=0, weights=words),
        "windows": lambda logits, _: logits.mean(axis=0),
        "words, not neutral": lambda logits, words: np.average(logits, axis=0, weights=words * polar(logits)),
        "not neutral": lambda logits, _: np.average(logits, axis=0, weights=polar(logits)),
        "words, not neutral squared": lambda logits, words: np.average(
            logits, axis=0, weights=words * polar(logits) ** 2
        ),
        "log of mean exp": lambda logits, words: np.log(np.average(np.exp(logits), axis=0, weights=words)),
        "mean probability": lambda logits, words: np.average(softmax(logits), axis=0, weights=words),
        "least neutral": lambda logits, _: logits[polar(logits).argmax()],
        "last": lambda logits, _: logits[-1],
    }


def encode(graphs: BundleGraphs, preparation: TextPreparation, text: str) -> Window:
    """Logits and words of the windows of a text."""
    windows = preparation.encode_windows(text)
    _, logits = graphs.encode_text(preparation.pad(windows))
    return logits, np.array([preparation.words_in(window) for window in windows], float)


def natural(frame: pd.DataFrame, preparation: TextPreparation) -> dict[str, Texts]:
    """Posts of the corpora with several windows; the model was trained on the first window of the training posts."""
    long = frame[(frame["task"] == "sentiment") & (frame["text"].str.len() > 250)]
    long = long[[len(preparation.encode_windows(text)) > 1 for text in long["text"]]]
    validation = long[long["split"] == "validation"]
    thai = long[(long["split"] == "train") & (long["source"] == "wisesight")].sample(NATURAL, random_state=0)
    return {
        name: list(zip(rows["text"], rows["label"], strict=True))
        for name, rows in (("long posts, validation", validation), ("long Thai posts, training", thai))
    }


def composed(frame: pd.DataFrame, rng: random.Random) -> dict[str, Texts]:
    """Texts of many sentences or tweets."""
    tweets = frame[(frame["split"] == "validation") & frame["source"].isin(TWEETS) & (frame["text"].str.len() > 20)]
    by_label = {label: rows["text"].tolist() for label, rows in tweets.groupby("label")}
    is_fact = (frame["source"] == SOURCE) & (frame["split"] == "train") & (frame["category"] == "fact")
    plain = {"plain sentences": [f"{text.rstrip('.')}." for text in frame["text"][is_fact]]}
    plain["neutral tweets"] = by_label["neutral"]
    results: dict[str, Texts] = {}
    for name, sentences in plain.items():
        results[name] = [(" ".join(rng.sample(sentences, rng.randint(12, 24))), "neutral") for _ in range(COMPOSED)]
        for place in ("end", "start", "middle"):
            results[f"{name}, a polar tweet at the {place}"] = []
            for index in range(COMPOSED):
                label, count = POLAR[index % 2], rng.randint(12, 24)
                parts = rng.sample(sentences, count)
                parts.insert({"end": count, "start": 0, "middle": count // 2}[place], rng.choice(by_label[label]))
                results[f"{name}, a polar tweet at the {place}"].append((" ".join(parts), label))
    for name, least, others in (("tweets of one sentiment", 6, 0), ("three tweets of the other among them", 7, 3)):
        results[name] = []
        for index in range(COMPOSED):
            label, other = POLAR[index % 2], POLAR[1 - index % 2]
            parts = rng.sample(by_label[label], rng.randint(least, 12)) + rng.sample(by_label[other], others)
            rng.shuffle(parts)
            results[name].append((" ".join(parts), label))
    return results


def recall(predicted: NDArray[np.str_], truth: NDArray[np.str_]) -> float:
    """Macro recall in percent, over the labels of the truth."""
    return 100 * float(np.mean([np.mean(predicted[truth == label] == label) for label in np.unique(truth)]))


if __name__ == "__main__":
    main()
