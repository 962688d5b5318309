"""Quantisation of convolutions to 8 bits, with scales calibrated on training images.

The scales of activations are constants of the graph, so that the prediction of a post does not depend on its batch.

Shape legend: V images, M output channels, K input channels, h x w the kernel.
"""

from base64 import b64decode, b64encode
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper

from anymood.errors import ExportError
from anymood.export.folding import Convolution, fold
from anymood.export.quantisation import INT8, INT8_SCALE, to_int8
from anymood.runtime.engines.onnxruntime import session_options

SAMPLE = 2_000  # values of an activation that are kept per batch
SHARES = np.linspace(0.4, 1.0, 31)  # candidate scales, as shares of the observed range
MIN_R2 = 0.95  # of features in 8 bits; the bundled encoder reaches 0.99
LEVELS = 255  # steps of an unsigned number of 8 bits

STEP = ".step"  # suffix of the name of a scale

_ACTIVATIONS = ("Clip", "Relu")  # part of the preceding 8-bit convolution
_UNREAD = "unread:"  # prefix of the names of values that no node reads
_ROUNDED = ".rounded"  # suffix of the names of quantised activations


class Statistics(NamedTuple):
    """Statistics of an activation on some images: its range, a sample of its values, and the mean of each channel."""

    low: float
    high: float
    sample: NDArray[np.float32]
    means: NDArray[np.float32]


class Scale(NamedTuple):
    """An affine quantisation: the byte q represents ``step * (q - zero)``."""

    step: np.float32
    zero: np.uint8


def quantise_image_encoder(model: onnx.ModelProto, batches: Sequence[NDArray[np.float32]]) -> float:
    """Quantise an image encoder's convolutions to 8 bits, in place.

    Args:
        model: from pixels (V, 3, H, W) to pooled values (V, F).
        batches: pixels (V, 3, H, W) of calibration images.

    Returns:
        R^2 of its features on these images, compared with float32.

    Raises:
        ExportError: it is less than ``MIN_R2``.
    """
    before = _pooled(model, batches)
    quantise_convolutions(model, batches)
    change = _pooled(model, batches) - before
    r2 = 1 - float(np.sum(change**2) / np.sum((before - before.mean(axis=0)) ** 2))
    if not r2 >= MIN_R2:
        raise ExportError(
            f"In 8 bits, the features of the image encoder differ too much: R^2 is {r2:.2f} on {len(before)} training "
            f"images, and must be at least {MIN_R2}. Train without --int8-images."
        )
    return r2


def quantise_convolutions(model: onnx.ModelProto, batches: Sequence[NDArray[np.float32]]) -> None:
    """Quantise convolutions, and the sums between them, to 8 bits, in place.

    Weights have a scale per output channel. An activation has one scale, with the smallest mean squared error on the
    images. The change of the mean by rounded weights is subtracted from the bias (Nagel et al. 2019, "Data-Free
    Quantization through Weight Equalization and Bias Correction", section 4.2). Normalisation is folded into the
    convolution before it; its parameters are kept in the file (``unread_values``), so that training can start from it.

    Args:
        model: from pixels (V, 3, H, W) to any output.
        batches: pixels (V, 3, H, W) of calibration images.
    """
    graph = model.graph
    [pixels] = [value.name for value in graph.input]
    parameters = {n for node in graph.node if node.op_type == "BatchNormalization" for n in node.input[1:]}
    parameters |= {n for node in graph.node if node.op_type == "Conv" for n in node.input[2:]}
    unread = {each.name: numpy_helper.to_array(each) for each in graph.initializer if each.name in parameters}
    folded, convolutions = fold(model)
    observed = _observe(folded, _in_bytes(folded.graph, convolutions), batches)
    scales = {n: _scale(seen.low, seen.high) if n == pixels else _best_scale(seen) for n, seen in observed.items()}
    writer = _Writer(scales)
    if pixels in scales:
        writer.round(pixels)
    for node in folded.graph.node:
        if node.op_type == "Conv" and node.input[1] in convolutions:
            x, name = node.input[:2]
            writer.convolve(node, convolutions[name], observed[x].means)
        else:
            writer.write(node, node.input)
    read = {name for node in writer.nodes for name in node.input}
    read -= {name for node in writer.nodes for name in node.output}
    weights = {tensor.name: tensor for tensor in (*folded.graph.initializer, *graph.initializer) if tensor.name in read}
    weights = {name: TensorProto.FromString(tensor.SerializeToString()) for name, tensor in weights.items()}
    del graph.node[:], graph.initializer[:], graph.value_info[:]
    graph.node.extend(writer.nodes)
    graph.initializer.extend((weights | writer.weights).values())
    for name, values in (unread | writer.unread).items():
        model.metadata_props.add(key=_UNREAD + name, value=b64encode(values.astype("<f4").tobytes()).decode())


