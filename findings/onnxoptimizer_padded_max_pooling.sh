#!/usr/bin/env bash
# onnxoptimizer 0.4.2: zeros around a max pooling are gone after optimize(), so that its edges are negative.
#
# Pad writes zeros around an image; the padding of MaxPool is "implicit minus infinity", as ONNX's specification says. Networks that came
# from TensorFlow have a Pad of their own before pooling, and after a layer without ReLU values may be below 0.
# One would guess: the two are left apart (as onnxsim and onnxslim do), or put together only if no value is below 0.
# Seen: one MaxPool with pads, among the passes that optimize() has by default. Where an image is below 0, its edges change from 0 to that.
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
