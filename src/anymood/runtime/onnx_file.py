"""Edits ONNX files, which are protocol buffers, without the package onnx, which is not part of the base install.

Wire format: https://protobuf.dev/programming-guides/encoding; fields: onnx.proto3 of the ONNX project.
"""

import mmap
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, TypeAlias

# Field numbers of onnx.proto3
GRAPH = 7  # of a model
NODE, INITIALIZER, INPUT, OUTPUT, VALUE_INFO = 1, 5, 11, 12, 13  # of a graph
NODE_INPUT, NODE_OUTPUT, NODE_NAME, NODE_TYPE, NODE_ATTRIBUTE = 1, 2, 3, 4, 5
TENSOR_SHAPE, TENSOR_TYPE, TENSOR_NAME, TENSOR_RAW, TENSOR_EXTERNAL = 1, 2, 8, 9, 13
ATTRIBUTE_INT = 3
VALUE_NAME, VALUE_TYPE = 1, 2
ENTRY_KEY, ENTRY_VALUE = 1, 2  # of the description of external data

_IS_EXTERNAL = b"\x70\x01"  # field 14 of a tensor, where its data are: 1 for external
_LARGE = 1 << 16  # bytes of a weight that is worth mapping
_NUMBER_BYTES = {1: 4, 2: 1, 3: 1, 10: 2}  # by TENSOR_TYPE: float32, uint8, int8, float16

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5  # wire types

POOLINGS = frozenset({b"GlobalAveragePool", b"ReduceMean"})
_FLOAT = 1  # of TENSOR_TYPE


Source: TypeAlias = bytes | mmap.mmap


class Field(NamedTuple):
    """A field of a message.

    Attributes:
        number: number of the field.
        source: bytes of the message that contains it.
        start: offset of the field in ``source``.
        at: offset of its content, after its number and length.
        end: offset of its end.
    """

    number: int
    source: Source
    start: int
    at: int
    end: int

    @property
    def whole(self) -> bytes:
        """The bytes of the field, with its number and length."""
        return self.source[self.start : self.end]

    @property
    def content(self) -> bytes:
        """The bytes of its content."""
        return self.source[self.at : self.end]

    @property
    def value(self) -> int:
        """Its integer value."""
        return _read_varint(self.source, self.at, self.end)[0]

    def fields(self) -> "Iterator[Field]":
        """The fields of the message it contains."""
        return fields(self.source, self.at, self.end)


class SplitGraph(NamedTuple):
    """The two parts of an image graph as ONNX files.

    Attributes:
        to_map: from pixels to the feature map.
        from_map: from the feature map to the outputs of the whole graph.
        map_name: name of the feature map in both.
        sized_by: input of the whole graph from which the second part reads the batch size; an array of shape
            (B, 1, 1, 1) suffices. None if it does not.
    """

    to_map: bytes
    from_map: bytes
    map_name: str
    sized_by: str | None


class Node(NamedTuple):
    """A node of a graph: its field, operator, and names of inputs and outputs."""

    whole: bytes
    kind: bytes
    inputs: list[bytes]
    outputs: list[bytes]


def with_mapped_weights(path: Path) -> bytes:
    """An ONNX file with its large weights as external data, which stay in the file at ``path``.

    Engines map external data into memory: the weights are not copied, processes share them, and of an embedding table
    only the rows that are used are read.

    Raises:
        ValueError: it is not an ONNX file.
    """
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as source:
        return b"".join(
            message(GRAPH, b"".join(_mapped(part, path.name) for part in model.fields()))
            if model.number == GRAPH
            else model.whole
            for model in fields(source)
        )


def _mapped(part: Field, file: str) -> bytes:
    """A part of a graph, with large weights replaced by references to a file."""
    if part.number != INITIALIZER or part.end - part.at < _LARGE:
        return part.whole
    weight = list(part.fields())
    raw = next((field for field in weight if field.number == TENSOR_RAW), None)
    kind = next((field.value for field in weight if field.number == TENSOR_TYPE), 0)
    if raw is None or raw.at % _NUMBER_BYTES.get(kind, 8):
        return part.whole
    place = {"location": file, "offset": str(raw.at), "length": str(raw.end - raw.at)}
    entries = (message(ENTRY_KEY, key.encode()) + message(ENTRY_VALUE, value.encode()) for key, value in place.items())
    written = [field.whole for field in weight if field is not raw]
    written += [message(TENSOR_EXTERNAL, entry) for entry in entries]
    return message(INITIALIZER, b"".join((*written, _IS_EXTERNAL)))


