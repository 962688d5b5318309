"""Quantisation of graphs: matrix products in 8 bits, embeddings in 4 bits.

Activations have a scale for each token, not one for the whole batch as in ONNX's DynamicQuantizeLinear, so that the
prediction of a post does not depend on its batch.

Shape legend: N tokens, K inputs, M outputs, V rows of an embedding, D its width, G = 32 weights of a block.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper

BLOCK = 32  # weights that share a scale, G

MICROSOFT = "com.microsoft"  # domain of ONNX Runtime's own operators

# Suffixes of the names of quantised weights.
INT8, INT8_SCALE = ".int8", ".int8_scale"
INT4, INT4_SCALE = ".int4", ".int4_scale"


def quantise_products(model: onnx.ModelProto) -> onnx.ModelProto:
    """Compute the products with weight matrices in 8 bits, in place.

    A product x W of activations x (N, K) and weights W (K, M) becomes

        s_n c_m  sum_k q_nk w_km,    q_nk = round(x_nk / s_n),  w_km = round(W_km / c_m),
        s_n = max_k |x_nk| / 127,    c_m = max_k |W_km| / 127,

    with a scale s_n for each token and c_m for each column. Activations are stored as q + 128 in unsigned integers:
    products of unsigned and signed integers are fastest. The operator that scales columns is ONNX Runtime's own.
    OpenVINO has it, too, where it takes a third of the time of ONNX's ``MatMulInteger``.
    """
    graph = model.graph
    weights = _matrices(graph)
    nodes: list[NodeProto] = []
    added: dict[str, TensorProto] = {}
    producers = {name: node for node in graph.node for name in node.output}
    quantised: set[str] = set()  # activations
    for node in graph.node:
        name = node.input[1] if node.op_type == "MatMul" else ""
        if name not in weights:
            nodes.append(node)
            continue
        x, [product] = node.input[0], node.output
        if x not in quantised:
            quantised.add(x)
            nodes += _quantise_rows(x, _is_gelu(x, producers), added)
        values, columns = to_int8(weights[name])
        stored = name.removesuffix(".half")
        added[stored + INT8] = numpy_helper.from_array(values, stored + INT8)
        added[stored + INT8_SCALE] = numpy_helper.from_array(columns, stored + INT8_SCALE)
        inputs = [f"{x}.uint8", stored + INT8, _STEP, stored + INT8_SCALE, _ZERO]
        nodes += [
            helper.make_node("MatMulIntegerToFloat", inputs, [f"{product}.columns"], domain=MICROSOFT),
            helper.make_node("Mul", [f"{product}.columns", f"{x}.range"], [product]),
        ]
    if quantised:
        model.opset_import.append(helper.make_opsetid(MICROSOFT, 1))
    return _rebuilt(model, nodes, added)


def pack_embeddings(model: onnx.ModelProto, name: str) -> onnx.ModelProto:
    """Store the rows of an embedding in 4 bits, in place.

    A block of G weights is a scale in 16 bits and G numbers from -8 to 7, two to a byte: the first half of the block in
    the low bits. Rows that come from such blocks are stored losslessly (``to_int4``).

    Args:
        model: a graph with ``Gather`` of the rows.
        name: name of the weights of the embedding (V, D), D a multiple of 32.
    """
    graph = model.graph
    [table] = [tensor for tensor in graph.initializer if tensor.name in (name, f"{name}.half")]
    packed, scales = to_int4(numpy_helper.to_array(table).astype(np.float32))
    added = {
        name + INT4: numpy_helper.from_array(packed, name + INT4),
        name + INT4_SCALE: numpy_helper.from_array(scales, name + INT4_SCALE),
    }
    nodes: list[NodeProto] = []
    for node in graph.node:
        if node.op_type == "Gather" and node.input[0] == name:
            nodes += _unpack_rows(name, node.input[1], node.output[0], packed.shape[1] * 2, added)
        else:
            nodes.append(node)
    return _rebuilt(model, nodes, added)


def to_int8(weights: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Weights (K, M) as integers from -127 to 127 (K, M) and the scales of their columns (M,)."""
    scales = np.maximum(np.abs(weights).max(axis=0) / 127, np.finfo(np.float32).tiny).astype(np.float32)
    return np.rint(weights / scales).astype(np.int8), scales


