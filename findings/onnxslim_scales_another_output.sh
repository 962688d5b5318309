#!/usr/bin/env bash
# onnxslim 0.1.98: scaling one output of a model also scales another output.
#
# The model returns the probabilities of its logits and, as a second output, the logits divided by a temperature, in another shape.
# Expected: The slimmed model gives the same outputs.
# Observed: The factor is moved into the weights of the Gemm, although another node reads its output: the probabilities are those of
# the divided logits, 0.63 instead of 0.84, without an error or warning. onnxsim and onnxoptimizer are correct.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check onnxslim==0.1.98 onnxoptimizer==0.4.2 onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6

"$work/venv/bin/python" -W error::UserWarning - <<'PYTHON'
from importlib.metadata import version

import numpy as np
import onnx
import onnxoptimizer
import onnxruntime
import onnxslim
from onnx import TensorProto, helper, numpy_helper

graph = helper.make_graph(
    [
        helper.make_node("Gemm", ["x", "weights", "bias"], ["logits"], transB=1),
        helper.make_node("Softmax", ["logits"], ["probabilities"]),
        helper.make_node("Reshape", ["logits", "shape"], ["reshaped"]),
        helper.make_node("Mul", ["reshaped", "factor"], ["scaled"]),
    ],
    "head",
    [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["posts", 2])],
    [
        helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["posts", 3]),
        helper.make_tensor_value_info("scaled", TensorProto.FLOAT, ["posts", 1, 3]),
    ],
    [
        numpy_helper.from_array(np.array([[3, 0], [0, 1], [1, 0]], np.float32), "weights"),
        numpy_helper.from_array(np.zeros(3, np.float32), "bias"),
        numpy_helper.from_array(np.array([-1, 1, 3], np.int64), "shape"),
        numpy_helper.from_array(np.float32(0.5), "factor"),
    ],
)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
onnx.checker.check_model(model, full_check=True)

def outputs(model):
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(["probabilities", "scaled"], {"x": np.array([[1, 0]], np.float32)})

print("onnxslim", version("onnxslim"))
before, other = outputs(model), outputs(onnxoptimizer.optimize(model))
slim = outputs(onnxslim.slim(model))
for name, (probabilities, scaled) in {"before": before, "onnxoptimizer": other, "onnxslim": slim}.items():
    print("%-14s probabilities" % name, probabilities[0].round(2), "scaled", scaled[0, 0].round(2))
assert all(np.allclose(*pair) for pair in zip(before, other))
assert np.allclose(before[1], slim[1])
assert before[0][0, 0] > 0.8 and slim[0][0, 0] < 0.65
PYTHON
