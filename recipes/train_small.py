"""Train the bundled model for many texts, `sentiment-small`, on the texts of ``sources.py``.

Averaged embeddings are trained on the predictions of the bundled model `sentiment` for all training texts, including
those of the emotion corpora, and on the labels of the texts that have one. The temperature and the correction of shares
are fitted on validation texts. The bundle predicts texts only; it contains the image encoder of `sentiment`, so that
training can start from it with images.

Shape legend: N texts, U texts of a batch, T tokens, C classes.
"""

import argparse
import json
from datetime import UTC, datetime
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


def main() -> None:
    """Distil, calibrate, and write the bundle."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("texts", type=Path, help="the table of sources.py")
    parser.add_argument(
        "-o", "--output", type=Path, required=True, help="the bundle; the predictions of `sentiment` are kept beside it"
    )
    parser.add_argument("--vocabulary", type=int, default=30_000)
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
    predicted = teacher_probabilities(train, arguments.output.with_suffix(".teacher.parquet"))
    target = targets(train, predicted, arguments.teacher_weight)
    preparation = TextPreparation(build_piece_tokenizer(train["text"], arguments.vocabulary), MAX_TOKENS)
    network = start(arguments, preparation)
    fit(network, preparation, train["text"], target, arguments)
    write(network, preparation, validation, target.mean(axis=0), arguments.output)


def read_texts(table: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The texts of ``sources.py`` for training, each once, and the validation texts with a sentiment."""
    frame = pd.read_parquet(table)
    frame["source"] = annotated_by(frame)
    train = frame[frame["split"].isin(["train", "unlabelled"])].drop_duplicates("text").reset_index(drop=True)
    return train, frame[(frame["split"] == "validation") & (frame["task"] == "sentiment")].reset_index(drop=True)


def teacher_probabilities(train: pd.DataFrame, file: Path) -> NDArray[np.float32]:
    """Predictions of the teacher (N, C), which take about an hour, and are cached in a file."""
    if not file.exists():
        model = anymood.load(TEACHER, threads=1, engine="onnxruntime")
        probabilities = model.predict_proba(train["text"], "text")
        pd.DataFrame(probabilities, columns=list(model.labels)).assign(text=train["text"]).to_parquet(file)
    stored = pd.read_parquet(file).drop_duplicates("text").set_index("text")
    return stored.loc[train["text"], list(SENTIMENT)].to_numpy(np.float32)


def targets(
    train: pd.DataFrame, probabilities: NDArray[np.floating], weight: float | NDArray[np.float64]
) -> NDArray[np.float32]:
    """Targets (N, C): probabilities, averaged with the label if the text has one of sentiment.

    Args:
        train: the texts.
        probabilities: (N, C); NaN for a text without words.
        weight: of the probabilities of a text with a label: one for all texts, or (N, 1).
    """
    is_labelled = (train["split"] == "train") & (train["task"] == "sentiment") & (train["source"] != UNRELATED)
    labelled = is_labelled.to_numpy()
    # A text without words has no prediction.
    mixed = np.where(np.isfinite(probabilities), probabilities, 1 / len(SENTIMENT))
    classes = [SENTIMENT.index(label) for label in train["label"][labelled]]
    weights = np.broadcast_to(weight, (len(train), 1))[labelled]
    mixed[labelled] = weights * mixed[labelled] + (1 - weights) * np.eye(len(SENTIMENT))[classes]
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
