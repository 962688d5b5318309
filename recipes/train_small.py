"""Train the bundled model for many texts, `sentiment-small`, on the texts of ``sources.py``.

Averaged embeddings are trained on the predictions of the bundled model `sentiment` for all training texts, including
those of the emotion corpora, on the labels of the texts that have one, and on the predictions for the most frequent
words and pairs of adjacent words, since few of the texts have a single word. The temperature and the correction of
shares are fitted on validation texts. The bundle predicts texts only; it contains the image encoder of `sentiment`, so
that training can start from it with images.

Shape legend: N texts, U texts of a batch, T tokens, C classes.
"""

import argparse
import json
import re
from collections import Counter
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from sources import annotated_by
from torch import nn

import anymood
from anymood.datasets.corpus import SENTIMENT
from anymood.evaluation.calibration import fit_temperature
from anymood.export.onnx import export_bundle, round_to_half
from anymood.export.quantifiers import add_to_bundle, learn_quantifiers
from anymood.network.multitask import Architecture, MultitaskNetwork
from anymood.network.text_encoders.static import build_piece_tokenizer
from anymood.preparation.text import TextPreparation
from anymood.probabilities import softmax
from anymood.runtime.bundle import IMAGE_ENCODER, Bundle
from anymood.runtime.config import BundleConfig, Temperatures
from anymood.runtime.finding import find_bundle
from anymood.training.bundle_weights import graph_weights
from anymood.training.run_folder import versions

TEACHER = "sentiment"
UNRELATED = "xlmt_umsab/hi"  # its labels are unrelated to its texts
MAX_TOKENS = 128
POOL = 8  # batches whose texts are sorted by length together
SHORT = 4  # tokens of texts without word dropout at most
WORD = re.compile(r"[^\W\d_][\w'\u2019]*")
PLACEHOLDERS = {"user", "link", "url", "http", "https", "rt"}
TEXTS_OF_A_SOURCE = 6_000  # in a language, whose words are counted
WORDS, PAIRS = 40_000, 60_000


def main() -> None:
    """Distil, calibrate, and write the bundle."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("texts", type=Path, help="the table of sources.py")
    parser.add_argument(
        "-o", "--output", type=Path, required=True, help="the bundle; the predictions of `sentiment` are kept beside it"
    )
    parser.add_argument(
        "--predicted", type=int, help="texts that `sentiment` predicts, drawn at random; all by default"
    )
    parser.add_argument("--vocabulary", type=int, default=40_000)
    parser.add_argument("--embedding", type=int, default=64)
    parser.add_argument("--pairs", type=int, default=2**15)
    parser.add_argument("--teacher-weight", type=float, default=0.7, help="of a text with a label")
    parser.add_argument("--word-dropout", type=float, default=0.3)
    parser.add_argument("--dropout", type=float, default=0.3)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--batch-size", type=int, default=1024)
    parser.add_argument("--learning-rate", type=float, default=3e-3)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(arguments.seed)
    train, validation = read_texts(arguments.texts)
    words = pd.DataFrame({"text": frequent_words(train), "split": "unlabelled"})
    texts = pd.concat([train, words], ignore_index=True)
    drawn = train["text"].sample(min(arguments.predicted or len(train), len(train)), random_state=arguments.seed)
    file = arguments.output.with_suffix(".teacher.parquet")
    predicted = teacher_probabilities(texts["text"], pd.concat([drawn, words["text"]]), file)
    target = targets(texts, predicted, arguments.teacher_weight)
    preparation = TextPreparation(build_piece_tokenizer(train["text"], arguments.vocabulary), MAX_TOKENS)
    network = start(arguments, preparation)
    usable = np.isfinite(target).all(axis=1)
    fit(network, preparation, texts["text"][usable], target[usable], arguments)
    write(network, preparation, validation, np.nanmean(target[: len(train)], axis=0), arguments.output)


def read_texts(table: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The texts of ``sources.py`` for training, each once, and the validation texts with a sentiment."""
    frame = pd.read_parquet(table)
    frame["source"] = annotated_by(frame)
    train = frame[frame["split"].isin(["train", "unlabelled"])].drop_duplicates("text").reset_index(drop=True)
    return train, frame[(frame["split"] == "validation") & (frame["task"] == "sentiment")].reset_index(drop=True)


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


