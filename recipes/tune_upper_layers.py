"""Tune the upper layers of the bundled text encoder further, on the states of its lower layers, computed once.

    python recipes/tune_upper_layers.py runs/texts.parquet -o runs/upper
    python recipes/average.py runs/upper/start runs/upper -o runs/text_encoder

The encoder is the int8 graph in the package, read back into float32 (``start``): its lower layers stay as they are, to
the last bit of their 8. The states of the tokens after them are kept on disk in float16, 770 bytes a token, so that a
pass takes half the time of one over the whole encoder. Needs no checkpoint of an earlier training.

Shape legend: U texts, T tokens, N tokens of all texts, D = 384 values of a state.
"""

import argparse
import json
import random
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pandas as pd
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from safetensors.torch import save_file
from torch import Tensor, nn
from train_text_encoder import Settings, Texts, TwoTasks, fit, with_classes
from transformers import AutoModel, BertConfig

from anymood.export.quantisation import INT4, INT4_SCALE, INT8, INT8_SCALE, from_int4
from anymood.network.pretrained_transformer import PretrainedTransformer, read_transformer
from anymood.preparation.text import TextPreparation
from anymood.runtime.bundle import TEXT_ENCODER, TOKENIZER, Bundle
from anymood.runtime.finding import find_bundle

LAYERS, PREFIX = 12, "backbone.model."
PRODUCTS = (  # of a layer, in the order of the graph
    "attention.self.query",
    "attention.self.key",
    "attention.self.value",
    "attention.output.dense",
    "intermediate.dense",
    "output.dense",
)
CONFIG = {
    "model_type": "bert",
    "hidden_size": 384,
    "num_hidden_layers": LAYERS,
    "num_attention_heads": 12,
    "intermediate_size": 1536,
    "vocab_size": 250002,
    "max_position_embeddings": 512,
    "type_vocab_size": 2,
    "hidden_act": "gelu",
    "layer_norm_eps": 1e-12,
    "pad_token_id": 1,
}
CAPS = {  # texts of a source at most, else OTHERS
    "semeval": 26_000,
    "goemotions": 16_000,
    "tweet_extraction": 12_000,
    "contrast": 12_000,
    "us_airlines": 6_000,
    "wisesight": 6_000,
    "msed": 6_000,
    "emoevent": 8_000,
    "dong2014_target": 4_000,
    "afrisenti/ha": 3_000,
    "xlmt_umsab/hi": 0,
}
OTHERS = {"afrisenti": 1_500}
TWICE = "xlmt_umsab"


def main() -> None:
    """Read the encoder back, compute the states, tune, and write a transformers folder."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("table", type=Path, help="what sources.py wrote")
    parser.add_argument("--lower", type=int, default=7, help="layers that are computed once")
    parser.add_argument("--epochs", type=float, default=1.0)
    parser.add_argument("--learning-rate", type=float, default=6e-5)
    parser.add_argument("-o", "--output", type=Path, required=True, help="a folder for the encoder")
    given = parser.parse_args()
    torch.set_num_threads(1)
    settings = Settings(epochs=given.epochs, learning_rate=given.learning_rate)
    torch.manual_seed(settings.seed)
    given.output.mkdir(parents=True, exist_ok=True)
    bundle = Bundle.open(find_bundle("sentiment"))
    graph = onnx.load(bundle.path(TEXT_ENCODER))
    write_folder(given.output / "start", unpacked(graph), bundle.path(TOKENIZER))
    start = read_transformer(given.output / "start")
    frame, sources = with_classes(pd.read_parquet(given.table))
    upper = UpperLayers(start, given.lower)
    network = TwoTasks(upper, CONFIG["hidden_size"], len(sources), settings.dropout)
    texts = States(sample(frame, settings.seed), TextPreparation(start.tokenizer, settings.max_tokens), settings)
    texts.compute(lower_graph(graph, given.lower), given.output / "states.npy")
    fit(network, texts, settings, given.output)
    tuned = {f"encoder.layer.{given.lower + int(n[0])}.{n[1]}": w for n, w in upper.numbered()}
    write_folder(given.output, start.weights | tuned, bundle.path(TOKENIZER))
    for name in ("checkpoint.pt", "states.npy"):
        (given.output / name).unlink(missing_ok=True)


def unpacked(model: onnx.ModelProto) -> dict[str, Tensor]:
    """Weights of the transformer in an int8 graph, by their names in transformers."""
    stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    weights = {
        name.removeprefix(PREFIX): values
        for name, values in stored.items()
        if name.startswith(PREFIX) and name.endswith(("weight", "bias"))
    }
    words = "embeddings.word_embeddings.weight"
    weights[words] = from_int4(stored[PREFIX + words + INT4], stored[PREFIX + words + INT4_SCALE])
    matrices = [node.input[1] for node in model.graph.node if node.op_type == "MatMulInteger"]
    for place, name in enumerate(matrices):
        layer, product = divmod(place, len(PRODUCTS))
        scales = stored[name.removesuffix(INT8) + INT8_SCALE]
        values = (stored[name].astype(np.float32) * scales).T
        weights[f"encoder.layer.{layer}.{PRODUCTS[product]}.weight"] = values
    return {name: torch.from_numpy(np.array(values, order="C")) for name, values in weights.items()}


def lower_graph(model: onnx.ModelProto, layers: int) -> onnx.ModelProto:
    """The graph from tokens (U, T) to the states (1, N, D) after its first layers, of tokens that are no padding."""
    matrices = [node for node in model.graph.node if node.op_type == "MatMulInteger"]
    states = matrices[len(PRODUCTS) * layers].input[0].removesuffix(".uint8")
    read, kept = {states}, []
    for node in reversed(model.graph.node):
        if read & set(node.output):
            kept.append(node)
            read |= set(node.input)
    output = helper.make_tensor_value_info(states, TensorProto.FLOAT, None)
    weights = [tensor for tensor in model.graph.initializer if tensor.name in read]
    graph = helper.make_graph(kept[::-1], "lower", list(model.graph.input), [output], weights)
    return helper.make_model(graph, opset_imports=model.opset_import, ir_version=model.ir_version)


def sample(frame: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Rows to learn from, of each source and language in the proportions of its labels."""
    train = frame[frame["split"] == "train"]
    parts = []
    for (source, _), rows in train.groupby(["source", "language"]):
        most = CAPS.get(source, OTHERS.get(source.split("/")[0], len(rows)))
        parts.append(rows.sample(min(most, len(rows)), random_state=seed))
    return pd.concat([*parts, train[train["source"] == TWICE]])


