from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from same import assert_same

from anymood.runtime.engines.onnxruntime import OnnxRuntime
from anymood.runtime.onnx_file import with_mapped_weights

TABLE = np.random.default_rng(0).integers(0, 255, (1000, 300), np.uint8)
MATRIX = np.random.default_rng(1).normal(size=(300, 100)).astype(np.float32)


def write(path: Path, name: str = "matrix") -> Path:
    """Rows of a table by their ids, multiplied by a matrix; the length of the names moves the weights in the file."""
    nodes = [
        helper.make_node("Gather", ["table", "ids"], ["rows"]),
        helper.make_node("Cast", ["rows"], ["numbers"], to=TensorProto.FLOAT),
        helper.make_node("MatMul", ["numbers", name], ["product"]),
        helper.make_node("Add", ["product", "bias"], ["sum"]),
    ]
    weights = {"table": TABLE, name: MATRIX, "bias": np.ones(100, np.float32)}
    graph = helper.make_graph(
        nodes,
        "graph",
        [helper.make_tensor_value_info("ids", TensorProto.INT64, ["B"])],
        [helper.make_tensor_value_info("sum", TensorProto.FLOAT, ["B", 100])],
        [numpy_helper.from_array(values, name) for name, values in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    path.write_bytes(model.SerializeToString())
    return path


def test_large_weights_stay_in_the_file(tmp_path):
    path = write(tmp_path / "graph.onnx")
    mapped = onnx.load_from_string(with_mapped_weights(path))
    weights = {tensor.name: tensor for tensor in mapped.graph.initializer}
    place = {entry.key: entry.value for entry in weights["table"].external_data}
    start, length = int(place["offset"]), int(place["length"])
    assert place["location"] == "graph.onnx"
    assert path.read_bytes()[start : start + length] == TABLE.tobytes()
    assert not weights["table"].raw_data
    assert_same(numpy_helper.to_array(weights["bias"]), np.ones(100, np.float32))
    assert mapped.graph.node == onnx.load(path).graph.node
    onnx.checker.check_model(onnx.load(path))


def test_a_graph_computes_the_same_from_mapped_weights(tmp_path):
    ids = np.array([0, 999, 5])
    expected = TABLE[ids].astype(np.float32) @ MATRIX + 1
    folder = tmp_path / "hub"
    folder.mkdir()
    write(folder / "blob")
    (tmp_path / "linked.onnx").symlink_to(folder / "blob")
    for path in (folder / "blob", tmp_path / "linked.onnx"):
        [actual] = OnnxRuntime().load(path, threads=1, runs=1, exact=True).run(["sum"], {"ids": ids})
        assert_same(actual, expected, close=1e-2)  # of sums of 300 products up to 255


def test_numbers_that_would_lie_at_an_odd_place_are_copied(tmp_path):
    stored = set()
    for length in range(1, 9):
        mapped = onnx.load_from_string(with_mapped_weights(write(tmp_path / "graph.onnx", "m" * length)))
        [matrix] = [tensor for tensor in mapped.graph.initializer if tensor.name == "m" * length]
        place = {entry.key: int(entry.value) for entry in matrix.external_data if entry.key == "offset"}
        assert place.get("offset", 0) % 4 == 0
        stored.add(bool(matrix.raw_data))
    assert stored == {True, False}


@pytest.mark.parametrize("content", [b"", b"no graph", b"\x3a\xff\xff\xff\xff\x7f"])
def test_what_is_not_a_graph_is_an_error(tmp_path, content):
    (tmp_path / "graph.onnx").write_bytes(content)
    with pytest.raises(ValueError, match="empty file|wire type|longer than its message|does not end"):
        with_mapped_weights(tmp_path / "graph.onnx")
