"""Tune the upper layers of the bundled text encoder, with the bundled models as teachers.

    python recipes/tune_upper_layers.py runs/texts.parquet -o runs/upper
    python recipes/tune_upper_layers.py runs/texts.parquet --go-on runs/upper --teacher-weight 1 --learning-rate 6e-5 \
        --seed 2 -o runs/text_encoder

The encoder is the 8-bit graph in the package, dequantised to float32. Its lower layers are frozen, so that they remain
exact in 8 bits; upper layers can be removed. The states of the tokens after the lower layers are cached on disk in
float16, 770 bytes per token, so that an epoch takes a third of the time. Needs no checkpoint of an earlier training.

The loss of the upper layers has three terms: the labels, the probabilities of the text classifiers of `sentiment` and
`emotion` (Hinton et al. 2015), and the direction of the pooled values. For our own sentences and the posts of
`releases.toml`, it has only the labels, because the bundled model is wrong for many of them. With
``--new-labels-only``, the labels of all other texts are left out. With ``--teacher``, texts without labels are used,
too, without the term of the direction.

Shape legend: U texts, T tokens, N tokens of all texts, D = 384 values of a state or of a text, C classes, S sources.
"""

import argparse
import json
import random
import shutil
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import contrast
import numpy as np
import onnx
import onnxruntime
import pandas as pd
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from onnx import TensorProto, helper
from releases import released
from safetensors.torch import save_file
from sources import LABELS
from tokenizers import Tokenizer
from torch import Tensor, nn
from train_text_encoder import NO_DROPOUT, Settings, Texts, TwoTasks, autocast, fit, with_classes

from anymood.datasets.corpus import SENTIMENT
from anymood.network.pretrained_transformer import read_transformer
from anymood.network.text_encoders.transformer import TransformerTextEncoder, UpperLayers
from anymood.preparation.text import TextPreparation
from anymood.probabilities import softmax
from anymood.runtime.bundle import TEXT_ENCODER, TEXT_GRAPH, TOKENIZER, Bundle
from anymood.runtime.engines.onnxruntime import session_options
from anymood.runtime.finding import find_bundle
from anymood.training.bundle_weights import graph_weights

PREFIX = "text_encoder.backbone.model."  # of the names of the transformer's weights in a network
PRODUCTS = 6  # matrix products of a layer
WIDTH = 384  # D
UNLABELLED = "tweeteval"  # texts that only the teachers label
CAPS = {  # maximum of a source, language and task; of the other sources OTHERS or REST
    "semeval": 4_000,
    "goemotions": 2_500,
    "mvsa_text": 2_000,
    "msed": 1_200,
    "xlmt_umsab": 1_000,
    "xlmt_umsab/hi": 0,
    "emoevent": 700,
    "tweet_extraction": 700,
    "wisesight": 700,
    "us_airlines": 500,
    "dong2014_target": 500,
    UNLABELLED: 14_000,
    contrast.SOURCE: 24_000,
}
OTHERS = dict.fromkeys(released() | {"afrisenti"}, 150)
REST = 400
SEEN = 2_600  # texts of a release that earlier steps were trained on: the others come first
REPEATED = 2  # repetitions of our own sentences in other languages
FITTED = 20_000  # texts on which the classifiers are initialised