class UpperLayers(nn.Module):
    """Layers of a transformer from one on, and the mean over the text.

    Shape: states (U, T, D) after the layers below, and which are tokens (U, T) -> (U, D).
    """

    def __init__(self, start: PretrainedTransformer, lower: int) -> None:
        super().__init__()
        config = BertConfig(**start.config, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
        model = AutoModel.from_config(config, attn_implementation="sdpa")
        model.load_state_dict(start.weights, strict=False)  # but for the pooler, which is not used
        self.layers = model.encoder.layer[lower:]

    def forward(self, inputs: tuple[Tensor, Tensor]) -> Tensor:
        """Mean state of each text."""
        states, is_token = inputs
        far = torch.zeros(is_token.shape).masked_fill(~is_token, torch.finfo(torch.float32).min)
        for layer in self.layers:
            states = layer(states, attention_mask=far[:, None, None])
        weight = is_token[:, :, None].float()
        return (states.float() * weight).sum(dim=1) / weight.sum(dim=1)

    def numbered(self) -> list[tuple[list[str], Tensor]]:
        """Weights by the number of their layer, from 0, and their name in it."""
        return [(name.split(".", 1), weight) for name, weight in self.layers.state_dict().items()]


class States(Texts):
    """Training texts as the states that the lower layers make of them, each varied once.

    Args:
        frame: rows of the training part.
        preparation: tokenizer and longest text.
        settings: how the encoder is tuned.
    """

    def compute(self, model: onnx.ModelProto, file: Path) -> None:
        """Run the lower layers over all texts and keep the states (N, D) in a file."""
        rng = random.Random(self.settings.seed)
        varied = [self._varied(index, rng) for index in range(len(self.texts))]
        ids = [np.array(encoding.ids) for encoding in self.tokenizer.encode_batch(varied)]
        self.lengths = np.array([len(row) for row in ids])
        self.ends = np.cumsum(self.lengths)
        shape = (int(self.ends[-1]), CONFIG["hidden_size"])
        self.states = np.lib.format.open_memmap(file, "w+", np.float16, shape)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        graph = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
        order = np.argsort(self.lengths, kind="stable")
        for part in np.array_split(order, -(-len(order) // self.settings.batch_size)):
            [[found]] = graph.run(None, {"tokens": self.preparation.pad([ids[index] for index in part])})
            for index, rows in zip(part, np.split(found, np.cumsum(self.lengths[part])[:-1]), strict=True):
                self.of(index)[:] = rows

    def of(self, index: int) -> NDArray[np.float16]:
        """States (T, D) of a text, a view."""
        return self.states[self.ends[index] - self.lengths[index] : self.ends[index]]  # type: ignore[no-any-return]

    def batch(
        self, indices: NDArray[np.int64], rng: random.Random
    ) -> tuple[tuple[Tensor, Tensor], Tensor, Tensor, dict[str, Tensor]]:
        """States, labels, sources and tasks of some texts."""
        states = [torch.from_numpy(self.of(index).astype(np.float32)) for index in indices]
        is_token = [torch.ones(len(each), dtype=torch.bool) for each in states]
        rows = torch.from_numpy(indices)
        inputs = nn.utils.rnn.pad_sequence(states, True), nn.utils.rnn.pad_sequence(is_token, True)
        return inputs, self.labels[rows], self.sources[rows], {task: on[rows] for task, on in self.is_task.items()}


def write_folder(folder: Path, weights: dict[str, Tensor], tokenizer: Path) -> None:
    """Write a transformers folder."""
    folder.mkdir(parents=True, exist_ok=True)
    save_file({name: weight.contiguous() for name, weight in weights.items()}, folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps(CONFIG))
    (folder / "tokenizer.json").write_bytes(tokenizer.read_bytes())


if __name__ == "__main__":
    main()
