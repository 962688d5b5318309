import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from same import assert_same

from anymood.runtime import embedding_rows
from anymood.runtime.embedding_rows import with_rows_as_inputs
from anymood.runtime.engines.onnxruntime import OnnxGraph
from anymood.runtime.finding import find_bundle
from anymood.runtime.onnx_file import with_mapped_weights

pytestmark = pytest.mark.skipif(os.name != "posix", reason="weights are mapped on POSIX systems alone")

random = np.random.default_rng(0)
PACKED = random.integers(0, 255, (1000, 128), np.uint8)
SCALES = random.integers(-128, 127, (1000, 128), np.int8)
TOKENS = np.array([[5, 999, 5, 7], [0, 5, 1, 1]])


@pytest.fixture(autouse=True)
def small_tables_count(monkeypatch):
    monkeypatch.setattr(embedding_rows, "LARGE", 100_000)


def node(kind: str, inputs: str, output: str, **settings: int) -> onnx.NodeProto:
    return helper.make_node(kind, inputs.split(), [output], f"node_{output}", **settings)


ARRANGED = [
    node("Reshape", "tokens flat", "view"),
    node("Unsqueeze", "view first", "row"),
    node("GatherND", "row kept", "ids"),
]


def write(path: Path, ids: list[onnx.NodeProto], axis: int | None = None, more: str = "tokens") -> Path:
    """A graph that makes ids, gathers rows of two tables by them, and multiplies these."""
    settings = {} if axis is None else {"axis": axis}
    nodes = [
        *ids,
        node("Gather", "packed ids", "bytes", **settings),
        node("Cast", "bytes", "numbers", to=TensorProto.FLOAT),
        node("ReduceSum", "numbers last", "sums"),
        node("Gather", "scales ids", "scales8", **settings),
        node("Cast", "scales8", "scales32", to=TensorProto.FLOAT),
        node("Mul", "sums scales32", "product"),
    ]
    weights = {
        "packed": PACKED,
        "scales": SCALES,
        "flat": np.array([-1]),
        "first": np.array([0]),
        "last": np.array([-1]),
        "one": np.array(1),
        "kept": np.array([[0, 0], [0, 1], [0, 3], [0, 6]]),
    }
    inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, ["B", "T"]) for name in {"tokens", more}]
    outputs = [helper.make_tensor_value_info("product", TensorProto.FLOAT, None)]
    tensors = [numpy_helper.from_array(values, name) for name, values in weights.items()]
    graph = helper.make_graph(nodes, "graph", inputs, outputs, tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    path.write_bytes(model.SerializeToString())
    return path


def product_of(ids: np.ndarray) -> np.ndarray:
    """What the graph computes."""
    return PACKED[ids].sum(axis=-1, keepdims=True, dtype=np.float32) * SCALES[ids]


@pytest.mark.parametrize("axis", [None, 0])
@pytest.mark.parametrize(
    ("nodes", "ids"), [(ARRANGED, TOKENS.ravel()[[0, 1, 3, 6]]), ([node("Identity", "tokens", "ids")], TOKENS)]
)
def test_a_graph_computes_the_same_from_rows(tmp_path, nodes, ids, axis):
    path = write(tmp_path / "graph.onnx", nodes, axis)
    model, rows = with_rows_as_inputs(with_mapped_weights(path), path)
    inputs = rows.added_to({"tokens": TOKENS})
    assert {name: array.shape for name, array in inputs.items()} == {
        "tokens": (2, 4),
        "tokens.positions": (2, 4),
        "packed.rows": (5, 128),
        "scales.rows": (5, 128),
    }
    assert inputs["packed.rows"].tolist() == PACKED[[0, 1, 5, 7, 999]].tolist()
    names = [value.name for value in onnx.load_from_string(model).graph.input]
    assert sorted(names) == sorted(inputs)
    [actual] = OnnxGraph(path, 1).run(["product"], {"tokens": TOKENS})
    assert_same(actual.squeeze(), product_of(ids))


def test_ids_that_are_computed_leave_the_table_as_it_is(tmp_path):
    path = write(tmp_path / "graph.onnx", [node("Sub", "tokens one", "ids")])
    model = with_mapped_weights(path)
    assert with_rows_as_inputs(model, path) == (model, None)
    [actual] = OnnxGraph(path, 1).run(["product"], {"tokens": TOKENS})
    assert_same(actual, product_of(TOKENS - 1))


@pytest.mark.parametrize(
    ("axis", "more", "large"),
    [(1, "tokens", 100_000), (0, "mask", 100_000), (0, "tokens", PACKED.nbytes + 1)],
)
def test_tables_that_do_not_qualify_stay(tmp_path, monkeypatch, axis, more, large):
    monkeypatch.setattr(embedding_rows, "LARGE", large)
    path = write(tmp_path / "graph.onnx", [node("Identity", "tokens", "ids")], axis, more)
    model = with_mapped_weights(path)
    assert with_rows_as_inputs(model, path) == (model, None)


@pytest.mark.parametrize("token", [1000, -1])
def test_an_id_that_has_no_row_is_an_error(tmp_path, token):
    graph = OnnxGraph(write(tmp_path / "graph.onnx", ARRANGED), 1)
    with pytest.raises(IndexError, match="outside of the 1000 rows of the table"):
        graph.run(["product"], {"tokens": np.full((1, 7), token)})


def test_a_file_that_has_become_shorter_is_an_error(tmp_path):
    path = write(tmp_path / "graph.onnx", ARRANGED)
    _, rows = with_rows_as_inputs(with_mapped_weights(path), path)
    os.truncate(path, 1000)
    with pytest.raises(TypeError, match="buffer is too small"):
        rows.added_to({"tokens": TOKENS})


def test_the_file_is_closed_with_its_reader(tmp_path):
    path = write(tmp_path / "graph.onnx", ARRANGED)
    _, rows = with_rows_as_inputs(with_mapped_weights(path), path)
    file = rows._file
    os.fstat(file)
    del rows
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(file)


def test_threads_read_rows_at_the_same_time(tmp_path):
    path = write(tmp_path / "graph.onnx", ARRANGED)
    graph = OnnxGraph(path, 1)
    batches = [random.integers(0, 1000, (2, 4)) for _ in range(200)]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda tokens: graph.run(["product"], {"tokens": tokens})[0], batches))
    for actual, tokens in zip(together, batches, strict=True):
        assert_same(actual, graph.run(["product"], {"tokens": tokens})[0])


def test_the_rows_of_the_bundled_text_encoder_are_read():
    path = find_bundle("sentiment").parent / "shared" / "text_encoder.onnx"
    _, rows = with_rows_as_inputs(with_mapped_weights(path), path)
    inputs = rows.added_to({"tokens": np.array([[0, 5, 2, 5]])})
    [(packed, dtype)] = [(array.shape, array.dtype) for name, array in inputs.items() if name.endswith("int4.rows")]
    assert (packed, dtype) == ((3, 192), np.uint8)
