"""Quantisation of convolutions to 8 bits, with scales calibrated on training images.

Shape legend: V images, M output channels, K input channels, h x w the kernel.
"""

from base64 import b64decode, b64encode
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, numpy_helper

from anymood.export.folding import Convolution, fold
from anymood.export.products import INT8, INT8_SCALE, to_int8
from anymood.export.rewriting import Writer
from anymood.export.scales import STEP, Scale, activations, best_scale, full_scale

SAMPLE = 2_000  # values of an activation that are kept per batch

_ACTIVATIONS = ("Clip", "Relu")  # part of the preceding 8-bit convolution
_UNREAD = "unread:"  # prefix of the names of values that no node reads
_ROUNDED = ".rounded"  # suffix of the names of quantised activations


class Statistics(NamedTuple):
    """Statistics of an activation on some images: its range, a sample of its values, and the mean of each channel."""

    low: float
    high: float
    sample: NDArray[np.float32]
    means: NDArray[np.float32]


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
    scales = {name: best_scale(seen.low, seen.high, seen.sample) for name, seen in observed.items() if name != pixels}
    if pixels in observed:
        scales[pixels] = full_scale(observed[pixels].low, observed[pixels].high)
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
    rng = np.random.default_rng(0)
    parts: dict[str, list[Statistics]] = {name: [] for name in sorted(names)}
    for values in activations(model, names, batches):
        for name, each in parts.items():
            each.append(_observed(values[name], rng))
    return {name: _joined(each) for name, each in parts.items()}


def _observed(values: NDArray[np.float32], rng: np.random.Generator) -> Statistics:
    sample = rng.choice(values.ravel(), min(SAMPLE, values.size))
    return Statistics(float(values.min()), float(values.max()), sample, values.mean(axis=(0, 2, 3)))


def _joined(parts: list[Statistics]) -> Statistics:
    low, high, samples, means = zip(*parts, strict=True)
    return Statistics(min(low), max(high), np.concatenate(samples), np.mean(means, axis=0))


class _Writer(Writer):
    """Writes quantised nodes and their constants.

    Args:
        scales: scales of the quantised activations, by name.
    """

    def __init__(self, scales: Mapping[str, Scale]) -> None:
        super().__init__()
        self._scales = scales
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
        step, zero = self.constant(name + STEP, scale.step), self.constant(f"{name}.zero", scale.zero)
        self.add("QuantizeLinear", [name, step, zero], f"{name}.uint8")
        self.add("DequantizeLinear", [f"{name}.uint8", step, zero], name + _ROUNDED)

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
        inputs = [self.constant(name + kind, values), self.constant(name + STEP, steps)]
        inputs.append(self.constant(f"{name}.zero", np.zeros(len(steps), values.dtype)))
        self.add("DequantizeLinear", inputs, name, axis=0)
