"""Folding of batch normalisation and padding into convolutions.

Shape legend: M output channels, K input channels, h x w the kernel.
"""

from collections import Counter
from typing import Any, NamedTuple

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import NodeProto, helper, numpy_helper


class Convolution(NamedTuple):
    """A convolution of a folded graph.

    Attributes:
        weights: weights of the network before folding, (M, K, h, w).
        gains: factors of the normalisation, (M,).
        bias: bias after folding, (M,).
    """

    weights: NDArray[np.float32]
    gains: NDArray[np.float32]
    bias: NDArray[np.float32]

    @property
    def folded(self) -> NDArray[np.float32]:
        """The weights of the folded graph (M, K, h, w)."""
        return self.weights * self.gains[:, None, None, None]


class FoldedModel(NamedTuple):
    """A model in float32 with its folded convolutions, by the name of their weights."""

    model: onnx.ModelProto
    convolutions: dict[str, Convolution]


def fold(model: onnx.ModelProto) -> FoldedModel:
    """Fold batch normalisation and zero padding into convolutions, unless other nodes read values between them."""
    graph = model.graph
    values = _constants(graph)
    readers = Counter([*(name for node in graph.node for name in node.input), *(value.name for value in graph.output)])
    only_reader = {name: node for node in graph.node for name in node.input if readers[name] == 1}
    before_padding: dict[str, tuple[str, list[int]]] = {}
    done: set[str] = set(values)
    nodes: list[NodeProto] = []
    convolutions: dict[str, Convolution] = {}
    for node in graph.node:
        [output, *_] = node.output
        if output in done:
            continue
        reader = only_reader.get(output)
        if reader is not None and reader.op_type == "Conv" and (pads := _spatial_zeros(node, values)) is not None:
            before_padding[output] = (node.input[0], pads)
            continue
        written = NodeProto.FromString(node.SerializeToString())
        nodes.append(written)
        if node.op_type != "Conv" or node.input[1] not in values or values[node.input[1]].ndim != 4:
            continue
        x, name, *biases = node.input
        bias = values[biases[0]] if biases else np.zeros(len(values[name]), np.float32)
        gains = np.ones_like(bias)
        if reader is not None and reader.op_type == "BatchNormalization":
            gains, bias = _normalised(reader, values, bias)
            [written.output[0]] = reader.output
            done.add(reader.output[0])
        if x in before_padding:
            x, pads = before_padding[x]
            _widen(written, pads)
        written.input[:] = [x, name, f"{name}.bias"]
        convolutions[name] = Convolution(values[name], gains, bias)
    for name, one in convolutions.items():
        values |= {name: one.folded, f"{name}.bias": one.bias}
    read = {name for node in nodes for name in node.input}
    weights = [numpy_helper.from_array(value, name) for name, value in values.items() if name in read]
    folded = helper.make_graph(nodes, graph.name, graph.input, graph.output, weights)
    opset, version = model.opset_import, model.ir_version
    return FoldedModel(helper.make_model(folded, opset_imports=opset, ir_version=version), convolutions)


def _constants(graph: onnx.GraphProto) -> dict[str, NDArray[Any]]:
    """Weights and constants by the name under which nodes read them; floats as float32."""
    values = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    for node in graph.node:
        if node.op_type == "Constant":
            [value] = [helper.get_attribute_value(attribute) for attribute in node.attribute]
            is_tensor = isinstance(value, onnx.TensorProto)
            values[node.output[0]] = numpy_helper.to_array(value) if is_tensor else np.array(value)
        elif node.op_type == "Cast" and node.input[0] in values and values[node.input[0]].dtype == np.float16:
            values[node.output[0]] = values[node.input[0]].astype(np.float32)
    return values


def _spatial_zeros(node: NodeProto, values: dict[str, NDArray[Any]]) -> list[int] | None:
    """Widths of zero padding: top, left, bottom, right; None for other nodes."""
    if node.op_type != "Pad" or (len(node.input) > 3 and node.input[3]):
        return None
    if any(attribute.name == "mode" and attribute.s != b"constant" for attribute in node.attribute):
        return None
    widths = values.get(node.input[1])
    value = values.get(node.input[2], 1) if len(node.input) > 2 and node.input[2] else 0
    if widths is None or len(widths) != 8 or np.any(value) or widths[[0, 1, 4, 5]].any() or widths.min() < 0:
        return None
    return [int(width) for width in widths[[2, 3, 6, 7]]]


def _widen(convolution: NodeProto, pads: list[int]) -> None:
    """Increase the padding of a convolution, in place."""
    settings = {attribute.name: helper.get_attribute_value(attribute) for attribute in convolution.attribute}
    settings.pop("auto_pad", None)
    settings["pads"] = [own + more for own, more in zip(settings.get("pads", [0] * 4), pads, strict=True)]
    del convolution.attribute[:]
    convolution.attribute.extend(helper.make_attribute(name, value) for name, value in settings.items())


def _normalised(
    node: NodeProto, values: dict[str, NDArray[Any]], bias: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Gains and bias (M,) of a convolution followed by batch normalisation."""
    scale, shift, mean, variance = (values[name] for name in node.input[1:])
    epsilon = next((attribute.f for attribute in node.attribute if attribute.name == "epsilon"), 1e-5)
    gains = scale / np.sqrt(variance + epsilon)
    return gains.astype(np.float32), (shift + (bias - mean) * gains).astype(np.float32)
