#!/usr/bin/env bash
# onnxruntime 1.23.2: with a model of quantize_dynamic(), the result of a text depends on the other texts of the batch.
#
# Sentiment models are quantised with quantize_dynamic() for CPUs, and texts are predicted in batches.
# Expected: The rows of a batch are independent, as in float32.
# Observed: DynamicQuantizeLinear uses one scale for the whole tensor, so another row with larger values changes the result of a row
# by a seventh of its largest value. One scale per row, written into the graph, solves it.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check onnxruntime==1.23.2 onnx==1.20.0 numpy==2.3.4

cd "$work"
"$work/venv/bin/python" - 2>/dev/null <<'PYTHON'
import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import quantize_dynamic

rng = np.random.default_rng(0)
weights = rng.standard_normal((64, 8)).astype(np.float32)
graph = helper.make_graph(
    [helper.make_node("MatMul", ["x", "w"], ["y"])],
    "product",
    [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 64])],
    [helper.make_tensor_value_info("y", TensorProto.FLOAT, [None, 8])],
    [numpy_helper.from_array(weights, "w")],
)
onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), "float32.onnx")
quantize_dynamic("float32.onnx", "int8.onnx")
row = rng.standard_normal((1, 64)).astype(np.float32)
larger = 20 * rng.standard_normal((1, 64)).astype(np.float32)
print("onnxruntime", onnxruntime.__version__)
changes = {}
for file in ("float32.onnx", "int8.onnx"):
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    alone = session.run(None, {"x": row})[0][0]
    beside = session.run(None, {"x": np.concatenate([row, larger])})[0][0]
    changes[file] = float(np.abs(alone - beside).max() / np.abs(alone).max())
    print(f"{file}: a row beside a larger one differs from the row alone by {changes[file]:.4f} of its greatest value")
assert changes["float32.onnx"] < 1e-5
assert changes["int8.onnx"] > 0.05
PYTHON
