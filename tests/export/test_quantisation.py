import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from anymood.export.quantisation import BLOCK, from_int4, pack_embeddings, quantise_products, to_int4, to_int8
from anymood.runtime.cores import products_overflow
from anymood.runtime.engines.onnxruntime import session_options

ROWS, WIDTH, OUT = 50, 64, 48


def graph(*, half: bool = False) -> onnx.ModelProto:
    """Rows of an embedding by their ids, two products, and a sum with one that is no product of weights."""
    rng = np.random.default_rng(0)
    weights = {
        "table": rng.standard_normal((ROWS, WIDTH)),
        "first": rng.standard_normal((WIDTH, OUT)) * rng.uniform(0.1, 3, OUT),
        "second": rng.standard_normal((WIDTH, OUT)),
    }
    stored = {name: value.astype(np.float16 if half else np.float32) for name, value in weights.items()}
    nodes = [
        helper.make_node("Gather", ["table", "ids"], ["rows"]),
        helper.make_node("MatMul", ["rows", "first"], ["one"]),
        helper.make_node("MatMul", ["rows", "second"], ["two"]),
        helper.make_node("Transpose", ["two"], ["turned"], perm=[0, 2, 1]),
        helper.make_node("MatMul", ["one", "turned"], ["out"]),
    ]
    if half:
        names = list(stored)
        stored = {f"{name}.half": value for name, value in stored.items()}
        nodes = [helper.make_node("Cast", [f"{n}.half"], [n], to=TensorProto.FLOAT) for n in names] + nodes
    result = helper.make_graph(
        nodes,
        "test",
        [helper.make_tensor_value_info("ids", TensorProto.INT64, ["B", "T"])],
        [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, ["B", "T", last])
            for name, last in (("out", "T"), ("one", OUT), ("rows", WIDTH))
        ],
        [numpy_helper.from_array(value, name) for name, value in stored.items()],
    )
    return helper.make_model(result, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)


def run(model: onnx.ModelProto, ids: np.ndarray) -> list[np.ndarray]:
    onnx.checker.check_model(model, full_check=True)
    session = onnxruntime.InferenceSession(model.SerializeToString(), session_options(threads=1))
    return session.run(["out", "one", "rows"], {"ids": ids})


@pytest.fixture
def ids() -> np.ndarray:
    return np.random.default_rng(1).integers(0, ROWS, (3, 7))


@pytest.mark.parametrize("half", [False, True])
def test_products_in_eight_bits_are_close(half: bool, ids: np.ndarray) -> None:
    plain = run(graph(half=half), ids)
    actual = run(quantise_products(graph(half=half)), ids)
    for name, output, expected in zip(("out", "one"), actual, plain, strict=False):
        assert np.corrcoef(output.ravel(), expected.ravel())[0, 1] > 0.9995, name
    np.testing.assert_array_equal(actual[2], plain[2])


def test_weights_of_products_are_stored_in_eight_bits() -> None:
    model = quantise_products(graph())
    kinds = {tensor.name: tensor.data_type for tensor in model.graph.initializer}
    assert kinds["first.int8"] == kinds["second.int8"] == TensorProto.INT8
    assert "first" not in kinds
    scaled = [node.output[0] for node in model.graph.node if node.op_type == "QuantizeLinear"]
    assert scaled == ["rows.uint8"]  # once for both products


def test_a_token_is_computed_alike_whatever_its_neighbours(ids: np.ndarray) -> None:
    model = quantise_products(graph())
    _, together, _ = run(model, ids)
    for row in range(len(ids)):
        _, alone, _ = run(model, ids[row : row + 1, :2])
        np.testing.assert_allclose(alone[0], together[row, :2], atol=1e-5)


