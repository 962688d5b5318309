"""Tune multilingual-e5-small for sentiment and emotion on all texts of ``sources.py``.

The network has one encoder, a linear classifier for each task, and a bias for each source, because sources differ in
their label proportions and in the meaning of neutral. Only the encoder becomes part of a bundle. The token embeddings
are not tuned, so that they remain exact in 4 bits, and are the same for languages without training texts.

Writes a transformers folder (for ``--text-folder``), metrics of the validation parts, and a checkpoint every ten
minutes, from which the same command resumes. Uses one thread, and bfloat16 if the CPU supports it.

Shape legend: U texts, T tokens, F = 384 pooled values, C classes, S sources.
"""

import argparse
import dataclasses
import json
import random
import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from sources import LABELS, annotated_by
from torch import Tensor, nn

from anymood.datasets.corpus import SENTIMENT
from anymood.files import atomic_write
from anymood.network.pretrained_transformer import pretrained_transformer
from anymood.network.text_encoders.transformer import TransformerTextEncoder
from anymood.preparation.cleaning import LINK, USER
from anymood.preparation.text import TextPreparation
from anymood.runtime.cores import lacks_amx

NO_DROPOUT = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}  # within the layers of a transformer
SIGN = re.compile(rf"(?:{USER}|{LINK})(?:\s+|$)")
CHECKPOINT_SECONDS = 600
POOL = 100  # batches whose texts are sorted by length together
WIDTHS = 8  # batches are padded to a multiple of it, because torch keeps memory for each shape


@dataclass(frozen=True)
class Settings:
    """How the encoder is tuned."""

    epochs: float = 1.5
    learning_rate: float = 1.2e-4
    classifier_rate: float = 5e-4
    bias_rate: float = 1e-2
    weight_decay: float = 0.01
    warm_up: float = 0.03
    batch_size: int = 32
    max_tokens: int = 128
    dropout: float = 0.1
    """Of the pooled values. Dropout within the layers would take a tenth of the time, and one epoch needs none."""
    sign_dropout: float = 0.3
    """Probability of removing the links and user names of a text."""
    joined: float = 0.06
    """Probability of joining a text with others of its source, which are neutral or have its label, to a long post."""
    repeats: tuple[tuple[str, int], ...] = (("xlmt_umsab", 3),)
    """Sources whose texts are repeated: six of the languages have only 1,800 texts each."""
    caps: tuple[tuple[str, int], ...] = (("wisesight", 10_000), ("afrisenti/ha", 8_000), ("xlmt_umsab/hi", 0))
    """Maximum number of texts of a source. The labels of UMSAB's Hindi training part are unrelated to its texts."""
    seed: int = 1


class TwoTasks(nn.Module):
    """An encoder with a classifier for sentiment and one for emotion, and biases of the sources.

    Args:
        encoder: token ids (U, T) to pooled values (U, F).
        width: F.
        sources: S.
        dropout: on the pooled values.
    """

    def __init__(self, encoder: nn.Module, width: int, sources: int, dropout: float) -> None:
        super().__init__()
        self.encoder = encoder
        self.dropout = nn.Dropout(dropout)
        self.classifiers = nn.ModuleDict({task: nn.Linear(width, len(labels)) for task, labels in LABELS.items()})
        self.biases = nn.ParameterDict({task: torch.zeros(sources, len(labels)) for task, labels in LABELS.items()})

    def forward(self, tokens: Tensor) -> dict[str, Tensor]:
        """Logits (U, C) of each task, without the biases."""
        pooled = self.dropout(self.encoder(tokens).float())
        return {task: classifier(pooled) for task, classifier in self.classifiers.items()}

    def bias(self, task: str, sources: Tensor) -> Tensor:
        """Biases (U, C) of the texts' sources, each with mean 0."""
        biases = self.biases[task]
        return (biases - biases.mean(dim=1, keepdim=True))[sources]

    def loss(self, tokens: Tensor, labels: Tensor, sources: Tensor, is_task: dict[str, Tensor]) -> Tensor:
        """Cross-entropy of each text for its task, and a small penalty on the squared biases."""
        logits = self(tokens)
        total = sum(0.001 * biases.square().sum() for biases in self.biases.values())
        for task, rows in is_task.items():
            if rows.any():
                scores = logits[task][rows] + self.bias(task, sources[rows])
                total = total + F.cross_entropy(scores, labels[rows], reduction="sum") / len(labels)
        return total