def teacher_probabilities(texts: pd.Series, predicted: pd.Series, file: Path) -> NDArray[np.float32]:
    """Predictions of the teacher (N, C), which take two hours for all texts, and are cached in a file.

    Args:
        texts: N texts.
        predicted: those that are predicted; the rows of the others are NaN, unless the file has them.
        file: of the predictions.
    """
    known = pd.read_parquet(file).set_index("text") if file.exists() else pd.DataFrame(columns=list(SENTIMENT))
    new = predicted[~predicted.isin(known.index)].drop_duplicates()
    if len(new):
        model = anymood.load(TEACHER, threads=1, engine="onnxruntime")
        probabilities = model.predict_proba(new, "text")
        known = pd.concat([known, pd.DataFrame(probabilities, columns=list(model.labels), index=new)])
        known.rename_axis("text").reset_index().to_parquet(file)
    return known.reindex(texts)[list(SENTIMENT)].to_numpy(np.float32)


def targets(texts: pd.DataFrame, probabilities: NDArray[np.float32], weight: float) -> NDArray[np.float32]:
    """Targets (N, C): predictions, averaged with the label if the text has one of sentiment.

    A text without a prediction has the mean of those with the same source, language and label; NaN if there are none.

    Args:
        texts: the texts.
        probabilities: the predictions (N, C); NaN for a text without.
        weight: of the prediction of a text with a label.
    """
    label = texts["label"].where(texts["split"] == "train")
    alike = pd.DataFrame(probabilities).groupby([texts["source"], texts["language"], label])
    mixed = np.where(np.isfinite(probabilities), probabilities, alike.transform("mean").to_numpy())
    is_labelled = (texts["split"] == "train") & (texts["task"] == "sentiment") & (texts["source"] != UNRELATED)
    labelled = is_labelled.to_numpy()
    classes = [SENTIMENT.index(name) for name in label[labelled]]
    mixed[labelled] = weight * mixed[labelled] + (1 - weight) * np.eye(len(SENTIMENT))[classes]
    return mixed.astype(np.float32)


def start(arguments: argparse.Namespace, preparation: TextPreparation) -> MultitaskNetwork:
    """A network with a new text encoder, and the image encoder and image classifier of the teacher."""
    bundle = Bundle.open(find_bundle(TEACHER))
    described = dict(bundle.config.architecture) | {
        "text_encoder": "static",
        "text_settings": {
            "vocabulary": preparation.tokenizer.get_vocab_size(),
            "embedding": arguments.embedding,
            "pairs": arguments.pairs,
            "dropout": arguments.dropout,
        },
        "dropout": arguments.dropout,
    }
    network = MultitaskNetwork(Architecture.from_dict(described))
    network.image_encoder.backbone = nn.Identity()  # a separate file
    weights = {name: value for name, value in graph_weights(bundle) if name.startswith("image_")}
    network.load_state_dict(weights, strict=False)
    return network


