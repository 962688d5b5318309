"""Write a small real bundle: three ONNX graphs that take bright images and kind words for positive.

Drawn without torch and the same each time. A text's valence is the mean of its words', an image's
its mean brightness on a scale of about -1 to 1; the features hold it in their first place, and
noise in the others so that every weight counts.
"""

import dataclasses
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers

from anymood.labels import LabelSet
from anymood.preparation.image import ImagePreparation
from anymood.runtime.bundle import Bundle
from anymood.runtime.config import BundleConfig, Temperatures

LABELS = ("negative", "neutral", "positive")
VALENCES = {
    **dict.fromkeys(("<pad>", "<unk>", "report", "meeting", "train", "table", "day", "the", "a", "is"), 0.0),
    **dict.fromkeys(("love", "wonderful", "happy", "best", "sunny", "great", "delight", "winner"), 1.0),
    **dict.fromkeys(("awful", "sad", "broken", "hate", "terrible", "lost", "angry", "ruined"), -1.0),
}
FEATURES = 300  # D
STEEPNESS = 5.0  # of the logits over the valence
NEUTRAL = 0.5  # logit of neutral, whatever the valence

CONFIG = BundleConfig(
    name="tiny",
    labels=LabelSet(LABELS),
    image=ImagePreparation(side=24, resize=28),
    architecture={"image_encoder": "mean", "width": FEATURES},
    temperatures=Temperatures(image=1.5, text=0.8, fused=1.25),
    versions={"onnx": onnx.__version__},
    created="2025-01-31",
    description="Bright images and kind words are positive.",
)


def write_bundle(folder: Any, *, replace: bool = False, files: Any = (), **changes: Any) -> Bundle:
    """A bundle in ``folder``; ``files`` takes the place of some files, ``changes`` of fields of the config."""
    contents = {
        "image.onnx": image_graph(),
        "text.onnx": text_graph(),
        "fusion.onnx": fusion_graph(),
        "tokenizer.json": tokenizer().to_str().encode(),
        "MODEL_CARD.md": b"# tiny\n",
    }
    return Bundle.write(folder, dataclasses.replace(CONFIG, **changes), contents | dict(files), replace=replace)


def parted_graphs(image_model: bytes | None = None) -> dict[str, bytes]:
    """The graphs of images and texts, each with the encoder's part in a file of its own."""
    image, text = onnx.load_from_string(image_model or image_graph()), onnx.load_from_string(text_graph())
    return _parted("image", image, "means", ["B", 3]) | _parted("text", text, "features", ["B", FEATURES])


def _parted(name: str, model: onnx.ModelProto, value: str, shape: list[Any]) -> dict[str, bytes]:
    """Two graphs: up to a value, called ``pooled``, and from there on."""
    nodes = list(model.graph.node)
    end = next(index for index, node in enumerate(nodes) if value in node.output) + 1
    weights = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    first, second = nodes[:end], nodes[end:]
    first.append(helper.make_node("Identity", [value], ["pooled"]))
    second.insert(0, helper.make_node("Identity", ["pooled"], [value]))
    weights_of_part = [{i: weights[i] for node in part for i in node.input if i in weights} for part in (first, second)]
    [graph_input] = model.graph.input
    inputs = {
        graph_input.name: (
            graph_input.type.tensor_type.elem_type,
            [d.dim_param or d.dim_value for d in graph_input.type.tensor_type.shape.dim],
        )
    }
    outputs = {"features": ["B", FEATURES], "logits": ["B", len(LABELS)]}
    return {
        f"{name}_encoder.onnx": _graph(first, weights_of_part[0], inputs, {"pooled": shape}),
        f"{name}.onnx": _graph(second, weights_of_part[1], {"pooled": (TensorProto.FLOAT, shape)}, outputs),
    }


def tokenizer() -> Tokenizer:
    """Words in lower case, ``<pad>`` 0."""
    vocabulary = {word: index for index, word in enumerate(VALENCES)}
    result = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))  # noqa: S106 - a token, no password
    result.normalizer = normalizers.Lowercase()
    result.pre_tokenizer = pre_tokenizers.Split(Regex(r"\w+|[^\w\s]+"), "removed", invert=True)
    return result