def split_at_pooling(model: bytes) -> SplitGraph | None:
    """Split an image graph at its last pooling layer; None if it has none.

    An image encoder ends with a feature map (B, K, P, Q) of K features at P x Q positions, and their mean over the
    positions. Explanations leave positions out of that mean, so they need the map, and the rest of the graph.

    Only the list of nodes and their names is parsed; everything else is copied.

    Args:
        model: content of an ONNX file without external data.

    Raises:
        ValueError: it is not an ONNX file.
    """
    rest: list[bytes] = []
    graph = b""
    for field in fields(model):
        if field.number == GRAPH:
            graph = field.content
        else:
            rest.append(field.whole)
    parts = list(fields(graph))
    nodes = [read_node(part) for part in parts if part.number == NODE]
    pooling = next((node for node in reversed(nodes) if node.kind in POOLINGS), None)
    input_names = [name_in(part, VALUE_NAME) for part in parts if part.number == INPUT]
    if pooling is None or pooling.inputs[0] in input_names:
        return None
    map_name = pooling.inputs[0]
    outputs = [part for part in parts if part.number == OUTPUT]
    before = _needed(nodes, [map_name], ())
    after = _needed(nodes, [name_in(part, VALUE_NAME) for part in outputs], [map_name])
    read = {name for node in after for name in node.inputs}
    sized_by = next((name for name in input_names if name in read), None)
    inputs = [part.whole for part in parts if part.number == INPUT]
    new_inputs = [message(INPUT, array_value(name, _FLOAT, 4)) for name in (map_name, sized_by) if name is not None]
    return SplitGraph(
        _rebuilt(rest, parts, before, inputs, [message(OUTPUT, array_value(map_name, _FLOAT, 4))]),
        _rebuilt(rest, parts, after, new_inputs, [part.whole for part in outputs]),
        map_name.decode(),
        None if sized_by is None else sized_by.decode(),
    )


def _needed(nodes: list[Node], outputs: list[bytes], inputs: "tuple[()] | list[bytes]") -> list[Node]:
    """The nodes on which some values depend, back to the given values, in order."""
    missing = set(outputs) - set(inputs)
    needed = []
    for node in reversed(nodes):  # in topological order
        if missing.intersection(node.outputs):
            needed.append(node)
            missing.update(name for name in node.inputs if name not in inputs)
    return needed[::-1]


def _rebuilt(
    rest: list[bytes], parts: list[Field], nodes: list[Node], inputs: list[bytes], outputs: list[bytes]
) -> bytes:
    """A model with a subset of the nodes, the constants they read, and other inputs and outputs."""
    read = {name for node in nodes for name in node.inputs}
    changed = (NODE, INPUT, OUTPUT, VALUE_INFO)  # shapes of values between are left out: the number of images differs
    others = [
        part.whole
        for part in parts
        if part.number not in changed and (part.number != INITIALIZER or name_in(part, TENSOR_NAME) in read)
    ]
    graph = b"".join((*(node.whole for node in nodes), *others, *inputs, *outputs))
    return b"".join((*rest, message(GRAPH, graph)))


def read_node(field: Field) -> Node:
    """The node in a field."""
    node = Node(field.whole, b"", [], [])
    for part in field.fields():
        if part.number == NODE_TYPE:
            node = node._replace(kind=part.content)
        elif part.number in (NODE_INPUT, NODE_OUTPUT):
            (node.inputs if part.number == NODE_INPUT else node.outputs).append(part.content)
    return node


def name_in(field: Field, number: int) -> bytes:
    """The name in the message of a field. Of tensors, which hold megabytes, only the first fields are parsed."""
    return next((part.content for part in field.fields() if part.number == number), b"")


def array_value(name: bytes, kind: int, axes: int) -> bytes:
    """A ValueInfoProto of an array with dynamic axes, whose numbers are of a TENSOR_TYPE."""
    tensor = b"\x08" + bytes([kind]) + message(2, axes * message(1, b""))
    return message(VALUE_NAME, name) + message(VALUE_TYPE, message(1, tensor))


def message(number: int, content: bytes) -> bytes:
    """A field that contains bytes or a message."""
    return _varint(number << 3 | _BYTES) + _varint(len(content)) + content


def fields(source: Source, start: int = 0, end: int | None = None) -> Iterator[Field]:
    """The fields of a message, in order.

    Args:
        source: bytes that contain the message.
        start: offset of its first field.
        end: offset of its end; by default the end of ``source``.

    Raises:
        ValueError: it is not a message.
    """
    at = start
    end = len(source) if end is None else end
    while at < end:
        start = at
        key, at = _read_varint(source, at, end)
        wire = key & 7
        if wire == _VARINT:
            _, after = _read_varint(source, at, end)
        elif wire == _BYTES:
            length, at = _read_varint(source, at, end)
            after = at + length
        elif wire in (_FIXED32, _FIXED64):
            after = at + (4 if wire == _FIXED32 else 8)
        else:
            raise ValueError(f"There is no wire type {wire}.")
        if after > end:
            raise ValueError("A field is longer than its message.")
        yield Field(key >> 3, source, start, at, after)
        at = after


def _varint(value: int) -> bytes:
    written = bytearray()
    while value > 0x7F:
        written.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*written, value])


def _read_varint(source: Source, at: int, end: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if at >= end or shift > 63:
            raise ValueError("A number has no end.")
        byte = source[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if not byte & 0x80:
            return value, at