def fit(
    network: MultitaskNetwork,
    preparation: TextPreparation,
    texts: pd.Series,
    target: NDArray[np.float32],
    arguments: argparse.Namespace,
) -> None:
    """Train the text encoder and the text classifier, with a linearly decreasing learning rate."""
    ids = preparation.encode_batch(texts)
    lengths = np.array([len(each) for each in ids])
    indices = np.flatnonzero(lengths)
    unknown = preparation.tokenizer.token_to_id("<unk>")
    parameters = [*network.text_encoder.parameters(), *network.text_classifier.parameters()]
    optimizer = torch.optim.Adam(parameters, lr=arguments.learning_rate)
    rng, chunk = np.random.default_rng(arguments.seed), arguments.batch_size * POOL
    steps = arguments.epochs * (len(indices) // chunk) * POOL
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.02, total_iters=steps)
    network.train()
    for epoch in range(arguments.epochs):
        losses = []
        order = rng.permutation(indices)[: len(indices) // chunk * chunk].reshape(-1, chunk)
        for pool in order:
            for rows in rng.permutation(pool[np.argsort(lengths[pool], kind="stable")].reshape(POOL, -1)):
                tokens = preparation.pad([ids[row] for row in rows])
                known = tokens != preparation.pad_id
                dropped = rng.random(tokens.shape) < arguments.word_dropout
                hidden = known & dropped & (known.sum(axis=1, keepdims=True) > SHORT)
                tokens[hidden] = unknown
                logits = network.text_classifier(network.encode_text(torch.from_numpy(tokens)))
                loss = nn.functional.cross_entropy(logits, torch.from_numpy(target[rows]))
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                schedule.step()
                losses.append(loss.item())
        print(f"epoch {epoch + 1}: loss {np.mean(losses):.4f}", flush=True)
    network.eval()
    round_to_half(network)


@torch.inference_mode()
def predict(network: MultitaskNetwork, preparation: TextPreparation, texts: pd.Series) -> NDArray[np.float64]:
    """Logits (N, C) of the text classifier; NaN for a text without words."""
    ids = preparation.encode_batch(texts)
    logits = np.full((len(ids), len(SENTIMENT)), np.nan)
    order = sorted((row for row in range(len(ids)) if len(ids[row])), key=lambda row: len(ids[row]))
    for first in range(0, len(order), 512):
        rows = order[first : first + 512]
        tokens = torch.from_numpy(preparation.pad([ids[row] for row in rows]))
        logits[rows] = network.text_classifier(network.encode_text(tokens)).double().numpy()
    return logits


def by_source(frame: pd.DataFrame, predicted: NDArray[np.int64], truth: NDArray[np.int64]) -> dict[str, float]:
    """Macro recall by source and language."""
    return {
        "/".join(group): float(
            np.mean([(predicted[rows][truth[rows] == c] == c).mean() for c in np.unique(truth[rows])])
        )
        for group, rows in frame.groupby(["source", "language"]).indices.items()
    }


def write(
    network: MultitaskNetwork,
    preparation: TextPreparation,
    validation: pd.DataFrame,
    prior: NDArray[np.float32],
    folder: Path,
) -> None:
    """Measure and calibrate on validation texts, and write the bundle."""
    logits = predict(network, preparation, validation["text"])
    truth = np.array([SENTIMENT.index(label) for label in validation["label"]])
    recalls = by_source(validation, logits.argmax(axis=1), truth)
    print(json.dumps(recalls, indent=1), f"\nmean {np.mean([*recalls.values()]):.4f}")
    temperature = fit_temperature(logits, truth)
    teacher = Bundle.open(find_bundle(TEACHER))
    config = BundleConfig(
        name="sentiment-small",
        labels=SENTIMENT,
        image=teacher.config.image,
        architecture=network.architecture.to_dict(),
        temperatures=Temperatures(image=teacher.config.temperatures.image, text=temperature),
        prior=dict(zip(SENTIMENT, (prior / prior.sum()).tolist(), strict=True)),
        trained=("text",),
        versions=versions(),
        created=datetime.now(UTC).date().isoformat(),
        description="Texts alone, for archives: dozens of times as fast as sentiment.",
    )
    bundle = export_bundle(network, config, preparation, folder, {IMAGE_ENCODER: teacher.path(IMAGE_ENCODER)})
    quantifiers = learn_quantifiers({"text": softmax(logits, temperature)}, truth)
    add_to_bundle(bundle, quantifiers, f"{len(truth):,} validation texts of the training")


if __name__ == "__main__":
    main()
