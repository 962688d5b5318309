"""Weights of the network, read from the graphs of a bundle."""

from collections.abc import Iterator

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, numpy_helper
from torch import Tensor, from_numpy

from anymood.export.convolutions import unread_values
from anymood.export.embeddings import INT4, INT4_SCALE, from_int4
from anymood.export.products import BIAS, FACTORS, INT8, INT8_SCALE, PRODUCT, ROWS, UINT8
from anymood.export.scales import STEP
from anymood.runtime.bundle import FUSION_GRAPH, IMAGE_ENCODER, IMAGE_GRAPH, TEXT_ENCODER, TEXT_GRAPH, Bundle

# Names of modules in a graph -> in the network.
NETWORK_NAMES = {
    IMAGE_GRAPH: {"encoder": "image_encoder", "classifier": "image_classifier"},
    TEXT_GRAPH: {"encoder": "text_encoder", "classifier": "text_classifier"},
    FUSION_GRAPH: {"fusion": "fusion", "classifier": "fused_classifier"},
    IMAGE_ENCODER: {"backbone": "image_encoder.backbone"},
    TEXT_ENCODER: {"backbone": "text_encoder.backbone"},
}


def graph_weights(bundle: Bundle) -> Iterator[tuple[str, Tensor]]:
    """Names in the network and float32 tensors of all weights in a bundle's graphs.

    Graphs keep the names of the network's weights, except in linear layers over tokens: these are unnamed products
    with the transposed weights, and the addition of a named bias. Weights in 8 and 4 bits are dequantised.
    """
    for file, parts in NETWORK_NAMES.items():
        if file in bundle.config.files:
            model = onnx.load(bundle.path(file))
            linear = _linear_layers(model.graph)
            for name, values in model_weights(model).items():
                named = linear.get(name, name)
                part, _, rest = named.partition(".")
                if part in parts:
                    tensor = values if named == name else values.T
                    yield f"{parts[part]}.{rest}", from_numpy(np.ascontiguousarray(tensor, np.float32))


def model_weights(model: onnx.ModelProto) -> dict[str, NDArray[np.float32]]:
    """Weights of a graph in float32, by their names before quantisation."""
    tensors: dict[str, TensorProto] = {tensor.name.removesuffix(".half"): tensor for tensor in model.graph.initializer}
    unread = unread_values(model)
    weights = {name: values for name, values in unread.items() if not name.endswith(INT8_SCALE)}
    factors = {
        node.input[1]: numpy_helper.to_array(tensors[node.input[0].removesuffix(UINT8) + FACTORS])[:, None]
        for node in model.graph.node
        if node.op_type == PRODUCT and node.input[0].removesuffix(UINT8) + FACTORS in tensors
    }
    for name, tensor in tensors.items():
        if name.endswith(INT8):
            plain = name.removesuffix(INT8)
            values = numpy_helper.to_array(tensor)
            if values.ndim == 4:  # a convolution, with a scale for each channel out
                weights[plain] = values * unread[plain + INT8_SCALE][:, None, None, None]
            else:
                weights[plain] = values * numpy_helper.to_array(tensors[plain + INT8_SCALE]) * factors.get(name, 1)
        elif name.endswith(INT4):
            plain = name.removesuffix(INT4)
            weights[plain] = from_int4(
                numpy_helper.to_array(tensor), numpy_helper.to_array(tensors[plain + INT4_SCALE])
            )
        elif not name.endswith((INT8_SCALE, INT4_SCALE, STEP, FACTORS, ROWS)) and tensor.data_type in (
            TensorProto.FLOAT,
            TensorProto.FLOAT16,
        ):
            weights[name] = numpy_helper.to_array(tensor).astype(np.float32)
    return weights


def _linear_layers(graph: onnx.GraphProto) -> dict[str, str]:
    """Names in the network of unnamed weights, by their names in the graph."""
    products: dict[str, str] = {}
    linear: dict[str, str] = {}
    for node in graph.node:
        if node.op_type == "MatMul":
            products[node.output[0]] = node.input[1]
        elif node.op_type == PRODUCT:
            weights = node.input[1].removesuffix(INT8)
            products[node.output[0]] = weights
            if len(node.input) > BIAS:
                linear[weights] = node.input[BIAS].removesuffix("bias") + "weight"
        elif node.op_type == "Mul" and node.input[0] in products:  # scales of tokens, in graphs of version 0.1
            products[node.output[0]] = products[node.input[0]]
    for node in graph.node:
        for product, other in (node.input, node.input[::-1]) if node.op_type == "Add" else ():
            if product in products and other.endswith(".bias"):
                linear[products[product]] = other.removesuffix("bias") + "weight"
    return linear