def unread_values(model: onnx.ModelProto) -> dict[str, NDArray[np.float32]]:
    """Parameters of the network that no node of an 8-bit graph reads, by name.

    They are stored as properties of the model, because engines warn of weights that no node reads.
    """
    properties = ((each.key, each.value) for each in model.metadata_props if each.key.startswith(_UNREAD))
    return {key.removeprefix(_UNREAD): np.array(np.frombuffer(b64decode(value), "<f4")) for key, value in properties}


def _in_bytes(graph: onnx.GraphProto, convolutions: Collection[str]) -> set[str]:
    """Names of the quantised activations: inputs and outputs of convolutions, and sums of these."""
    readers: dict[str, list[NodeProto]] = {}
    for node in graph.node:
        for name in node.input:
            readers.setdefault(name, []).append(node)
    names: set[str] = set()
    for node in graph.node:
        if node.op_type == "Conv" and node.input[1] in convolutions:
            [output] = node.output
            following = readers.get(output, [])
            is_cut = len(following) == 1 and following[0].op_type in _ACTIVATIONS
            names |= {node.input[0], following[0].output[0] if is_cut else output}
    for node in graph.node:
        if node.op_type == "Add" and names.issuperset(node.input):
            names |= set(node.output)
    return names - {value.name for value in graph.output}


def _observe(model: onnx.ModelProto, names: set[str], batches: Sequence[NDArray[np.float32]]) -> dict[str, Statistics]:
    """Statistics of each activation on the images."""
    [pixels] = [value.name for value in model.graph.input]
    outputs = sorted(names - {pixels})
    watched = onnx.ModelProto.FromString(model.SerializeToString())
    del watched.graph.output[:]
    watched.graph.output.extend(helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs)
    session = _session(watched)
    rng = np.random.default_rng(0)
    parts: dict[str, list[Statistics]] = {name: [] for name in sorted(names)}
    for batch in batches:
        values = dict(zip(outputs, session.run(outputs, {pixels: batch}), strict=True)) | {pixels: batch}
        for name, each in parts.items():
            each.append(_observed(values[name], rng))
    return {name: _joined(each) for name, each in parts.items()}


