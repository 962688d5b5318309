"""An image graph divided where its feature map is pooled.

An image encoder ends with a feature map (B, K, P, Q), K features at P x Q positions of the image, and the mean over all
positions. Explanations leave positions out of that mean, for which they need the map, and what comes after it. Both are
in the graph's file already: the first part ends where the second begins.

ONNX files are protocol buffers. What is read of them here is the list of nodes and the names in it; everything else is
copied as it is. The package onnx would do the same, but is not part of the base install.

Wire format: https://protobuf.dev/programming-guides/encoding; fields: onnx.proto3 of the ONNX project.
"""

from collections.abc import Iterator
from typing import NamedTuple

POOLINGS = frozenset({b"GlobalAveragePool", b"ReduceMean"})

# Field numbers of onnx.proto3
_MODEL_GRAPH = 7
_NODE, _INITIALIZER, _INPUT, _OUTPUT, _VALUE_INFO = 1, 5, 11, 12, 13  # of a graph
_NODE_INPUT, _NODE_OUTPUT, _NODE_TYPE = 1, 2, 4
_TENSOR_NAME = 8
_VALUE_NAME, _VALUE_TYPE = 1, 2
_FLOAT = 1  # the element type

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5  # wire types


class SplitGraph(NamedTuple):
    """The two parts of an image graph as ONNX files.

    Attributes:
        to_map: from pixels to the feature map.
        from_map: from the feature map to the outputs of the whole graph.
        map_name: the name of the feature map in both.
        sized_by: the input of the whole graph, where the second part asks for its number of images; an array of
            shape (B, 1, 1, 1) will do. None where it does not.
    """

    to_map: bytes
    from_map: bytes
    map_name: str
    sized_by: str | None


class _Field(NamedTuple):
    number: int
    whole: bytes  # with its number and length
    content: bytes


class _Node(NamedTuple):
    whole: bytes
    kind: bytes
    inputs: list[bytes]
    outputs: list[bytes]


def split_at_pooling(model: bytes) -> SplitGraph | None:
    """The parts of an image graph before and after its last pooling; None where it has none behind a layer.

    Args:
        model: the content of an ONNX file without external data.

    Raises:
        ValueError: it is no ONNX file.
    """
    rest: list[bytes] = []
    graph = b""
    for field in _fields(model):
        if field.number == _MODEL_GRAPH:
            graph = field.content
        else:
            rest.append(field.whole)
    parts = list(_fields(graph))
    nodes = [_node(part) for part in parts if part.number == _NODE]
    pooling = next((node for node in reversed(nodes) if node.kind in POOLINGS), None)
    given = [_name(part, _VALUE_NAME) for part in parts if part.number == _INPUT]
    if pooling is None or pooling.inputs[0] in given:
        return None
    map_name = pooling.inputs[0]
    outputs = [part for part in parts if part.number == _OUTPUT]
    before = _needed(nodes, [map_name], ())
    after = _needed(nodes, [_name(part, _VALUE_NAME) for part in outputs], [map_name])
    read = {name for node in after for name in node.inputs}
    sized_by = next((name for name in given if name in read), None)
    inputs = [part.whole for part in parts if part.number == _INPUT]
    new_inputs = [_message(_INPUT, _float_value(name)) for name in (map_name, sized_by) if name is not None]
    return SplitGraph(
        _rebuilt(rest, parts, before, inputs, [_message(_OUTPUT, _float_value(map_name))]),
        _rebuilt(rest, parts, after, new_inputs, [part.whole for part in outputs]),
        map_name.decode(),
        None if sized_by is None else sized_by.decode(),
    )


def _needed(nodes: list[_Node], wanted: list[bytes], given: "tuple[()] | list[bytes]") -> list[_Node]:
    """The nodes, in their order, on which some values depend, up to values that are given."""
    missing = set(wanted) - set(given)
    kept = []
    for node in reversed(nodes):  # which ONNX sorts by what depends on what
        if missing.intersection(node.outputs):
            kept.append(node)
            missing.update(name for name in node.inputs if name not in given)
    return kept[::-1]


def _rebuilt(
    rest: list[bytes], parts: list[_Field], nodes: list[_Node], inputs: list[bytes], outputs: list[bytes]
) -> bytes:
    """A model with some of the nodes, the constants that these read, and other inputs and outputs."""
    read = {name for node in nodes for name in node.inputs}
    ours = (_NODE, _INPUT, _OUTPUT, _VALUE_INFO)  # shapes of values between are left out: the number of images differs
    kept = [
        part.whole
        for part in parts
        if part.number not in ours and (part.number != _INITIALIZER or _name(part, _TENSOR_NAME) in read)
    ]
    graph = b"".join((*(node.whole for node in nodes), *kept, *inputs, *outputs))
    return b"".join((*rest, _message(_MODEL_GRAPH, graph)))


def _node(field: _Field) -> _Node:
    node = _Node(field.whole, b"", [], [])
    for part in _fields(field.content):
        if part.number == _NODE_TYPE:
            node = node._replace(kind=part.content)
        elif part.number in (_NODE_INPUT, _NODE_OUTPUT):
            (node.inputs if part.number == _NODE_INPUT else node.outputs).append(part.content)
    return node


def _name(field: _Field, number: int) -> bytes:
    """The name in the message of a field; tensors hold megabytes, of which only the heads of fields are read."""
    return next((part.content for part in _fields(field.content) if part.number == number), b"")


def _float_value(name: bytes) -> bytes:
    """A ValueInfoProto: float32 with four axes of any size."""
    shape = b"".join(_message(1, b"") for _ in range(4))
    tensor = b"\x08" + bytes([_FLOAT]) + _message(2, shape)
    return _message(_VALUE_NAME, name) + _message(_VALUE_TYPE, _message(1, tensor))


def _message(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | _BYTES) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    written = bytearray()
    while value > 0x7F:
        written.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*written, value])


def _fields(message: bytes) -> Iterator[_Field]:
    """The fields of a message, in order.

    Raises:
        ValueError: it is no such message.
    """
    at = 0
    while at < len(message):
        start = at
        key, at = _read_varint(message, at)
        wire = key & 7
        if wire == _VARINT:
            _, end = _read_varint(message, at)
        elif wire == _BYTES:
            length, at = _read_varint(message, at)
            end = at + length
        elif wire in (_FIXED32, _FIXED64):
            end = at + (4 if wire == _FIXED32 else 8)
        else:
            raise ValueError(f"There is no wire type {wire}.")
        if end > len(message):
            raise ValueError("A field is longer than its message.")
        yield _Field(key >> 3, message[start:end], message[at:end])
        at = end


def _read_varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if at >= len(message) or shift > 63:
            raise ValueError("A number does not end.")
        byte = message[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if not byte & 0x80:
            return value, at
