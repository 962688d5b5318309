import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from anymood.export.embeddings import BLOCK, from_int4, pack_embeddings, to_int4
from anymood.runtime.engines.onnxruntime import session_options

ROWS, WIDTH = 50, 64


def graph(*, half: bool = False) -> onnx.ModelProto:
    """Rows of an embedding by their ids."""
    table = np.random.default_rng(0).standard_normal((ROWS, WIDTH)).astype(np.float16 if half else np.float32)
    nodes = [helper.make_node("Gather", ["table", "ids"], ["rows"])]
    if half:
        nodes.insert(0, helper.make_node("Cast", ["table.half"], ["table"], to=TensorProto.FLOAT))
    result = helper.make_graph(
        nodes,
        "test",
        [helper.make_tensor_value_info("ids", TensorProto.INT64, ["B", "T"])],
        [helper.make_tensor_value_info("rows", TensorProto.FLOAT, ["B", "T", WIDTH])],
        [numpy_helper.from_array(table, "table.half" if half else "table")],
    )
    return helper.make_model(result, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)


def run(model: onnx.ModelProto, ids: np.ndarray) -> np.ndarray:
    onnx.checker.check_model(model, full_check=True)
    session = onnxruntime.InferenceSession(model.SerializeToString(), session_options(threads=1))
    [rows] = session.run(["rows"], {"ids": ids})
    return rows


@pytest.mark.parametrize("half", [False, True])
def test_embeddings_in_four_bits_keep_their_rows(half: bool) -> None:
    ids = np.random.default_rng(1).integers(0, ROWS, (3, 7))
    plain = run(graph(half=half), ids)
    model = pack_embeddings(graph(half=half), "table")
    actual = run(model, ids)
    assert np.abs(actual - plain).max() < np.abs(plain).max() / 7
    rows = from_int4(*to_int4(plain.reshape(-1, WIDTH)))
    np.testing.assert_allclose(actual.reshape(-1, WIDTH), rows, atol=1e-6)
    stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    assert stored["table.int4"].shape == (ROWS, WIDTH // 2)
    assert stored["table.int4_scale"].shape == (ROWS, WIDTH // BLOCK)
    assert not {"table", "table.half"} & set(stored)


def test_rows_of_four_bits_are_stored_without_a_loss() -> None:
    rng = np.random.default_rng(0)
    numbers = rng.integers(-8, 8, (20, 4, BLOCK))
    numbers[:, :, 5] = -8  # each block has one of the greatest magnitude, as the format gives them
    scales = rng.uniform(-2, 2, (20, 4, 1)).astype(np.float16)
    scales[3, 1] = 0
    rows = (numbers * scales.astype(np.float32)).astype(np.float32).reshape(20, -1)
    np.testing.assert_array_equal(from_int4(*to_int4(rows)), rows)