def main() -> None:
    """Read the arguments."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("table", type=Path, help="the table of sources.py")
    parser.add_argument("--lower", type=int, default=7, help="layers that are computed once")
    parser.add_argument("--layers", type=int, nargs="+", default=[7, 8, 9], help="upper layers to keep, from 0")
    parser.add_argument("--go-on", type=Path, help="a folder of this command: tune its upper layers further")
    parser.add_argument("--epochs", type=float, default=1.0)
    parser.add_argument("--learning-rate", type=float, default=1.2e-4)
    parser.add_argument("--new-labels-only", action="store_true", help="learn the labels of new texts alone")
    parser.add_argument("--teacher-weight", type=float, default=0.5, help="of the teachers' probabilities")
    parser.add_argument("--direction-weight", type=float, default=2.0, help="of the direction of the pooled values")
    parser.add_argument(
        "--teacher", type=Path, help="predictions of train_teacher.py, another teacher of English sentiments"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--states", type=Path, help="a folder that keeps the states for the next run, some 5 GB")
    parser.add_argument("-o", "--output", type=Path, required=True, help="a folder for the encoder")
    tune(parser.parse_args())


def tune(arguments: argparse.Namespace) -> None:
    """Dequantise the encoder, compute the states, tune, and write a transformers folder."""
    torch.set_num_threads(1)
    torch.manual_seed(arguments.seed)
    settings = Settings(epochs=arguments.epochs, learning_rate=arguments.learning_rate, seed=arguments.seed)
    arguments.output.mkdir(parents=True, exist_ok=True)
    bundle = Bundle.open(find_bundle("sentiment"))
    graph = onnx.load(bundle.path(TEXT_ENCODER))
    encoder = encoder_of(bundle, arguments.lower, arguments.layers)
    model = encoder.backbone.model
    if arguments.go_on:
        tuned = read_transformer(arguments.go_on).weights
        model.load_state_dict(model.state_dict() | {n: w for n, w in tuned.items() if layer_of(n) >= arguments.lower})
    _, upper = encoder.divided()
    frame = pd.read_parquet(arguments.table)
    answers = pd.read_parquet(arguments.teacher) if arguments.teacher else None
    frame, sources = with_classes(labelled(frame, answers))
    new = [index for index, name in enumerate(sources) if name.split("/")[0] in {contrast.SOURCE, *released()}]
    unlabelled = sources.index(UNLABELLED) if UNLABELLED in sources else None
    tokenizer = Tokenizer.from_file(str(bundle.path(TOKENIZER)))
    texts = States(sample(frame), TextPreparation(tokenizer, settings.max_tokens), settings)
    texts.compute(with_states(graph, arguments.lower), new, unlabelled, arguments.states or arguments.output)
    if answers is not None:
        texts.add_teacher(answers)
    network = Student(
        upper,
        len(sources),
        settings.dropout,
        new_labels_only=arguments.new_labels_only,
        teacher_weight=arguments.teacher_weight,
        direction_weight=arguments.direction_weight,
    )
    network.fit_classifiers(texts)
    fit(network, texts, settings, arguments.output)
    write_folder(arguments.output, encoder, bundle)
    (arguments.output / "checkpoint.pt").unlink(missing_ok=True)
    if not arguments.states:
        for file in texts.files:
            file.unlink()


def encoder_of(bundle: Bundle, lower: int, layers: Sequence[int]) -> TransformerTextEncoder:
    """The text encoder of a bundle in float32: its lower layers, which are frozen, and some of the others."""
    encoder = TransformerTextEncoder(config_of(bundle) | NO_DROPOUT)
    model = encoder.backbone.model
    model.set_attn_implementation("sdpa")
    weights = {name.removeprefix(PREFIX): weight for name, weight in graph_weights(bundle) if name.startswith(PREFIX)}
    model.load_state_dict(weights, strict=False)  # the graph has other constants, too
    model.encoder.layer = nn.ModuleList(model.encoder.layer[number] for number in [*range(lower), *layers])
    encoder.tune(len(layers))
    return encoder


def config_of(bundle: Bundle) -> dict[str, Any]:
    """Configuration of the text encoder of a bundle, by the names in transformers."""
    config: dict[str, Any] = bundle.config.architecture["text_settings"]["config"]
    return config


def layer_of(name: str) -> int:
    """Number of the layer that a weight belongs to; -1 for the embeddings."""
    return int(name.split(".")[2]) if name.startswith("encoder.layer.") else -1


def with_states(model: onnx.ModelProto, layers: int) -> onnx.ModelProto:
    """The graph with one more output: the states (1, N, D) after its first layers, of tokens that are no padding."""
    matrices = [node for node in model.graph.node if node.op_type.startswith("MatMulInteger")]
    states = matrices[PRODUCTS * layers].input[0].removesuffix(".uint8")
    more = onnx.ModelProto()
    more.CopyFrom(model)
    more.graph.output.append(helper.make_tensor_value_info(states, TensorProto.FLOAT, None))
    return more


def labelled(frame: pd.DataFrame, answers: pd.DataFrame | None) -> pd.DataFrame:
    """Training and validation rows; unlabelled ones with the labels of the other teacher, if there is one."""
    without = frame["split"] == "unlabelled"
    if answers is None:
        return frame[~without]
    predicted = answers.drop_duplicates("id").set_index("id")[list(SENTIMENT)].idxmax(axis=1)
    labels = frame["label"].where(~without, frame["id"].map(predicted))
    split = frame["split"].where(~without, "train")
    return frame.assign(label=labels, split=split)[labels.notna()]


def sample(frame: pd.DataFrame) -> pd.DataFrame:
    """Training rows: a random sample of each source, language and task, with seed 0."""
    train = frame[frame["split"] == "train"]
    parts = []
    for (source, _, _), rows in train.groupby(["source", "language", "task"]):
        most = CAPS.get(source, OTHERS.get(source.split("/")[0], REST))
        mixed = rows.sample(frac=1, random_state=0)
        if source.split("/")[0] in OTHERS:
            mixed = pd.concat([mixed[SEEN:], mixed[:SEEN]])
        parts.append(mixed[:most])
    sentences = train[(train["source"] == contrast.SOURCE) & (train["language"] != "en")]
    return pd.concat([*parts, *[sentences] * (REPEATED - 1)])


class Student(TwoTasks):
    """Upper layers with classifiers for the labels, and others for the teachers' probabilities.

    Args:
        encoder: the upper layers.
        sources: S.
        dropout: on the pooled values, for the labels.
        new_labels_only: learn only the labels of texts without teachers.
        teacher_weight: weight of the teachers' probabilities in the loss.
        direction_weight: weight of the distance from the teachers' direction.
    """

    def __init__(
        self,
        encoder: UpperLayers,
        sources: int,
        dropout: float,
        *,
        new_labels_only: bool,
        teacher_weight: float,
        direction_weight: float,
    ) -> None:
        super().__init__(encoder, WIDTH, sources, dropout)
        self.new_labels_only = new_labels_only
        self.teacher_weight = teacher_weight
        self.direction_weight = direction_weight
        self.answers = nn.ModuleDict({task: nn.Linear(WIDTH, len(LABELS[task])) for task in LABELS})

    def loss(
        self,
        states: Tensor,
        labels: Tensor,
        sources: Tensor,
        is_task: dict[str, Tensor],
        taught: dict[str, Tensor],
    ) -> Tensor:
        """Cross-entropy of the labels, divergence from the teachers, and distance from their direction."""
        pooled = self.encoder(states).float()
        total = sum(0.001 * biases.square().sum() for biases in self.biases.values())
        is_taught = taught["is_taught"]
        for task, of_task in is_task.items():
            rows = of_task & ~is_taught if self.new_labels_only else of_task
            if rows.any():
                scores = self.classifiers[task](self.dropout(pooled[rows])) + self.bias(task, sources[rows])
                total = total + F.cross_entropy(scores, labels[rows], reduction="sum") / len(labels)
            log_probabilities = self.answers[task](self.dropout(pooled[is_taught])).log_softmax(dim=1)
            divergence = F.kl_div(log_probabilities, taught[task][is_taught], reduction="sum") / len(labels)
            total = total + self.teacher_weight * divergence
        has_direction = taught["has_direction"]
        distance = 1 - F.cosine_similarity(pooled[has_direction], taught["pooled"][has_direction])
        return total + self.direction_weight * distance.sum() / len(labels)

    @torch.no_grad()
    def fit_classifiers(self, texts: "States") -> None:
        """Fit the classifiers to the pooled values, because gradients through random ones would damage the encoder.

        The penalty keeps their weights small. With a hundredth of it, dropout of the pooled values doubles the loss.
        """
        rows = np.random.default_rng(0).permutation(len(texts.texts))[:FITTED]
        rows = rows[np.argsort(texts.lengths[rows], kind="stable")]
        parts = np.array_split(rows, -(-len(rows) // texts.settings.batch_size))
        with autocast():
            pooled = torch.cat([self.encoder(texts.batch(part, random.Random(0))[0]).float() for part in parts])
        is_taught = texts.taught["is_taught"][rows]
        for task, is_task in texts.is_task.items():
            own = rows[is_task[rows]]
            offsets = partial(self.bias, task, texts.sources[own])
            fit_linear(
                self.classifiers[task], pooled[is_task[rows]], texts.labels[own], 2e-2, self.biases[task], offsets
            )
            probabilities = torch.from_numpy(texts.taught[task][rows[is_taught]])
            fit_linear(self.answers[task], pooled[is_taught], probabilities, 5e-3)


def fit_linear(
    linear: nn.Linear,
    values: Tensor,
    target: Tensor,
    penalty: float,
    biases: nn.Parameter | None = None,
    offsets: Callable[[], Tensor] | None = None,
) -> None:
    """Multinomial regression of classes (U,) or probabilities (U, C) on standardised values (U, D)."""
    center, spread = values.mean(dim=0), values.std(dim=0) + 1e-6
    values = (values - center) / spread
    nn.init.zeros_(linear.weight)
    parameters = [*linear.parameters(), *([] if biases is None else [biases])]
    optimizer = torch.optim.LBFGS(parameters, max_iter=60, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimizer.zero_grad()
        with torch.enable_grad():
            total = F.cross_entropy(linear(values) + (offsets() if offsets else 0), target)
            total = total + penalty * linear.weight.square().sum()
            if biases is not None:
                total = total + 1e-4 * biases.square().sum()
            total.backward()
        return total

    optimizer.step(loss)
    linear.weight /= spread
    linear.bias -= linear.weight @ center


class States(Texts):
    """Training texts, each varied once, as states of the lower layers, and the teachers' predictions.

    Args:
        frame: rows of the training part.
        preparation: tokenizer and longest text.
        settings: how the encoder is tuned.
    """

    def compute(self, model: onnx.ModelProto, new: Sequence[int], unlabelled: int | None, folder: Path) -> None:
        """Run the encoder on all texts, and cache the states (N, D) in a file of the folder.

        Args:
            model: graph with one more output, the states.
            new: sources that the bundled models were not trained on, and are no teachers for.
            unlabelled: the source whose texts have no term of the direction.
            folder: folder of the cache.
        """
        folder.mkdir(parents=True, exist_ok=True)
        self.files = file, answers = folder / "states.npy", folder / "answers.npz"
        rng = random.Random(0)
        varied = [self._varied(index, rng) for index in range(len(self.texts))]
        self.is_alone = np.array([len(text) <= len(own) for text, own in zip(varied, self.texts, strict=True)])
        ids = [np.array(encoding.ids) for encoding in self.tokenizer.encode_batch(varied)]
        self.lengths = np.array([len(row) for row in ids])
        self.ends = np.cumsum(self.lengths)
        if not answers.exists():
            np.savez(answers, **self._run(model, ids, file))
        self.states = np.load(file, mmap_mode="r")
        self.taught = dict(np.load(answers))
        self.taught["is_taught"] = ~np.isin(self.sources, new)
        self.taught["has_direction"] = self.taught["is_taught"] & (self.sources.numpy() != unlabelled)

    def add_teacher(self, answers: pd.DataFrame) -> None:
        """Average the bundle's probabilities with those of another teacher, for texts that are not joined with others.

        Args:
            answers: columns ``id`` and a probability for each label.
        """
        probabilities = (
            answers.drop_duplicates("id").set_index("id")[list(SENTIMENT)].reindex(self.keys).to_numpy(np.float32)
        )
        both = self.is_alone & np.isfinite(probabilities).all(axis=1)
        self.taught["sentiment"][both] = (self.taught["sentiment"][both] + probabilities[both]) / 2

    def _run(self, model: onnx.ModelProto, ids: list[NDArray[np.int64]], file: Path) -> dict[str, NDArray[np.float32]]:
        """Write the states; returns the pooled values (U, D) and the teachers' probabilities (U, C)."""
        options = session_options(threads=1)
        states = np.lib.format.open_memmap(file, "w+", np.float16, (int(self.ends[-1]), WIDTH))
        graph = onnxruntime.InferenceSession(model.SerializeToString(), options)
        pooled = np.zeros((len(ids), WIDTH), np.float32)
        order = np.argsort(self.lengths, kind="stable")
        for part in np.array_split(order, -(-len(order) // self.settings.batch_size)):
            pooled[part], [packed] = graph.run(None, {"tokens": self.preparation.pad([ids[index] for index in part])})
            for index, rows in zip(part, np.split(packed, np.cumsum(self.lengths[part])[:-1]), strict=True):
                self._of(states, index)[:] = rows
        states.flush()
        answers = {"pooled": pooled}
        for task in LABELS:
            bundle = Bundle.open(find_bundle(task))
            head = onnxruntime.InferenceSession(bundle.path(TEXT_GRAPH), options)
            [logits] = head.run(["logits"], {"pooled": pooled})
            answers[task] = softmax(logits / bundle.config.temperatures.text).astype(np.float32)
        return answers

    def _of(self, states: NDArray[np.float16], index: int) -> NDArray[np.float16]:
        """States (T, D) of a text, a view."""
        return states[self.ends[index] - self.lengths[index] : self.ends[index]]

    def batch(
        self, indices: NDArray[np.int64], rng: random.Random
    ) -> tuple[Tensor, Tensor, Tensor, dict[str, Tensor], dict[str, Tensor]]:
        """States, labels, sources, tasks and the teachers' predictions of some texts."""
        states = [torch.from_numpy(self._of(self.states, index).astype(np.float32)) for index in indices]
        rows = torch.from_numpy(indices)
        is_task = {task: on[rows] for task, on in self.is_task.items()}
        taught = {name: torch.from_numpy(values[indices]) for name, values in self.taught.items()}
        return nn.utils.rnn.pad_sequence(states, True), self.labels[rows], self.sources[rows], is_task, taught


def write_folder(folder: Path, encoder: TransformerTextEncoder, bundle: Bundle) -> None:
    """Write a transformers folder."""
    model = encoder.backbone.model
    save_file({name: weight.contiguous() for name, weight in model.state_dict().items()}, folder / "model.safetensors")
    config = config_of(bundle) | {"num_hidden_layers": len(model.encoder.layer)}
    (folder / "config.json").write_text(json.dumps(config))
    shutil.copyfile(bundle.path(TOKENIZER), folder / "tokenizer.json")


if __name__ == "__main__":
    main()
