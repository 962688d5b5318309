"""Compare the cleaning of texts with a simple one, which only replaces links and user names.

    python recipes/cleaning.py runs/texts.parquet --semeval semeval_tweets --general general_sentiment \
        --mvsa mvsa_single --goemotions goemotions

Prints the accuracy of the bundled models' text classifiers on the original texts with each cleaning, by part, source
and language, and on MVSA that of the fused classifier, with its label proportions as prior. ``--test`` includes the
test parts.
"""

import argparse
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
from measure import label_shares, of_part
from numpy.typing import NDArray
from sources import general, of_corpus, semeval
from train_bundles import PROTOCOLS

import anymood
from anymood.datasets.reader import open_corpus
from anymood.preparation import text as preparation
from anymood.preparation.cleaning import LINK, USER, clean
from anymood.runtime import encoding

_LINK = re.compile(r"(?:https?://|www\.)\S+")
_USER = re.compile(r"(?<!\w)@\w+")


def main() -> None:
    """Compare and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("texts", type=Path, help="the table of sources.py")
    for name in ("semeval", "general", "mvsa", "goemotions"):
        parser.add_argument(f"--{name}", type=Path, required=True, help="folder of the release")
    parser.add_argument("--limit", type=int, default=2_000, help="validation texts of a source and language")
    parser.add_argument("--test", action="store_true", help="look at the test parts")
    arguments = parser.parse_args()
    written = {
        row["id"]: row["text"]
        for row in (
            *semeval(arguments.semeval),
            *general(arguments.general),
            *of_corpus(open_corpus(arguments.goemotions), "goemotions", "emotion"),
        )
    }
    frame = pd.read_parquet(arguments.texts)
    frame = frame[frame["id"].isin(written)].assign(text=lambda rows: rows["id"].map(written))
    print("| part | texts | n | changed | plain | clean | clean - plain |\n|---|---|---:|---:|---:|---:|---:|")
    for part in ("validation", "test") if arguments.test else ("validation",):
        chosen = of_part(frame, part, arguments.limit if part == "validation" else None)
        for (task, source, language), rows in chosen.groupby(["task", "source", "language"]):
            model = anymood.load(task, threads=1, engine="onnxruntime")
            posts = [anymood.Post(text) for text in rows["text"]]
            compare(f"{part} | {source}, {language}", model, posts, rows["label"].to_numpy())
        corpus = open_corpus(arguments.mvsa, protocol=PROTOCOLS["sentiment"])
        model = anymood.load("sentiment", threads=1, engine="onnxruntime", prior=label_shares(corpus))
        pairs = [example for example in corpus.examples if example.split == part]
        truth = np.array([corpus.labels.names[pair.label] for pair in pairs])
        compare(f"{part} | MVSA, pairs", model, [pair.post for pair in pairs], truth)
        compare(f"{part} | MVSA, texts", model, [anymood.Post(pair.post.text) for pair in pairs], truth)


def compare(name: str, model: anymood.Model, posts: list[anymood.Post], truth: NDArray[np.object_]) -> None:
    """Print a line: accuracy with each cleaning."""
    changed = np.array([plain(post.text or "") != clean(post.text or "") for post in posts])
    full = labels(model, posts)
    simple = full.copy()
    with cleaned_by(plain):
        simple[changed] = labels(model, [post for post, is_changed in zip(posts, changed, strict=True) if is_changed])
    old, new = (100 * np.mean(predicted == truth) for predicted in (simple, full))
    print(f"| {name} | {len(posts):,} | {changed.sum():,} | {old:.2f} | {new:.2f} | {new - old:+.2f} |", flush=True)


def labels(model: anymood.Model, posts: list[anymood.Post]) -> NDArray[np.object_]:
    """The predicted labels (N,); "neutral" for posts without a label."""
    return np.array([prediction.label or "neutral" for prediction in model.predict_many(posts)], dtype=object)


def plain(text: str) -> str:
    """A text with links and user names replaced, and single spaces."""
    return " ".join(_USER.sub(USER, _LINK.sub(LINK, text)).split())


@contextmanager
def cleaned_by(other: Callable[[str], str]) -> Iterator[None]:
    """Clean texts with another function inside the block."""
    modules = (preparation, encoding)
    for module in modules:
        module.clean = other  # type: ignore[attr-defined]
    try:
        yield
    finally:
        for module in modules:
            module.clean = clean  # type: ignore[attr-defined]


if __name__ == "__main__":
    main()
