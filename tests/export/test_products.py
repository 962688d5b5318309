import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from anymood.errors import ExportError
from anymood.export.onnx import quantise
from anymood.export.products import quantise_products, to_int8
from anymood.runtime.cores import products_overflow
from anymood.runtime.engines.onnxruntime import session_options
from anymood.training.bundle_weights import model_weights

ROWS, WIDTH, WIDER = 50, 64, 160


def graph(*, half: bool = False, outlier: float = 1) -> onnx.ModelProto:
    """Rows of an embedding with an outlier, two products of them, and a product of the first one's output, likewise."""
    rng = np.random.default_rng(0)
    table = rng.standard_normal((ROWS, WIDTH))
    table[:3, 5] *= outlier
    first = rng.standard_normal((WIDTH, WIDER)) * rng.uniform(0.1, 1, WIDER)
    first[:, 7] *= outlier
    second = rng.standard_normal((WIDTH, WIDTH))
    for weights in (first, second):
        weights[5] /= outlier  # as in trained networks
    weights = {
        "table": table,
        "first": first,
        "second": second,
        "third": rng.standard_normal((WIDER, WIDTH)),
    }
    stored = {name: value.astype(np.float16 if half else np.float32) for name, value in weights.items()}
    stored["layer.bias"] = rng.standard_normal(WIDER).astype(np.float32)
    nodes = [
        helper.make_node("Gather", ["table", "ids"], ["rows"]),
        helper.make_node("MatMul", ["rows", "first"], ["product"]),
        helper.make_node("Add", ["product", "layer.bias"], ["one"]),
        helper.make_node("MatMul", ["rows", "second"], ["two"]),
        helper.make_node("MatMul", ["one", "third"], ["three"]),
        helper.make_node("Add", ["two", "three"], ["pooled"]),
    ]
    if half:
        nodes = [helper.make_node("Cast", [f"{n}.half"], [n], to=TensorProto.FLOAT) for n in weights] + nodes
        stored = {f"{name}.half" if name in weights else name: value for name, value in stored.items()}
    result = helper.make_graph(
        nodes,
        "test",
        [helper.make_tensor_value_info("ids", TensorProto.INT64, ["B", "T"])],
        [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, ["B", "T", last])
            for name, last in (("one", WIDER), ("two", WIDTH), ("pooled", WIDTH))
        ],
        [numpy_helper.from_array(value, name) for name, value in stored.items()],
    )
    return helper.make_model(result, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)


def run(model: onnx.ModelProto, ids: np.ndarray) -> list[np.ndarray]:
    onnx.checker.check_model(model, full_check=True)
    session = onnxruntime.InferenceSession(model.SerializeToString(), session_options(threads=1))
    return session.run(["one", "two", "pooled"], {"ids": ids})


@pytest.fixture
def ids() -> np.ndarray:
    return np.arange(ROWS).reshape(5, 10)


@pytest.mark.parametrize("half", [False, True])
@pytest.mark.parametrize("outlier", [1, 40])
def test_products_in_eight_bits_are_close(half: bool, outlier: float, ids: np.ndarray) -> None:
    plain = run(graph(half=half, outlier=outlier), ids)
    actual = run(quantise_products(graph(half=half, outlier=outlier), [ids]), ids)
    ordinary = ids >= 3  # tokens without an outlier
    for output, expected in zip(actual, plain, strict=True):
        assert np.corrcoef(output.ravel(), expected.ravel())[0, 1] > 0.999
        assert np.corrcoef(output[ordinary].ravel(), expected[ordinary].ravel())[0, 1] > 0.999


def test_outliers_are_scaled_or_computed_in_float32(ids: np.ndarray) -> None:
    model = quantise_products(graph(outlier=40), [ids])
    stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    assert np.flatnonzero(stored["rows.factors"] != 1).tolist() == [5]  # read by wider products
    assert stored["one.exact"].tolist() == [7]  # read by a narrower one
    assert "one.factors" not in stored
    none = quantise_products(graph(), [ids])
    assert not {node.op_type for node in none.graph.node} & {"Mul", "Clip"}


def test_weights_and_biases_of_products(ids: np.ndarray) -> None:
    model = quantise_products(graph(), [ids])
    kinds = {tensor.name: tensor.data_type for tensor in model.graph.initializer}
    assert kinds["first.int8"] == kinds["second.int8"] == TensorProto.INT8
    assert "first" not in kinds
    rounded = [node.output[0] for node in model.graph.node if node.op_type == "QuantizeLinear"]
    assert rounded == ["rows.uint8", "one.uint8"]  # once for both products
    assert [node.op_type for node in model.graph.node].count("Add") == 1  # the bias is part of the product


@pytest.mark.parametrize("outlier", [1, 40])
def test_the_weights_of_the_network_can_be_read(outlier: float, ids: np.ndarray) -> None:
    weights = model_weights(quantise_products(graph(outlier=outlier), [ids]))
    for name, plain in model_weights(graph(outlier=outlier)).items():
        steps = np.abs(plain).max(axis=0) / 127
        np.testing.assert_allclose(weights[name], plain, rtol=0, atol=1.01 * steps.max(), err_msg=name)


def test_a_token_is_computed_alike_whatever_its_neighbours(ids: np.ndarray) -> None:
    model = quantise_products(graph(outlier=40), [ids])
    _, _, together = run(model, ids)
    for row in range(len(ids)):
        _, _, alone = run(model, ids[row : row + 1, :2])
        np.testing.assert_allclose(alone[0], together[row, :2], rtol=1e-5, atol=1e-4)


def test_it_gives_the_same_on_a_processor_whose_sums_overflow(ids: np.ndarray) -> None:
    options = onnxruntime.SessionOptions()
    options.add_session_config_entry("session.x64quantprecision", "1")
    model = quantise_products(graph(), [ids])
    exact = onnxruntime.InferenceSession(model.SerializeToString(), options).run(["pooled"], {"ids": ids})
    np.testing.assert_allclose(exact[0], run(model, ids)[2], rtol=1e-5, atol=1e-3)


def test_an_encoder_that_eight_bits_change_is_refused(ids: np.ndarray) -> None:
    model = graph()
    [table] = [tensor for tensor in model.graph.initializer if tensor.name == "table"]
    rows = numpy_helper.to_array(table).copy()
    rows[1:, 1:] *= 1e-4  # scales for the first column cut all others
    rows[:, 0] = 1e3
    table.CopyFrom(numpy_helper.from_array(rows, "table"))
    with pytest.raises(ExportError, match=r"the text encoder differ too much: R\^2 is .* --int8\."):
        quantise(model, [ids])


def test_eight_bits_of_a_column() -> None:
    weights = np.array([[1.0, 0.0], [-0.5, 0.0]], np.float32)
    values, scales = to_int8(weights)
    np.testing.assert_array_equal(values, [[127, 0], [-64, 0]])
    np.testing.assert_allclose(scales[0], 1 / 127)


def test_other_engines_run_them_too(ids: np.ndarray) -> None:
    openvino = pytest.importorskip("openvino")
    model = quantise_products(graph(outlier=40), [ids])
    expected = run(model, ids)
    settings = {"INFERENCE_PRECISION_HINT": "f32", **({"LP_TRANSFORMS_MODE": "NO"} if products_overflow() else {})}
    compiled = openvino.Core().compile_model(openvino.Core().read_model(model.SerializeToString()), "CPU", settings)
    actual = compiled({"ids": ids})
    for output, values in zip(compiled.outputs, expected, strict=True):
        assert np.corrcoef(actual[output].ravel(), values.ravel())[0, 1] > 0.999