def _pooled(model: onnx.ModelProto, batches: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    session = _session(model)
    return np.concatenate([session.run(["pooled"], {"pixels": pixels})[0] for pixels in batches])


def _session(model: onnx.ModelProto) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(
        model.SerializeToString(), session_options(threads=1), providers=["CPUExecutionProvider"]
    )


def _observed(values: NDArray[np.float32], rng: np.random.Generator) -> Statistics:
    sample = rng.choice(values.ravel(), min(SAMPLE, values.size))
    return Statistics(float(values.min()), float(values.max()), sample, values.mean(axis=(0, 2, 3)))


def _joined(parts: list[Statistics]) -> Statistics:
    low, high, samples, means = zip(*parts, strict=True)
    return Statistics(min(low), max(high), np.concatenate(samples), np.mean(means, axis=0))


def _scale(low: float, high: float) -> Scale:
    """The scale for a range of values, in which 0 is exact."""
    low, high = min(low, 0.0), max(high, 0.0)
    step = np.float32(max((high - low) / LEVELS, float(np.finfo(np.float32).tiny)))
    if step * LEVELS > high - low:  # a range that ends at the bound of an activation replaces it
        step = np.nextafter(step, np.float32(0))
    return Scale(step, np.uint8(np.clip(np.rint(-low / step), 0, LEVELS)))


def _best_scale(seen: Statistics) -> Scale:
    """The scale with the smallest mean squared error, which clips rare large values."""

    def error(scale: Scale) -> float:
        numbers = np.clip(np.rint(seen.sample / scale.step) + scale.zero, 0, LEVELS)
        return float(np.mean(((numbers - scale.zero) * scale.step - seen.sample) ** 2))

    return min((_scale(seen.low * share, seen.high * share) for share in SHARES), key=error)


class _Writer:
    """Writes quantised nodes and their constants.

    Args:
        scales: scales of the quantised activations, by name.
    """

    def __init__(self, scales: Mapping[str, Scale]) -> None:
        self._scales = scales
        self.nodes: list[NodeProto] = []
        self.weights: dict[str, TensorProto] = {}
        self.unread: dict[str, NDArray[Any]] = {}

    def write(self, node: NodeProto, inputs: Sequence[str]) -> None:
        """Write a node with quantised inputs and outputs."""
        written = NodeProto.FromString(node.SerializeToString())
        rounds = node.op_type != "Shape"
        written.input[:] = [name + _ROUNDED if rounds and name in self._scales else name for name in inputs]
        self.nodes.append(written)
        for name in node.output:
            if name in self._scales:
                self.round(name)

    def round(self, name: str) -> None:
        """Write the nodes that quantise an activation."""
        scale = self._scales[name]
        step, zero = self._constant(name + STEP, scale.step), self._constant(f"{name}.zero", scale.zero)
        self._add("QuantizeLinear", [name, step, zero], f"{name}.uint8")
        self._add("DequantizeLinear", [f"{name}.uint8", step, zero], name + _ROUNDED)

    def convolve(self, node: NodeProto, one: Convolution, means: NDArray[np.float32]) -> None:
        """Write a convolution, whose input has the mean ``means`` in each channel."""
        x, name, bias = node.input
        values, steps = to_int8(one.weights.reshape(len(one.weights), -1).T)
        signs = np.where(one.gains < 0, -1, 1)
        values = (values.T * signs[:, None]).reshape(one.weights.shape).astype(np.int8)
        self.unread[name + INT8_SCALE] = steps * signs
        x_step = self._scales[x].step
        least = np.maximum(np.abs(one.bias).max() / x_step / 2**30, np.finfo(np.float32).tiny)  # the bias has 32 bits
        steps = np.maximum(steps * np.abs(one.gains), least).astype(np.float32)
        change = (values * steps[:, None, None, None] - one.folded).sum(axis=(2, 3))
        groups = len(means) // change.shape[1]
        seen = means.reshape(groups, -1).repeat(len(change) // groups, axis=0)
        corrected = np.rint((one.bias - (change * seen).sum(axis=1)) / (steps * x_step))
        self._channels(name, values, steps, INT8)
        self._channels(bias, corrected.astype(np.int32), steps * x_step, ".int32")
        self.write(node, node.input)

    def _channels(self, name: str, values: NDArray[Any], steps: NDArray[np.float32], kind: str) -> None:
        """Write weights with a scale per output channel."""
        inputs = [self._constant(name + kind, values), self._constant(name + STEP, steps)]
        inputs.append(self._constant(f"{name}.zero", np.zeros(len(steps), values.dtype)))
        self._add("DequantizeLinear", inputs, name, axis=0)

    def _constant(self, name: str, value: Any) -> str:
        self.weights[name] = numpy_helper.from_array(np.asarray(value), name)
        return name

    def _add(self, kind: str, inputs: list[str], output: str, **settings: Any) -> None:
        self.nodes.append(helper.make_node(kind, inputs, [output], **settings))
