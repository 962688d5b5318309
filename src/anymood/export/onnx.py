"""Export the graphs of a bundle, and compare them with the network."""

import tempfile
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import onnx
import onnxscript.optimizer
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from anymood.errors import ExportError
from anymood.export.convolutions import quantise_convolutions
from anymood.export.embeddings import is_int4, pack_embeddings
from anymood.export.products import quantise_products
from anymood.export.scales import activations
from anymood.files import atomic_write
from anymood.network.encoder import Encoder, TextEncoder
from anymood.network.fusion import Classifiers
from anymood.network.multitask import MultitaskNetwork
from anymood.preparation.text import TextPreparation
from anymood.probabilities import softmax
from anymood.runtime.bundle import (
    FUSION_GRAPH,
    IMAGE_ENCODER,
    IMAGE_GRAPH,
    TEXT_ENCODER,
    TEXT_GRAPH,
    TOKENIZER,
    Bundle,
)
from anymood.runtime.config import BundleConfig
from anymood.runtime.graphs import BundleGraphs

OPSET = 18  # minimum of torch's exporter; ONNX Runtime supports it since 1.14
MIN_R2 = 0.95  # of features in 8 bits; the bundled encoders reach 0.99
TOLERANCE = 1e-4  # maximum difference of a probability between the graphs and the network
VERIFIED_BATCHES = (1, 5)  # a single post and a batch
VERIFIED_LENGTHS = (1, 4, 23)  # tokens: shorter than any window, shorter than the longest, a usual post


class EncoderGraph(nn.Module):
    """Pixels, token ids or, if the backbone is a separate graph, pooled values to r (B, D) and logits (B, C)."""

    def __init__(self, encoder: Encoder, classifier: nn.Module) -> None:
        super().__init__()
        self.encoder, self.classifier = encoder, classifier

    def forward(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        """Representation and logits."""
        features = self.encoder(inputs)
        return features, self.classifier(features)


class BackboneGraph(nn.Module):
    """Pixels or token ids to the pooled values (B, F) of an encoder."""

    def __init__(self, encoder: Encoder) -> None:
        super().__init__()
        self.backbone = encoder.backbone

    def forward(self, inputs: Tensor) -> Tensor:
        """Pooled values."""
        return self.backbone(inputs)  # type: ignore[no-any-return]


class FusionGraph(nn.Module):
    """r_v and r_t (B, D) to the logits of C_m (B, C)."""

    def __init__(self, network: MultitaskNetwork) -> None:
        super().__init__()
        self.fusion, self.classifier = network.fusion, network.fused_classifier
        self.image_classifier, self.text_classifier = network.image_classifier, network.text_classifier

    def forward(self, image_features: Tensor, text_features: Tensor) -> Tensor:
        """Logits."""
        classifiers = Classifiers(self.image_classifier, self.text_classifier, self.classifier)
        return self.fusion.classify(image_features, text_features, classifiers)


def export_bundle(
    network: MultitaskNetwork,
    config: BundleConfig,
    text_preparation: TextPreparation,
    folder: Path,
    encoders: Mapping[str, Path] | None = None,
) -> Bundle:
    """Write a bundle, whose graphs are compared with the network.

    Weights of two and more dimensions that float16 represents exactly are stored in float16.

    Args:
        network: the trained network, on the CPU, in float32.
        config: configuration of the bundle; file hashes are filled in.
        text_preparation: text preparation with the tokenizer of the bundle.
        folder: folder of the bundle; an existing one is replaced.
        encoders: graphs of encoders by their name in the bundle (``export_encoder``); in the network, the backbones
            of these are ``nn.Identity``.

    Raises:
        ExportError: a graph cannot be written, or its probabilities differ from those of the network.
    """
    network.eval()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".export-") as name:
        scratch = Path(name)
        files: dict[str, bytes | Path] = {
            name: model.SerializeToString() for name, model in _graphs(network, config).items()
        } | dict(encoders or {})
        text_preparation.save(scratch / TOKENIZER)
        files[TOKENIZER] = scratch / TOKENIZER
        verify_graphs(network, Bundle.write(scratch / "proof", config, files))
        return Bundle.write(folder, config, files, replace=True)