def gelu_graph() -> onnx.ModelProto:
    """A product of the GELU of an input, as transformers write it."""
    constants = {"half": 0.5, "root": 2**0.5, "one": 1.0}
    weights = {name: np.array(value, np.float32) for name, value in constants.items()}
    weights["first"] = np.random.default_rng(0).standard_normal((WIDTH, OUT)).astype(np.float32)
    nodes = [
        helper.make_node("Mul", ["x", "half"], ["halves"]),
        helper.make_node("Div", ["x", "root"], ["scaled"]),
        helper.make_node("Erf", ["scaled"], ["erf"]),
        helper.make_node("Add", ["erf", "one"], ["doubled"]),
        helper.make_node("Mul", ["halves", "doubled"], ["gelu"]),
        helper.make_node("MatMul", ["gelu", "first"], ["out"]),
    ]
    result = helper.make_graph(
        nodes,
        "test",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", WIDTH])],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, ["N", OUT])],
        [numpy_helper.from_array(value, name) for name, value in weights.items()],
    )
    return helper.make_model(result, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)


@pytest.mark.parametrize("shift", [0.0, -0.7, -30.0])
def test_a_gelu_needs_no_magnitudes(shift: float) -> None:
    """-0.7: all values lie about -0.17, the least that a GELU gives; -30: they are 0."""
    x = np.random.default_rng(1).standard_normal((9, WIDTH)).astype(np.float32) * (1 if shift == 0 else 0.01) + shift
    model = quantise_products(gelu_graph())
    assert "Abs" not in {node.op_type for node in model.graph.node}
    [actual], [plain] = (
        onnxruntime.InferenceSession(each.SerializeToString(), session_options(threads=1)).run(
            ["out"], {"x": x.astype(np.float32)}
        )
        for each in (model, gelu_graph())
    )
    np.testing.assert_allclose(actual, plain, atol=0.3 if shift == 0 else 0.05)


def test_it_gives_the_same_on_a_processor_whose_sums_overflow(ids: np.ndarray) -> None:
    options = onnxruntime.SessionOptions()
    options.add_session_config_entry("session.x64quantprecision", "1")
    model = quantise_products(graph())
    exact = onnxruntime.InferenceSession(model.SerializeToString(), options).run(["out"], {"ids": ids})
    np.testing.assert_allclose(exact[0], run(model, ids)[0], rtol=1e-5, atol=1e-4)


def test_activations_of_zero_give_zero() -> None:
    model = graph()
    model.graph.initializer[0].CopyFrom(numpy_helper.from_array(np.zeros((ROWS, WIDTH), np.float32), "table"))
    out, one, _ = run(quantise_products(model), np.array([[1, 2]]))
    assert not out.any()
    assert not one.any()


def test_eight_bits_of_a_column() -> None:
    weights = np.array([[1.0, 0.0], [-0.5, 0.0]], np.float32)
    values, scales = to_int8(weights)
    np.testing.assert_array_equal(values, [[127, 0], [-64, 0]])
    np.testing.assert_allclose(scales[0], 1 / 127)


@pytest.mark.parametrize("half", [False, True])
def test_embeddings_in_four_bits_keep_their_rows(half: bool, ids: np.ndarray) -> None:
    plain = run(graph(half=half), ids)[2]
    model = pack_embeddings(graph(half=half), "table")
    actual = run(model, ids)[2]
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


def test_other_engines_run_them_too(ids: np.ndarray) -> None:
    openvino = pytest.importorskip("openvino")
    model = quantise_products(pack_embeddings(graph(), "table"))
    expected = run(model, ids)
    settings = {"INFERENCE_PRECISION_HINT": "f32", **({"LP_TRANSFORMS_MODE": "NO"} if products_overflow() else {})}
    compiled = openvino.Core().compile_model(openvino.Core().read_model(model.SerializeToString()), "CPU", settings)
    actual = compiled({"ids": ids})
    for output, values in zip(compiled.outputs, expected, strict=True):
        assert np.corrcoef(actual[output].ravel(), values.ravel())[0, 1] > 0.999
