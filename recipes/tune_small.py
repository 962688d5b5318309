"""Tune the bundled model `sentiment-small` further, so that it knows single words.

    python recipes/tune_small.py runs/texts.parquet -o runs/sentiment-small

Texts of the training rarely have one word, so a word such as "boring" had no reliable prediction on its own. It learns
the predictions of the bundled model `sentiment` for the most frequent words and pairs of adjacent words; for the texts
of the training, its own earlier predictions, averaged with the labels. The weights are the mean with those before.

Shape legend: N texts, C classes.
"""

import argparse
import re
from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from contrast import SOURCE as OWN
from numpy.typing import NDArray
from sources import annotated_by
from tokenizers import Tokenizer
from torch import nn
from train_small import MAX_TOKENS, TEACHER, UNRELATED, by_source, fit, predict, write

import anymood
from anymood.datasets.corpus import SENTIMENT
from anymood.export.onnx import round_to_half
from anymood.network.multitask import Architecture, MultitaskNetwork
from anymood.preparation.text import TextPreparation
from anymood.probabilities import softmax
from anymood.runtime.bundle import TOKENIZER, Bundle
from anymood.runtime.finding import find_bundle
from anymood.training.bundle_weights import graph_weights

WORD = re.compile(r"[^\W\d_][\w'\u2019]*")
PLACEHOLDERS = {"user", "link", "url", "http", "https", "rt"}
TEXTS_OF_A_SOURCE = 6_000  # in a language, whose words are counted
WORDS, PAIRS = 40_000, 20_000
REPEATED = 3  # times that each word and pair is in an epoch
LABEL_WEIGHT, OWN_LABEL_WEIGHT = 0.15, 0.6


def main() -> None:
    """Tune, calibrate, and write the bundle."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("texts", type=Path, help="the table of sources.py")
    parser.add_argument("-o", "--output", type=Path, required=True, help="the bundle")
    parser.add_argument("--word-dropout", type=float, default=0.3)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--batch-size", type=int, default=1024)
    parser.add_argument("--learning-rate", type=float, default=1e-3)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(arguments.seed)
    frame = pd.read_parquet(arguments.texts)
    frame["source"] = annotated_by(frame)
    train = frame[frame["split"].isin(["train", "unlabelled"])].drop_duplicates("text").reset_index(drop=True)
    validation = frame[(frame["split"] == "validation") & (frame["task"] == "sentiment")].reset_index(drop=True)
    bundle = Bundle.open(find_bundle("sentiment-small"))
    preparation = TextPreparation(Tokenizer.from_file(str(bundle.path(TOKENIZER))), MAX_TOKENS)
    network = MultitaskNetwork(Architecture.from_dict(bundle.config.architecture)).eval()
    network.image_encoder.backbone = nn.Identity()  # a separate file
    weights = dict(graph_weights(bundle))
    network.load_state_dict(weights, strict=False)
    target = own_targets(train, predict(network, preparation, train["text"]))
    words = pd.Series(frequent_words(train))
    predicted = anymood.load(TEACHER, threads=1, engine="onnxruntime").predict_proba(words, "text")
    known = np.isfinite(predicted).all(axis=1)
    texts = pd.concat([train["text"], *[words[known]] * REPEATED], ignore_index=True)
    targets = np.concatenate([target, *[predicted[known].astype(np.float32)] * REPEATED])
    fit(network, preparation, texts, targets, arguments)
    tuned = network.state_dict()
    network.load_state_dict({name: tuned[name].lerp(weights[name].to(tuned[name]), 0.5) for name in tuned})
    round_to_half(network)
    logits = predict(network, preparation, validation["text"])
    truth = np.array([SENTIMENT.index(label) for label in validation["label"]])
    print(f"mean {np.mean([*by_source(validation, logits.argmax(axis=1), truth).values()]):.4f}")
    write(network, preparation, logits, truth, target.mean(axis=0), arguments.output)


def frequent_words(train: pd.DataFrame) -> list[str]:
    """The most frequent words and pairs of adjacent words, in lower case."""
    words: Counter[str] = Counter()
    pairs: Counter[tuple[str, str]] = Counter()
    for _, rows in train.groupby(["source", "language"]):
        for text in rows["text"].sample(min(len(rows), TEXTS_OF_A_SOURCE), random_state=0):
            in_order = [word.lower() for word in WORD.findall(text)]
            words.update(set(in_order))
            pairs.update(set(pairwise(in_order)))
    single = [word for word, count in words.most_common(WORDS) if count >= 5 and len(word) > 1]
    return [word for word in single if word not in PLACEHOLDERS] + [
        " ".join(pair) for pair, _ in pairs.most_common(PAIRS) if PLACEHOLDERS.isdisjoint(pair)
    ]


def own_targets(train: pd.DataFrame, logits: NDArray[np.float64]) -> NDArray[np.float32]:
    """Targets (N, C): the model's own probabilities, averaged with the label of the text if it has one."""
    target = softmax(np.nan_to_num(logits))
    labelled = (
        (train["split"] == "train") & (train["task"] == "sentiment") & (train["source"] != UNRELATED)
    ).to_numpy()
    labels = np.eye(len(SENTIMENT))[[SENTIMENT.index(label) for label in train["label"][labelled]]]
    weight = np.where(train["source"][labelled] == OWN, OWN_LABEL_WEIGHT, LABEL_WEIGHT)[:, None]
    target[labelled] = (1 - weight) * target[labelled] + weight * labels
    return target.astype(np.float32)


if __name__ == "__main__":
    main()
