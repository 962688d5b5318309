"""Replace the nodes of a graph."""

from typing import Any

import numpy as np
import onnx
from onnx import NodeProto, TensorProto, helper, numpy_helper


class Writer:
    """New nodes of a graph and their constants."""

    def __init__(self) -> None:
        self.nodes: list[NodeProto] = []
        self.weights: dict[str, TensorProto] = {}

    def constant(self, name: str, value: Any) -> str:
        """Write a constant, and return its name."""
        self.weights[name] = numpy_helper.from_array(np.asarray(value), name)
        return name

    def add(self, kind: str, inputs: list[str], output: str, **settings: Any) -> None:
        """Write a node with one output."""
        self.nodes.append(helper.make_node(kind, inputs, [output], **settings))


def rebuilt(model: onnx.ModelProto, nodes: list[NodeProto], added: dict[str, TensorProto]) -> onnx.ModelProto:
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