def export_encoder(
    encoder: Encoder,
    file: Path,
    *,
    side: int = 224,
    calibration: Sequence[NDArray[Any]] = (),
) -> None:
    """Export the backbone of a frozen encoder as a separate graph.

    Args:
        encoder: the encoder in float32.
        file: path of the graph.
        side: height and width of images in pixels.
        calibration: batches of training inputs, pixels (V, 3, H, W) or token ids (B, T). With them, a transformer's
            products and an image encoder's convolutions are computed in 8 bits, with scales chosen on these inputs, and
            embeddings are stored in 4 bits if that is lossless.

    Raises:
        ExportError: the graph cannot be written, or the features would differ too much in 8 bits.
    """
    if isinstance(encoder, TextEncoder):
        model = _text_graph(encoder, BackboneGraph, ["pooled"])
    else:
        model = _graph(BackboneGraph(encoder), {"pixels": torch.zeros(2, 3, side, side)}, ["pooled"])
    if calibration:
        quantise(model, calibration)
    with atomic_write(file) as stream:
        stream.write(model.SerializeToString())


def quantise(model: onnx.ModelProto, batches: Sequence[NDArray[Any]]) -> float:
    """Compute an encoder's products or convolutions in 8 bits, in place.

    Embeddings are stored in 4 bits if that is lossless.

    Args:
        model: from pixels (V, 3, H, W) or token ids (B, T) to pooled values.
        batches: its inputs from training posts.

    Returns:
        R^2 of its features on these inputs, compared with float32.

    Raises:
        ExportError: it is less than ``MIN_R2``.
    """
    [inputs] = [value.name for value in model.graph.input]
    before = _pooled(model, batches)
    if inputs == "pixels":
        quantise_convolutions(model, batches)
    else:
        quantise_products(model, batches)
        for tensor in list(model.graph.initializer):
            name = tensor.name.removesuffix(".half")
            if name.endswith("word_embeddings.weight") and is_int4(numpy_helper.to_array(tensor).astype(np.float32)):
                pack_embeddings(model, name)
    change = _pooled(model, batches) - before
    spread = before - before.mean(axis=0) if len(before) > 1 else before
    r2 = 1 - float(np.sum(change**2) / np.sum(spread**2))
    if not r2 >= MIN_R2:
        what, option = ("image", "--int8-images") if inputs == "pixels" else ("text", "--int8")
        raise ExportError(
            f"In 8 bits, the features of the {what} encoder differ too much: R^2 is {r2:.2f} on {len(before)} training "
            f"{what}s, and must be at least {MIN_R2}. Train without {option}."
        )
    return r2


def round_to_half(network: nn.Module, *, keep_int4: bool = False) -> None:
    """Round weights of two and more dimensions to float16, in place; they stay float32 tensors.

    Args:
        network: the network.
        keep_int4: do not round matrices that 4 bits represent exactly (``is_int4``), which float16 may not.
    """
    with torch.no_grad():
        for parameter in network.parameters():
            if parameter.ndim > 1 and not (keep_int4 and parameter.ndim == 2 and is_int4(parameter.numpy())):
                parameter.copy_(parameter.half().float())


class Difference(NamedTuple):
    """The maximum difference between graphs and network."""

    probability: float
    what: str


def verify_graphs(network: MultitaskNetwork, bundle: Bundle) -> Difference:
    """Compare the graphs with the network for single posts and batches, and padded texts with unpadded ones.

    Returns:
        The maximum difference of a probability, and where it occurs.

    Raises:
        ExportError: it exceeds the tolerance.
    """
    graphs = BundleGraphs(bundle, engine="onnxruntime")  # computes in float32
    rng = np.random.default_rng(0)
    side = bundle.config.image.side
    preparation = bundle.text_preparation()
    words = np.delete(np.arange(preparation.tokenizer.get_vocab_size()), preparation.pad_id)
    worst = Difference(0.0, "nothing")
    for size in VERIFIED_BATCHES:
        pixels = rng.standard_normal((size, 3, side, side), dtype=np.float32)
        r_v, image = graphs.encode_image(pixels)
        seen = graphs.pool(IMAGE_ENCODER, pixels=pixels) if _lacks_backbone(network.image_encoder) else pixels
        for length in VERIFIED_LENGTHS:
            tokens, unpadded = rng.choice(words, (size, length)), length // 2 + 1
            tokens[1:, unpadded:] = preparation.pad_id  # the others of a batch are padded
            r_t, text = graphs.encode_text(tokens)
            for padded, row in zip(text[1:], tokens[1:], strict=True):
                _, alone = graphs.encode_text(row[None, :unpadded])
                difference = float(np.abs(softmax(padded[None]) - softmax(alone)).max())
                worst = max(worst, Difference(difference, f"text classifier, {unpadded} tokens padded to {length}"))
            fused = graphs.fuse(r_v, r_t)
            everything = torch.ones(size, dtype=torch.bool)
            read = graphs.pool(TEXT_ENCODER, tokens=tokens) if _lacks_backbone(network.text_encoder) else tokens
            with torch.inference_mode():
                expected = network(torch.from_numpy(seen), torch.from_numpy(read), everything, everything)
            for what, actual, reference in zip(
                ("image", "text", "fused"), (image, text, fused), expected[:3], strict=True
            ):
                difference = float(np.abs(softmax(actual) - softmax(reference.numpy())).max())
                worst = max(worst, Difference(difference, f"{what} classifier, batch of {size}, {length} tokens"))
    if not worst.probability <= TOLERANCE:
        raise ExportError(
            f"The probabilities of the exported graphs differ from those of the network by {worst.probability:.2g} "
            f"({worst.what}), more than {TOLERANCE:g}. The run's checkpoints are intact."
        )
    return worst