def to_int4(weights: NDArray[np.float32]) -> tuple[NDArray[np.uint8], NDArray[np.float16]]:
    """Rows (V, D) as two 4-bit numbers per byte (V, D / 2) and the scales of their blocks (V, D / G).

    The weight of a block with the largest magnitude becomes -8, as in the format Q4_0 of ggml: rows that come from it
    are reproduced exactly.
    """
    blocks = weights.reshape(len(weights), -1, BLOCK)
    greatest = np.take_along_axis(blocks, np.abs(blocks).argmax(axis=2)[..., None], axis=2)
    scales = (greatest / -8).astype(np.float16)
    inverse = np.divide(1, scales.astype(np.float32), out=np.zeros(scales.shape, np.float32), where=scales != 0)
    numbers = np.clip(np.rint(blocks * inverse) + 8, 0, 15).astype(np.uint8)
    packed = numbers[..., : BLOCK // 2] | numbers[..., BLOCK // 2 :] << 4
    return packed.reshape(len(weights), -1), scales[..., 0]


def is_int4(weights: NDArray[np.float32]) -> bool:
    """Whether rows (V, D) are represented exactly in 4 bits."""
    return weights.shape[1] % BLOCK == 0 and np.array_equal(from_int4(*to_int4(weights)), weights)


def from_int4(packed: NDArray[np.uint8], scales: NDArray[np.float16]) -> NDArray[np.float32]:
    """The inverse of ``to_int4``, (V, D)."""
    halves = packed.reshape(len(packed), -1, BLOCK // 2)
    numbers = np.concatenate([halves & 15, halves >> 4], axis=2).astype(np.float32) - 8
    return (numbers * scales.astype(np.float32)[..., None]).reshape(len(packed), -1)


_ZERO, _STEP, _TINY, _GELU = "quantisation.zero", "quantisation.step", "quantisation.tiny", "quantisation.gelu"
_LAST = "quantisation.last"
_CONSTANTS: dict[str, NDArray[Any]] = {
    _ZERO: np.array(128, np.uint8),
    _STEP: np.array(1 / 127, np.float32),
    _TINY: np.array(np.finfo(np.float32).tiny * 127, np.float32),
    _GELU: np.array(0.17, np.float32),
    _LAST: np.array([-1], np.int64),
}


def _quantise_rows(x: str, is_gelu: bool, added: dict[str, TensorProto]) -> list[NodeProto]:
    """Nodes from activations (..., K) to ``x.uint8`` (..., K) and ``x.range``, the largest magnitude (..., 1)."""
    added |= {name: numpy_helper.from_array(value, name) for name, value in _CONSTANTS.items()}
    if is_gelu:  # a GELU is at least -0.17, so the largest value has the largest magnitude
        magnitude, least = [], _GELU
        largest = x
    else:
        magnitude, least = [helper.make_node("Abs", [x], [f"{x}.magnitude"])], _TINY
        largest = f"{x}.magnitude"
    return [
        *magnitude,
        helper.make_node("ReduceMax", [largest, _LAST], [f"{x}.largest"], keepdims=1),
        helper.make_node("Max", [f"{x}.largest", least], [f"{x}.range"]),
        helper.make_node("Reciprocal", [f"{x}.range"], [f"{x}.inverse"]),
        helper.make_node("Mul", [x, f"{x}.inverse"], [f"{x}.scaled"]),
        helper.make_node("QuantizeLinear", [f"{x}.scaled", _STEP, _ZERO], [f"{x}.uint8"]),
    ]


def _is_gelu(x: str, producers: dict[str, NodeProto]) -> bool:
    """Whether a value is the GELU of another: half of it times 1 + erf."""

    def inputs(name: str, kind: str) -> Sequence[str]:
        return producers[name].input if name in producers and producers[name].op_type == kind else ()

    sums = [name for term in inputs(x, "Mul") for name in inputs(term, "Add")]
    return any(inputs(name, "Erf") for name in sums)


def _unpack_rows(name: str, ids: str, rows: str, width: int, added: dict[str, TensorProto]) -> list[NodeProto]:
    """Nodes from token ids (...) to their rows (..., D), with operators that every engine supports."""
    for constant, value in (
        ("16", np.array(16, np.float32)),
        ("8", np.array(8, np.float32)),
        ("halves", np.array([0, 0, width // BLOCK, BLOCK // 2])),
        ("blocks", np.array([0, 0, width // BLOCK, 1])),
        ("rows", np.array([0, 0, width])),
    ):
        added[f"{name}.{constant}"] = numpy_helper.from_array(value, f"{name}.{constant}")

    part = f"{rows}.unpacked"

    def node(kind: str, inputs: list[str], output: str, **settings: Any) -> NodeProto:
        return helper.make_node(kind, inputs, [output], **settings)

    return [
        node("Gather", [name + INT4, ids], f"{part}.packed"),
        node("Cast", [f"{part}.packed"], f"{part}.bytes", to=TensorProto.FLOAT),
        node("Reshape", [f"{part}.bytes", f"{name}.halves"], f"{part}.pairs"),
        node("Div", [f"{part}.pairs", f"{name}.16"], f"{part}.sixteenths"),
        node("Floor", [f"{part}.sixteenths"], f"{part}.high"),
        node("Mul", [f"{part}.high", f"{name}.16"], f"{part}.high16"),
        node("Sub", [f"{part}.pairs", f"{part}.high16"], f"{part}.low"),
        node("Concat", [f"{part}.low", f"{part}.high"], f"{part}.unsigned", axis=-1),
        node("Sub", [f"{part}.unsigned", f"{name}.8"], f"{part}.signed"),
        node("Gather", [name + INT4_SCALE, ids], f"{part}.scales16"),
        node("Cast", [f"{part}.scales16"], f"{part}.scales", to=TensorProto.FLOAT),
        node("Reshape", [f"{part}.scales", f"{name}.blocks"], f"{part}.scale"),
        node("Mul", [f"{part}.signed", f"{part}.scale"], f"{part}.weights"),
        node("Reshape", [f"{part}.weights", f"{name}.rows"], rows),
    ]


def _matrices(graph: onnx.GraphProto) -> dict[str, NDArray[np.float32]]:
    """Matrices by the name under which nodes read them: their name, or that of their cast from float16."""
    stored = {tensor.name: tensor for tensor in graph.initializer if len(tensor.dims) == 2}
    names = {name: name for name in stored}
    names |= {
        node.output[0]: node.input[0] for node in graph.node if node.op_type == "Cast" and node.input[0] in stored
    }
    used = {node.input[1] for node in graph.node if node.op_type == "MatMul"}
    return {name: numpy_helper.to_array(stored[names[name]]).astype(np.float32) for name in used & set(names)}


def _rebuilt(model: onnx.ModelProto, nodes: list[NodeProto], added: dict[str, TensorProto]) -> onnx.ModelProto:
    """The model with these nodes and weights, without unused ones."""
    outputs = {output.name for output in model.graph.output}
    used: list[NodeProto] = []
    read = set(outputs)
    for node in reversed(nodes):
        if read & set(node.output):
            used.append(node)
            read |= set(node.input)
    weights = [tensor for tensor in (*model.graph.initializer, *added.values()) if tensor.name in read]
    nodes = [NodeProto.FromString(node.SerializeToString()) for node in reversed(used)]  # copies: the list is cleared
    weights = [TensorProto.FromString(tensor.SerializeToString()) for tensor in weights]
    del model.graph.node[:], model.graph.initializer[:]
    model.graph.node.extend(nodes)
    model.graph.initializer.extend(weights)
    return model
