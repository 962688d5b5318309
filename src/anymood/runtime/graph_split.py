"""An image graph split at its pooling layer.

An image encoder ends with a feature map (B, K, P, Q) of K features at P x Q positions, and their mean over the
positions. Explanations leave positions out of that mean, so they need the map, and the rest of the graph.

Only the list of nodes and their names is parsed; all else is copied.
"""

from typing import NamedTuple

from anymood.runtime.onnx_file import (
    GRAPH,
    INITIALIZER,
    INPUT,
    NODE,
    NODE_INPUT,
    NODE_OUTPUT,
    NODE_TYPE,
    OUTPUT,
    TENSOR_NAME,
    VALUE_INFO,
    VALUE_NAME,
    VALUE_TYPE,
    Field,
    fields,
    message,
)

POOLINGS = frozenset({b"GlobalAveragePool", b"ReduceMean"})

_FLOAT = 1  # the element type


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


class _Node(NamedTuple):
    whole: bytes
    kind: bytes
    inputs: list[bytes]
    outputs: list[bytes]


def split_at_pooling(model: bytes) -> SplitGraph | None:
    """Split an image graph at its last pooling layer; None if it has none.

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
    nodes = [_node(part) for part in parts if part.number == NODE]
    pooling = next((node for node in reversed(nodes) if node.kind in POOLINGS), None)
    given = [_name(part, VALUE_NAME) for part in parts if part.number == INPUT]
    if pooling is None or pooling.inputs[0] in given:
        return None
    map_name = pooling.inputs[0]
    outputs = [part for part in parts if part.number == OUTPUT]
    before = _needed(nodes, [map_name], ())
    after = _needed(nodes, [_name(part, VALUE_NAME) for part in outputs], [map_name])
    read = {name for node in after for name in node.inputs}
    sized_by = next((name for name in given if name in read), None)
    inputs = [part.whole for part in parts if part.number == INPUT]
    new_inputs = [message(INPUT, _float_value(name)) for name in (map_name, sized_by) if name is not None]
    return SplitGraph(
        _rebuilt(rest, parts, before, inputs, [message(OUTPUT, _float_value(map_name))]),
        _rebuilt(rest, parts, after, new_inputs, [part.whole for part in outputs]),
        map_name.decode(),
        None if sized_by is None else sized_by.decode(),
    )


def _needed(nodes: list[_Node], wanted: list[bytes], given: "tuple[()] | list[bytes]") -> list[_Node]:
    """The nodes on which some values depend, down to the given values, in order."""
    missing = set(wanted) - set(given)
    kept = []
    for node in reversed(nodes):  # which ONNX sorts by what depends on what
        if missing.intersection(node.outputs):
            kept.append(node)
            missing.update(name for name in node.inputs if name not in given)
    return kept[::-1]


def _rebuilt(
    rest: list[bytes], parts: list[Field], nodes: list[_Node], inputs: list[bytes], outputs: list[bytes]
) -> bytes:
    """A model with a subset of the nodes, the constants they read, and other inputs and outputs."""
    read = {name for node in nodes for name in node.inputs}
    ours = (NODE, INPUT, OUTPUT, VALUE_INFO)  # shapes of values between are left out: the number of images differs
    kept = [
        part.whole
        for part in parts
        if part.number not in ours and (part.number != INITIALIZER or _name(part, TENSOR_NAME) in read)
    ]
    graph = b"".join((*(node.whole for node in nodes), *kept, *inputs, *outputs))
    return b"".join((*rest, message(GRAPH, graph)))


def _node(field: Field) -> _Node:
    node = _Node(field.whole, b"", [], [])
    for part in field.fields():
        if part.number == NODE_TYPE:
            node = node._replace(kind=part.content)
        elif part.number in (NODE_INPUT, NODE_OUTPUT):
            (node.inputs if part.number == NODE_INPUT else node.outputs).append(part.content)
    return node


def _name(field: Field, number: int) -> bytes:
    """The name in the message of a field. Of tensors, which hold megabytes, only the first fields are parsed."""
    return next((part.content for part in field.fields() if part.number == number), b"")


def _float_value(name: bytes) -> bytes:
    """A ValueInfoProto of float32 with four dynamic axes."""
    shape = b"".join(message(1, b"") for _ in range(4))
    tensor = b"\x08" + bytes([_FLOAT]) + message(2, shape)
    return message(VALUE_NAME, name) + message(VALUE_TYPE, message(1, tensor))
