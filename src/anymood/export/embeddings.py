"""Embeddings in 4 bits.

Shape legend: V rows of an embedding, D its width, G = 32 weights of a block.
"""

from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper

from anymood.export.rewriting import rebuilt

BLOCK = 32  # weights that share a scale, G

# Suffixes of the names of quantised weights.
INT4, INT4_SCALE = ".int4", ".int4_scale"


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
    return rebuilt(model, nodes, added)


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
