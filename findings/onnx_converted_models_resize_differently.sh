#!/usr/bin/env bash
# onnx 1.23.2: version_converter.convert_version(model, 18) changes the results of an opset-10 model that resizes images.
#
# The converter updates models to a newer opset and has an adapter for each operator whose meaning changed. Without an attribute,
# Resize places pixels by their corners ("asymmetric") up to opset 10, and by their centres ("half_pixel") since opset 11.
# Expected: The same results, by the attribute "asymmetric" in the new model; or an error.
# Observed: The attribute is not written. A row 0, 8 resized to twice the width was 0, 4, 8, 8 and becomes 0, 2, 6, 8, without a
# warning. Upsample of opset 9 has the same problem, and so has a Hardmax of three dimensions, whose meaning changed in opset 13.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check onnx==1.23.2 onnxruntime==1.32.0

"$work/venv/bin/python" -W ignore - 2>/dev/null <<'PYTHON'
from importlib.metadata import version

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper, version_converter

def model_of(node, opset, shape, result_shape, constants=()):
    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, dims) for name, dims in (("x", shape), ("y", result_shape)))
    graph = helper.make_graph([node], "graph", [x], [y], list(constants))
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=7)
    onnx.checker.check_model(model)
    return model

def before_and_after(model, x):
    converted = version_converter.convert_version(model, 18)
    onnx.checker.check_model(converted)
    return [onnxruntime.InferenceSession(one.SerializeToString()).run(None, {"x": x})[0] for one in (model, converted)]

row = np.float32([0, 8]).reshape(1, 1, 1, 2)
scales = numpy_helper.from_array(np.float32([1, 1, 1, 2]), "scales")
print("onnx", version("onnx"), "and onnxruntime", version("onnxruntime"))
for name, opset in (("Resize", 10), ("Upsample", 9)):
    node = helper.make_node(name, ["x", "scales"], ["y"], mode="linear")
    model = model_of(node, opset, [1, 1, 1, 2], [1, 1, 1, 4], [scales])
    before, after = (result.ravel().tolist() for result in before_and_after(model, row))
    print(name, "of opset", opset, before, "converted to 18:", after)
    assert before == [0, 4, 8, 8] and after == [0, 2, 6, 8]
scores = np.float32([[[1, 2], [3, 4]]])
softmax, hardmax = (
    before_and_after(model_of(helper.make_node(name, ["x"], ["y"]), 11, [1, 2, 2], [1, 2, 2]), scores) for name in ("Softmax", "Hardmax")
)
before, after = (result.ravel().tolist() for result in hardmax)
print("Hardmax of opset 11", before, "converted to 18:", after)
assert before == [0, 0, 0, 1] and after == [0, 1, 0, 1]
assert np.allclose(*softmax)  # Softmax, whose meaning changed in the same way, is converted rightly
PYTHON
