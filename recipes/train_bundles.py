"""Train the classifiers of a bundled model on frozen encoders, with pairs, composed pairs and texts.

The pairs are MVSA's (sentiment) or MSED's (emotion), the texts those of ``sources.py``. The epoch and the temperatures
are chosen on the pairs and texts of the validation parts, and on pairs that are composed of both. Writes a run folder
with the bundle.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from sources import LABELS, PROTOCOLS, annotated_by

from anymood.datasets.corpus import Corpus, Example
from anymood.datasets.reader import open_corpus
from anymood.labels import LabelSet
from anymood.posts import Post
from anymood.training.config import Recipe
from anymood.training.data_sources import TrainingData
from anymood.training.run import train

LEAST_NEUTRAL = 0.05  # of a source; with fewer neutral texts, its offsets would lower the mean of neutral
EVENTS = "events"  # a source that is used although it has no neutral texts
VALIDATION_TEXTS = 4_000
COMPOSED = 1_500  # pairs of the validation part


def main() -> None:
    """Train one bundled model."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("task", choices=LABELS)
    parser.add_argument("texts", type=Path, help="the table of sources.py")
    parser.add_argument("--pairs", type=Path, required=True, help="folder of MVSA-Single or of MSED")
    parser.add_argument("--text-folder", type=Path, required=True, help="what train_text_encoder.py wrote")
    parser.add_argument("--limit", type=int, default=70_000, help="training texts, drawn at random")
    parser.add_argument("--composed-ratio", type=float, default=1.0)
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--ema-decay", type=float, help="decay of a moving average of the weights; none by default")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("-o", "--output", type=Path, required=True, help="the run folder")
    arguments = parser.parse_args()
    labels = LABELS[arguments.task]
    pairs = open_corpus(arguments.pairs, labels, protocol=PROTOCOLS[arguments.task])
    frame = pd.read_parquet(arguments.texts)
    frame = frame[(frame["task"] == arguments.task) & ~frame["source"].isin(["mvsa_text", "msed"])]
    if arguments.task == "sentiment":
        neutral = frame["label"].eq("neutral").groupby(annotated_by(frame)).mean()
        frame = frame[~annotated_by(frame).isin(set(neutral.index[neutral < LEAST_NEUTRAL]) - {EVENTS})]
    recipe = Recipe(
        text_encoder="transformer",
        text_folder=str(arguments.text_folder),
        image_side=192,
        max_tokens=128,
        fusion="residual",
        classifier_dropout=0.5,
        frozen=True,
        int8=True,
        epochs=arguments.epochs,
        patience=arguments.epochs,
        batch_size=256,
        ema_decay=arguments.ema_decay,
        composed_ratio=arguments.composed_ratio,
        image_target="image",
        label_offsets=True,
        select_by="macro_f1",
        select_on="all",
        seed=arguments.seed,
        threads=1,
    )
    train(posts(pairs, frame, labels, arguments.limit, arguments.seed), recipe, arguments.output, name=arguments.task)


def posts(pairs: Corpus, frame: pd.DataFrame, labels: LabelSet, limit: int, seed: int) -> TrainingData:
    """Training and validation posts."""
    rng = np.random.default_rng(seed)
    train_pairs = [Example(e.post, e.label, "train", e.text_label, e.image_label, "pairs") for e in pairs.to_train()]
    validation_pairs = list(pairs.select("validation").examples)
    train_texts = list(examples(drawn(frame[frame["split"] == "train"], limit, rng), labels))
    validation_texts = list(examples(drawn(frame[frame["split"] == "validation"], VALIDATION_TEXTS, rng), labels))
    composed = [
        Example(
            Post(text.post.text, other.post.image),
            text.label,
            image_label=other.label if other.image_label is None else other.image_label,
        )
        for text, other in zip(
            validation_texts, rng.choice(np.array(validation_pairs, object), len(validation_texts)), strict=True
        )
    ]
    validation = (*validation_pairs, *validation_texts, *composed[:COMPOSED])
    return TrainingData(labels, (*train_pairs, *train_texts), validation, (pairs,))


def drawn(frame: pd.DataFrame, limit: int, rng: np.random.Generator) -> pd.DataFrame:
    """At most ``limit`` rows, drawn at random."""
    return frame.iloc[rng.permutation(len(frame))[:limit]]


def examples(frame: pd.DataFrame, labels: LabelSet) -> Iterator[Example]:
    """The texts as examples without an image."""
    for text, label, source in zip(frame["text"], frame["label"], annotated_by(frame), strict=True):
        yield Example(Post(text), labels.index(label), source=source)


if __name__ == "__main__":
    main()
