#!/usr/bin/env bash
# onnx-graphsurgeon 0.6.1: importing and exporting a model drops its metadata.
#
# Models keep their labels, preprocessing or version in metadata_props, which ONNX Runtime returns as custom_metadata_map. Graph
# Surgeon is a tool for changing graphs.
# Expected: Everything that was not changed stays, as the node, the names and ir_version do.
# Observed: metadata_props, doc_string and model_version are dropped without a warning. onnxslim, quantize_dynamic(), the version
# converter and ONNX Runtime's optimised models keep the metadata.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check onnx-graphsurgeon==0.6.1 onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6

"$work/venv/bin/python" - 2>/dev/null <<'PYTHON'
from importlib.metadata import version

import onnx_graphsurgeon
import onnxruntime
from onnx import TensorProto, helper

x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, [None, 3]) for name in "xy")
graph = helper.make_graph([helper.make_node("Softmax", ["x"], ["y"])], "head", [x], [y])
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8, model_version=7)
helper.set_model_props(model, {"labels": "negative,neutral,positive"})
exported = onnx_graphsurgeon.export_onnx(onnx_graphsurgeon.import_onnx(model))

def metadata(model):
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.get_modelmeta().custom_metadata_map, session.get_modelmeta().version

print("onnx-graphsurgeon", version("onnx-graphsurgeon"))
print("before:", before := metadata(model))
print("after: ", after := metadata(exported))
assert [node.op_type for node in exported.graph.node] == ["Softmax"] and exported.ir_version == 8
assert before == ({"labels": "negative,neutral,positive"}, 7)
assert after[0] == {} and after[1] != 7
PYTHON