class Texts:
    """The training texts and the batches of an epoch.

    Args:
        frame: rows of the training part.
        preparation: tokenizer and maximum length.
        settings: how the encoder is tuned.
    """

    def __init__(self, frame: pd.DataFrame, preparation: TextPreparation, settings: Settings) -> None:
        self.settings = settings
        self.tokenizer = preparation.tokenizer
        self.preparation = preparation
        self.keys = frame["id"].tolist()
        self.texts = frame["text"].tolist()
        self.labels = torch.from_numpy(frame["class"].to_numpy())
        self.sources = torch.from_numpy(frame["source_index"].to_numpy())
        self.is_task = {task: torch.from_numpy((frame["task"] == task).to_numpy()) for task in LABELS}
        self.lengths = np.array([len(encoding.ids) for encoding in self.tokenizer.encode_batch(self.texts)])
        self.neighbours: dict[tuple[int, int], list[int]] = {}
        for index in np.flatnonzero(self.is_task["sentiment"]):
            key = int(self.sources[index]), int(self.labels[index])
            self.neighbours.setdefault(key, []).append(int(index))

    def __len__(self) -> int:
        """Batches of an epoch."""
        chunk = self.settings.batch_size * POOL
        return sum(
            min(chunk, len(self.texts) - start) // self.settings.batch_size
            for start in range(0, len(self.texts), chunk)
        )

    def batches(self, epoch: int) -> list[np.ndarray]:
        """Indices of the texts of each batch, of similar length, in a random order by the epoch."""
        rng, size = np.random.default_rng((self.settings.seed, epoch)), self.settings.batch_size
        order = rng.permutation(len(self.texts))
        batches = []
        for start in range(0, len(order), size * POOL):
            part = order[start : start + size * POOL]
            part = part[np.argsort(self.lengths[part] + 2 * rng.random(len(part)), kind="stable")]
            batches += [part[first : first + size] for first in range(0, len(part) - size + 1, size)]
        rng.shuffle(batches)
        return batches

    def batch(self, indices: np.ndarray, rng: random.Random) -> tuple[Tensor, Tensor, Tensor, dict[str, Tensor]]:
        """Tokens, labels, sources and tasks of some texts."""
        ids = [encoding.ids for encoding in self.tokenizer.encode_batch([self._varied(int(i), rng) for i in indices])]
        tokens = self.padded(ids)
        rows = torch.from_numpy(indices)
        return tokens, self.labels[rows], self.sources[rows], {task: on[rows] for task, on in self.is_task.items()}

    def padded(self, ids: list[list[int]]) -> Tensor:
        """Token ids (U, T)."""
        width = -(-max(map(len, ids)) // WIDTHS) * WIDTHS
        return torch.from_numpy(self.preparation.pad([np.array(row) for row in ids], width))

    def _varied(self, index: int, rng: random.Random) -> str:
        """A text, at random without links and user names, or joined with others."""
        text = self._without_signs(self.texts[index], rng)
        if not self.is_task["sentiment"][index] or rng.random() >= self.settings.joined:
            return text
        source, label = int(self.sources[index]), int(self.labels[index])
        neutral = SENTIMENT.index("neutral")
        parts = [text]
        for _ in range(rng.choice([1, 1, 2, 3])):
            other = label if rng.random() < 0.3 else neutral
            if candidates := self.neighbours.get((source, other)):
                parts.insert(rng.randrange(len(parts) + 1), self.texts[rng.choice(candidates)])
        return " ".join(parts)

    def _without_signs(self, text: str, rng: random.Random) -> str:
        if rng.random() < self.settings.sign_dropout:
            return SIGN.sub("", text).strip() or text
        return text


def main() -> None:
    """Train or resume, and write the folder."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("table", type=Path, help="the table of sources.py")
    parser.add_argument("-o", "--output", type=Path, required=True, help="a folder for the encoder")
    parser.add_argument("--text-folder", default="e5", help="the starting point: e5, or a folder of this command")
    for field in dataclasses.fields(Settings):
        if field.type in (int, float):
            parser.add_argument(f"--{field.name.replace('_', '-')}", type=field.type, default=field.default)
    arguments = vars(parser.parse_args())
    table, output, begin = arguments.pop("table"), arguments.pop("output"), arguments.pop("text_folder")
    run(pd.read_parquet(table), output, begin, Settings(**arguments))


def run(frame: pd.DataFrame, output: Path, begin: str, settings: Settings) -> None:
    """Train on a table and write the encoder's folder."""
    output.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    torch.manual_seed(settings.seed)
    start = pretrained_transformer(begin)
    config = start.config | NO_DROPOUT
    encoder = TransformerTextEncoder(config)
    encoder.backbone.model.load_state_dict(start.weights)
    backbone = encoder.packed().backbone
    backbone.model.get_input_embeddings().weight.requires_grad_(False)
    frame, sources = with_classes(frame)
    network = TwoTasks(backbone, config["hidden_size"], len(sources), settings.dropout)
    texts = Texts(training_part(frame, settings), TextPreparation(start.tokenizer, settings.max_tokens), settings)
    began = time.monotonic()
    fit(network, texts, settings, output)
    validation = frame[frame["split"].isin(["validation", "contrast"])]
    metrics = measure(network, texts, validation)
    metrics |= {"settings": dataclasses.asdict(settings), "seconds": round(time.monotonic() - began)}
    with atomic_write(output / "metrics.json") as file:
        file.write(json.dumps(metrics, indent=1).encode())
    weights = {name: weight.contiguous() for name, weight in backbone.model.state_dict().items()}
    save_file(weights, output / "model.safetensors")
    (output / "config.json").write_text(json.dumps(start.config))
    start.tokenizer.save(str(output / "tokenizer.json"), pretty=False)
    (output / "checkpoint.pt").unlink(missing_ok=True)


def with_classes(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """The rows with their class and the index of their source, and the sources."""
    source = annotated_by(frame)
    names = sorted(source.unique())
    classes = [LABELS[task].index(label) for task, label in zip(frame["task"], frame["label"], strict=True)]
    return frame.assign(**{"source": source, "source_index": source.map(names.index), "class": classes}), names


def training_part(frame: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """Training rows, fewer of some sources and repeated ones of others."""
    train = frame[frame["split"] == "train"]
    for source, most in settings.caps:
        rows = train.index[train["source"] == source]
        if len(rows) > most:
            train = train.drop(np.random.default_rng(settings.seed).choice(rows, len(rows) - most, replace=False))
    return pd.concat(
        [train, *(train[train["source"] == source] for source, n in settings.repeats for _ in range(n - 1))]
    )


def fit(network: TwoTasks, texts: Texts, settings: Settings, output: Path) -> None:
    """Train, from the checkpoint in the folder if there is one."""
    steps = round(len(texts) * settings.epochs)
    optimizer = torch.optim.AdamW(_groups(network, settings), foreach=True)
    rates = [group["lr"] for group in optimizer.param_groups]
    checkpoint, step = output / "checkpoint.pt", 0
    if checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True)
        network.load_state_dict(state["network"], strict=False)
        optimizer.load_state_dict(state["optimizer"])
        step = state["step"]
    saved = began = time.monotonic()
    first, losses = step, []
    network.train()
    while step < steps:
        order = texts.batches(step // len(texts))
        indices = order[step % len(texts)]
        step += 1
        factor = _rate(step, steps, settings.warm_up)
        for group, rate in zip(optimizer.param_groups, rates, strict=True):
            group["lr"] = rate * factor
        batch = texts.batch(indices, random.Random(f"{settings.seed} {step}"))
        torch.manual_seed(settings.seed * 1_000_003 + step)
        with autocast():
            loss = network.loss(*batch)
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
        if step % 100 == 0:
            speed = (step - first) * settings.batch_size / (time.monotonic() - began)
            left = (steps - step) * settings.batch_size / speed / 60
            print(
                f"step {step} of {steps}: loss {np.mean(losses[-100:]):.4f}, {speed:.0f} texts/s, {left:.0f} min left"
            )
        if time.monotonic() - saved > CHECKPOINT_SECONDS:
            tuned = {name for name, weight in network.named_parameters() if weight.requires_grad}
            weights = {name: weight for name, weight in network.state_dict().items() if name in tuned}
            with atomic_write(checkpoint) as file:
                torch.save({"network": weights, "optimizer": optimizer.state_dict(), "step": step}, file)
            saved = time.monotonic()


def autocast() -> torch.autocast:
    """Use bfloat16 if the processor supports it natively; otherwise it would take eight times as long.

    On Intel CPUs without AMX it takes twice as long as float32.
    """
    is_native = torch.ops.mkldnn._is_mkldnn_bf16_supported()
    return torch.autocast("cpu", torch.bfloat16, enabled=is_native and not lacks_amx())


def _groups(network: TwoTasks, settings: Settings) -> list[dict[str, Any]]:
    """Parameters grouped by learning rate and weight decay."""
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    for name, parameter in network.named_parameters():
        if not parameter.requires_grad:
            continue
        decay = settings.weight_decay if parameter.ndim > 1 else 0.0
        rate = settings.learning_rate if name.startswith("encoder.") else settings.classifier_rate
        key = (settings.bias_rate, 0.02) if name.startswith("biases.") else (rate, decay)
        groups.setdefault(key, []).append(parameter)
    return [{"params": params, "lr": rate, "weight_decay": decay} for (rate, decay), params in groups.items()]


def _rate(step: int, steps: int, warm_up: float) -> float:
    """Factor of the learning rates, which rise linearly, and then fall linearly to a fiftieth."""
    rising = max(1.0, warm_up * steps)
    return step / rising if step < rising else 0.02 + 0.98 * (steps - step) / max(1.0, steps - rising)


@torch.inference_mode()
def measure(network: TwoTasks, texts: Texts, frame: pd.DataFrame) -> dict[str, Any]:
    """Recall of each class and macro recall by task, source and language, without the sources' biases."""
    network.eval()
    frame = frame.reset_index(drop=True)
    ids = [encoding.ids for encoding in texts.tokenizer.encode_batch(frame["text"].tolist())]
    predicted = {task: np.zeros(len(ids), np.int64) for task in LABELS}
    order = sorted(range(len(ids)), key=lambda index: len(ids[index]))
    for start in range(0, len(order), 32):
        part = order[start : start + 32]
        with autocast():
            logits = network(texts.padded([ids[index] for index in part]))
        for task in LABELS:
            predicted[task][part] = logits[task].float().argmax(dim=1).numpy()
    results: dict[str, Any] = {}
    groups = ["task", "source", "language", "category"]
    for (task, source, language, category), rows in frame.fillna({"category": ""}).groupby(groups):
        truth, predictions = rows["class"].to_numpy(), predicted[task][rows.index]
        recall = {
            name: round(float((predictions[truth == index] == index).mean()), 4)
            for index, name in enumerate(LABELS[task])
            if (truth == index).any()
        }
        name = "/".join(filter(None, (source, language, category)))
        accuracy = round(float((predictions == truth).mean()), 4)
        results[name] = {
            "n": len(rows),
            "accuracy": accuracy,
            "macro recall": round(float(np.mean(list(recall.values()))), 4),
            "recall": recall,
        }
    return {"validation": results}


if __name__ == "__main__":
    main()
