#!/usr/bin/env bash
# openvino 2025.3.0: the CPU device computes 64-bit integers in 32 bits and returns them as 64 bits, without a warning.
#
# Text graphs take token ids as int64, and graphs may count, hash or mask with them.
# Expected: int64 is used throughout, as in ONNX Runtime.
# Observed: 3,000,000,000 + 1 and 2**40 + 1 both give -2,147,483,648, with the output type int64. Version 2026.4 wraps around instead,
# to -1,294,967,295 and 1.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check openvino==2025.3.0 onnxruntime==1.23.2 onnx==1.20.0

cd "$work"
"$work/venv/bin/python" - <<'PYTHON'
import numpy as np
import onnx
import onnxruntime
import openvino
from onnx import TensorProto, helper, numpy_helper

graph = helper.make_graph(
    [helper.make_node("Add", ["ids", "one"], ["next"])],
    "sum",
    [helper.make_tensor_value_info("ids", TensorProto.INT64, [None])],
    [helper.make_tensor_value_info("next", TensorProto.INT64, [None])],
    [numpy_helper.from_array(np.array([1], np.int64), "one")],
)
onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), "sum.onnx")
ids = np.array([5, 3_000_000_000, 2**40], np.int64)
right = onnxruntime.InferenceSession("sum.onnx", providers=["CPUExecutionProvider"]).run(None, {"ids": ids})[0]
found = openvino.Core().compile_model("sum.onnx", "CPU")(ids)[0]
print("openvino", openvino.__version__)
print("ids + 1 in onnxruntime:", right.tolist())
print("ids + 1 in openvino:   ", found.tolist(), found.dtype)
assert right.tolist() == (ids + 1).tolist()
assert found.dtype == np.int64
assert found.tolist() == [6, -(2**31), -(2**31)]
PYTHON