def image_graph() -> bytes:
    """Global average of the pixels, a layer to the features, a layer to the logits."""
    weights = _noise(3, FEATURES)
    weights[:, 0] = 1 / 3
    nodes = [
        helper.make_node("GlobalAveragePool", ["pixels"], ["average"]),
        helper.make_node("Flatten", ["average"], ["means"]),
        helper.make_node("MatMul", ["means", "weights"], ["features"]),
        *_classifier(["features"]),
    ]
    return _graph(
        nodes,
        {"weights": weights} | _classifier_weights(FEATURES),
        {"pixels": (TensorProto.FLOAT, ["B", 3, "H", "W"])},
        {"features": ["B", FEATURES], "logits": ["B", len(LABELS)]},
    )


def mapped_image_graph() -> bytes:
    """The same from a feature map: the averages of 4 x 4 regions, whose mean is the average of the pixels."""
    model = onnx.load_from_string(image_graph())
    [pool] = [node for node in model.graph.node if node.op_type == "GlobalAveragePool"]
    pool.input[0] = "map"
    side = CONFIG.image.side // 4
    regions = helper.make_node("AveragePool", ["pixels"], ["map"], kernel_shape=[side, side], strides=[side, side])
    model.graph.node.insert(0, regions)
    onnx.checker.check_model(model, full_check=True)
    return bytes(model.SerializeToString())


def text_graph() -> bytes:
    """Mean of the words' embeddings, without the padding, and a layer to the logits."""
    embeddings = _noise(len(VALENCES), FEATURES)
    embeddings[:, 0] = list(VALENCES.values())
    nodes = [
        helper.make_node("Gather", ["embeddings", "tokens"], ["embedded"]),
        helper.make_node("Greater", ["tokens", "pad"], ["filled"]),
        helper.make_node("Cast", ["filled"], ["mask"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["mask", "last"], ["column"]),
        helper.make_node("Mul", ["embedded", "column"], ["kept"]),
        helper.make_node("ReduceSum", ["kept", "words"], ["sum"], keepdims=0),
        helper.make_node("ReduceSum", ["column", "words"], ["count"], keepdims=0),
        helper.make_node("Div", ["sum", "count"], ["features"]),
        *_classifier(["features"]),
    ]
    constants = {"embeddings": embeddings, "pad": np.int64(0), "last": np.array([2]), "words": np.array([1])}
    return _graph(
        nodes,
        constants | _classifier_weights(FEATURES),
        {"tokens": (TensorProto.INT64, ["B", "T"])},
        {"features": ["B", FEATURES], "logits": ["B", len(LABELS)]},
    )


def fusion_graph() -> bytes:
    """Both features side by side and a layer to the logits."""
    return _graph(
        _classifier(["image_features", "text_features"]),
        _classifier_weights(FEATURES, FEATURES),
        {name: (TensorProto.FLOAT, ["B", FEATURES]) for name in ("image_features", "text_features")},
        {"logits": ["B", len(LABELS)]},
    )


def _classifier(features: list[str]) -> list[onnx.NodeProto]:
    return [
        helper.make_node("Concat", features, ["all_features"], axis=1),
        helper.make_node("Gemm", ["all_features", "classifier", "bias"], ["logits"]),
    ]


def _classifier_weights(*widths: int) -> dict[str, Any]:
    weights = [_noise(width, len(LABELS)) for width in widths]
    for block in weights:
        block[0] = (-STEEPNESS, 0, STEEPNESS)
    return {"classifier": np.concatenate(weights), "bias": np.array([0, NEUTRAL, 0], np.float32)}


def _noise(*shape: int) -> Any:
    return np.random.default_rng(7).normal(0, 0.01, shape).astype(np.float32)


def _graph(nodes: Any, constants: Any, inputs: Any, outputs: Any) -> bytes:
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info(name, kind, shape) for name, (kind, shape) in inputs.items()],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in outputs.items()],
        [numpy_helper.from_array(np.asarray(values), name) for name, values in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    return bytes(model.SerializeToString())
