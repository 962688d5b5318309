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
from tokenizers import Tokenizer
from torch import nn
from train_small import MAX_TOKENS, TEACHER, fit, predict, read_texts, targets, write

import anymood
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
    train, validation = read_texts(arguments.texts)
    bundle = Bundle.open(find_bundle("sentiment-small"))
    preparation = TextPreparation(Tokenizer.from_file(str(bundle.path(TOKENIZER))), MAX_TOKENS)
    network = MultitaskNetwork(Architecture.from_dict(bundle.config.architecture)).eval()
    network.image_encoder.backbone = nn.Identity()  # a separate file
    weights = dict(graph_weights(bundle))
    network.load_state_dict(weights, strict=False)
    own_weight = np.where(train["source"] == OWN, 1 - OWN_LABEL_WEIGHT, 1 - LABEL_WEIGHT)[:, None]
    target = targets(train, softmax(predict(network, preparation, train["text"])), own_weight)
    words = pd.Series(frequent_words(train))
    predicted = anymood.load(TEACHER, threads=1, engine="onnxruntime").predict_proba(words, "text")
    known = np.isfinite(predicted).all(axis=1)
    texts = pd.concat([train["text"], *[words[known]] * REPEATED], ignore_index=True)
    target_of_all = np.concatenate([target, *[predicted[known].astype(np.float32)] * REPEATED])
    fit(network, preparation, texts, target_of_all, arguments)
    tuned = network.state_dict()
    network.load_state_dict({name: tuned[name].lerp(weights[name].to(tuned[name]), 0.5) for name in tuned})
    round_to_half(network)
    write(network, preparation, validation, target.mean(axis=0), arguments.output)


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


if __name__ == "__main__":
    main()
