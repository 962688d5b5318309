import inspect
import sys

import pytest

from anymood.errors import MissingExtra, SettingError
from anymood.runtime.bundle import Bundle
from anymood.runtime.engines import registry
from anymood.runtime.engines.openvino import OpenVino
from anymood.runtime.engines.registry import describe
from anymood.runtime.finding import bundled_names, find_bundle

choose_engine = inspect.unwrap(registry.choose_engine)  # without the default of tests/settings


def test_a_name_gets_its_engine():
    assert choose_engine("onnxruntime").name == "onnxruntime"
    assert choose_engine("openvino").name == "openvino"


def test_an_unknown_name_is_an_error_that_lists_the_known():
    with pytest.raises(SettingError, match="no engine 'tensorrt'. Available: onnxruntime, openvino"):
        choose_engine("tensorrt")


@pytest.fixture
def without_openvino(monkeypatch):
    process = {name: engine for name, engine in registry.ENGINES._found.items() if name != "openvino"}
    monkeypatch.setattr(registry.ENGINES, "_found", process)
    monkeypatch.delitem(sys.modules, "anymood.runtime.engines.openvino", raising=False)
    monkeypatch.setitem(sys.modules, "openvino", None)
    monkeypatch.setattr("anymood.runtime.engines.registry.find_spec", lambda name: None)


def test_an_engine_that_is_not_installed_is_an_error_with_the_way_out(without_openvino):
    with pytest.raises(MissingExtra, match=r"engine openvino needs .* pip install 'anymood\[openvino\]'"):
        choose_engine("openvino")


def test_without_openvino_onnx_runtime_runs(without_openvino):
    assert choose_engine().name == "onnxruntime"


def test_an_installation_of_openvino_that_is_broken_is_passed_over(without_openvino, monkeypatch):
    monkeypatch.setattr("anymood.runtime.engines.registry.find_spec", lambda name: object())
    assert choose_engine().name == "onnxruntime"


@pytest.mark.parametrize(("precision", "chosen"), [("bfloat16", "openvino"), ("float32", "onnxruntime")])
def test_openvino_is_chosen_where_it_is_faster(monkeypatch, precision, chosen):
    begin = OpenVino.__init__
    monkeypatch.setattr(OpenVino, "__init__", lambda self: begin(self, precision))
    assert choose_engine().name == chosen
    assert choose_engine("openvino").precision == precision


@pytest.mark.parametrize(
    ("operator", "chosen"),
    [(b"MatMulInteger", "onnxruntime"), (b"QuantizeLinear", "onnxruntime"), (b"MatMul", "openvino")],
)
def test_graphs_in_8_bits_are_run_by_onnx_runtime(tmp_path, monkeypatch, operator, chosen):
    begin = OpenVino.__init__
    monkeypatch.setattr(OpenVino, "__init__", lambda self: begin(self, "bfloat16"))
    plain, other = tmp_path / "image.onnx", tmp_path / "text.onnx"
    plain.write_bytes(b"..Conv..")
    other.write_bytes(b".." + operator + b"..")
    assert choose_engine(graphs=[plain, other]).name == chosen
    assert choose_engine("openvino", [plain, other]).name == "openvino"
    in_8_bits = "" if operator == b"MatMul" else ", but 8 bits in text.onnx"
    for name, precision in (("openvino", "bfloat16"), ("onnxruntime", "float32")):
        assert describe(choose_engine(name), [plain, other]) == f"{name}, {precision}{in_8_bits}"


def test_bundled_models_are_run_by_onnx_runtime(monkeypatch):
    monkeypatch.setattr(OpenVino, "__init__", lambda self: pytest.fail("OpenVINO is slower in 8 bits"))
    for name in bundled_names():
        assert choose_engine(graphs=Bundle.open(find_bundle(name)).graphs).name == "onnxruntime"


def test_an_installation_that_is_broken_is_reported_whoever_asks_for_it(monkeypatch):
    def fail(*_):
        raise RuntimeError("no plugin")

    monkeypatch.setattr("openvino.Core", fail)
    with pytest.raises(SettingError, match="OpenVINO cannot run here: no plugin. Use the engine onnxruntime"):
        choose_engine("openvino")
    assert choose_engine().name == "onnxruntime"


def test_a_users_own_engine_is_chosen_by_its_name(monkeypatch):
    monkeypatch.setattr(registry.ENGINES, "_found", dict(registry.ENGINES._found))
    own = object()
    registry.ENGINES.register("mine")(lambda: own)
    assert choose_engine("mine") is own
    assert registry.ENGINES.names() == ("onnxruntime", "openvino", "mine")
