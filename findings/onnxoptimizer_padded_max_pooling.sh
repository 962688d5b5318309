#!/usr/bin/env bash
# onnxoptimizer 0.4.2: optimize() drops zero padding before a max pooling, so that edges become negative.
#
# Pad writes zeros around an image, while the padding of MaxPool is "implicit minus infinity" by ONNX's specification. Networks from
# TensorFlow have a separate Pad before pooling, and without ReLU values may be negative.
# Expected: The two nodes stay separate (as with onnxsim and onnxslim), or are merged only if no value is negative.
# Observed: One MaxPool with pads, by a default pass of optimize(). Where an image is negative, its edges change from 0 to negative
# values.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check onnxoptimizer==0.4.2 onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6

"$work/venv/bin/python" - <<'PYTHON'
from importlib.metadata import version

import numpy as np
import onnx
import onnxoptimizer
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

graph = helper.make_graph(
    [
        helper.make_node("Pad", ["image", "pads"], ["padded"]),
        helper.make_node("MaxPool", ["padded"], ["pooled"], kernel_shape=[2, 2], strides=[2, 2]),
    ],
    "pooling",
    [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 1, 2, 2])],
    [helper.make_tensor_value_info("pooled", TensorProto.FLOAT, [1, 1, 2, 2])],
    [numpy_helper.from_array(np.array([0, 0, 1, 1, 0, 0, 1, 1], np.int64), "pads")],
)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
onnx.checker.check_model(model, full_check=True)
optimized = onnxoptimizer.optimize(model)
image = np.array([[[[-1, -2], [-3, 4]]]], np.float32)

def pooled(model):
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, {"image": image})[0][0, 0].tolist()

print("onnxoptimizer", version("onnxoptimizer"))
print("before:", pooled(model), [node.op_type for node in model.graph.node])
print("after: ", pooled(optimized), [node.op_type for node in optimized.graph.node])
assert ReferenceEvaluator(model).run(None, {"image": image})[0][0, 0].tolist() == pooled(model) == [[0, 0], [0, 4]]
assert pooled(optimized) == [[-1, -2], [-3, 4]]
assert [node.op_type for node in optimized.graph.node] == ["MaxPool"]
PYTHON