def _graphs(network: MultitaskNetwork, config: BundleConfig) -> dict[str, onnx.ModelProto]:
    side, width = config.image.side, network.architecture.width
    features = {"image_features": torch.zeros(2, width), "text_features": torch.ones(2, width)}
    return {
        IMAGE_GRAPH: _encoder_graph(network.image_encoder, network.image_classifier, side),
        TEXT_GRAPH: _encoder_graph(network.text_encoder, network.text_classifier, side),
        FUSION_GRAPH: _graph(FusionGraph(network), features, ["logits"]),
    }


def _encoder_graph(encoder: Encoder, classifier: nn.Module, side: int) -> onnx.ModelProto:
    outputs = ["features", "logits"]
    if _lacks_backbone(encoder):
        return _graph(EncoderGraph(encoder, classifier), {"pooled": torch.zeros(2, encoder.features)}, outputs)
    if isinstance(encoder, TextEncoder):
        return _text_graph(encoder, lambda used: EncoderGraph(used, classifier), outputs)
    return _graph(EncoderGraph(encoder, classifier), {"pixels": torch.zeros(2, 3, side, side)}, outputs)


def _pooled(model: onnx.ModelProto, batches: Sequence[NDArray[Any]]) -> NDArray[np.float32]:
    return np.concatenate([values["pooled"] for values in activations(model, ["pooled"], batches)])


def _lacks_backbone(encoder: Encoder) -> bool:
    return isinstance(encoder.backbone, nn.Identity)


def _text_graph(encoder: TextEncoder, graph: Callable[[TextEncoder], nn.Module], outputs: list[str]) -> onnx.ModelProto:
    """A graph of texts; of a transformer, one that does not compute padding, if it can be exported."""

    def written(used: TextEncoder) -> onnx.ModelProto:
        return _graph(graph(used), {"tokens": torch.ones(2, 7, dtype=torch.long)}, outputs, ("batch", "length"))

    with suppress(ExportError):  # not every version of torch exports data-dependent sizes
        return written(encoder.packed())
    return written(encoder)


def _graph(
    module: nn.Module, inputs: dict[str, Tensor], outputs: list[str], dynamic: Sequence[str] = ("batch",)
) -> onnx.ModelProto:
    """The graph of a module, whose inputs have ``dynamic`` first dimensions."""
    shape = {dimension: torch.export.Dim(name) for dimension, name in enumerate(dynamic)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # warnings of the exporter's internals
        try:
            program = torch.onnx.export(
                module.eval(),
                tuple(inputs.values()),
                input_names=list(inputs),
                output_names=outputs,
                dynamic_shapes=(shape,) * len(inputs),
                opset_version=OPSET,
                dynamo=True,
                verbose=False,
                optimize=False,  # it folds normalisation into weights, which float16 then does not represent exactly
            )
        except torch.onnx.errors.OnnxExporterError as error:
            raise ExportError(f"{type(module).__name__} cannot be written as ONNX: {error}") from error
    assert program is not None  # noqa: S101  # it is None only if a file is given
    model = program.model_proto
    onnxscript.optimizer.fold_constants(model)
    onnxscript.optimizer.remove_unused_nodes(model)
    for node in model.graph.node:
        del node.metadata_props[:]  # megabytes of stack traces
    return store_in_half(model)


def store_in_half(model: onnx.ModelProto) -> onnx.ModelProto:
    """Store float32 matrices that float16 represents exactly in float16, each followed by a cast, in place."""
    casts = []
    for weight in model.graph.initializer:
        if weight.data_type != TensorProto.FLOAT or len(weight.dims) < 2:
            continue
        values: NDArray[np.float32] = numpy_helper.to_array(weight)
        half = values.astype(np.float16)
        if not np.array_equal(half.astype(np.float32), values):
            continue
        name = weight.name
        weight.CopyFrom(numpy_helper.from_array(half, f"{name}.half"))
        casts.append(helper.make_node("Cast", [f"{name}.half"], [name], to=TensorProto.FLOAT))
    for cast in reversed(casts):
        model.graph.node.insert(0, cast)
    return model
