import inspect
import sys

import pytest

from anymood.errors import MissingExtra, SettingError
from anymood.runtime import backend
from anymood.runtime.openvino_backend import OpenVino

choose_backend = inspect.unwrap(backend.choose_backend)  # without the default of tests/settings


def test_a_name_gets_its_engine():
    assert choose_backend("onnxruntime").name == "onnxruntime"
    assert choose_backend("openvino").name == "openvino"


def test_an_unknown_name_is_an_error_that_lists_the_known():
    with pytest.raises(SettingError, match="no engine 'tensorrt'. There are: onnxruntime, openvino"):
        choose_backend("tensorrt")


@pytest.fixture
def without_openvino(monkeypatch):
    monkeypatch.delitem(sys.modules, "anymood.runtime.openvino_backend", raising=False)
    monkeypatch.setitem(sys.modules, "openvino", None)
    monkeypatch.setattr("anymood.runtime.backend.find_spec", lambda name: None)


def test_an_engine_that_is_not_installed_is_an_error_with_the_way_out(without_openvino):
    with pytest.raises(MissingExtra, match=r"engine openvino needs .* pip install 'anymood\[openvino\]'"):
        choose_backend("openvino")


def test_without_openvino_onnx_runtime_runs(without_openvino):
    assert choose_backend().name == "onnxruntime"


def test_an_installation_of_openvino_that_is_broken_is_passed_over(without_openvino, monkeypatch):
    monkeypatch.setattr("anymood.runtime.backend.find_spec", lambda name: object())
    assert choose_backend().name == "onnxruntime"


@pytest.mark.parametrize(("precision", "chosen"), [("bfloat16", "openvino"), ("float32", "onnxruntime")])
def test_openvino_is_chosen_where_it_is_faster(monkeypatch, precision, chosen):
    begin = OpenVino.__init__
    monkeypatch.setattr(OpenVino, "__init__", lambda self: begin(self, precision))
    assert choose_backend().name == chosen
    assert choose_backend("openvino").precision == precision


def test_an_installation_that_is_broken_is_told_of_whoever_asks_for_it(monkeypatch):
    def fail(*_):
        raise RuntimeError("no plugin")

    monkeypatch.setattr(OpenVino, "__init__", fail)
    with pytest.raises(SettingError, match="OpenVINO cannot run here: no plugin. Use the engine onnxruntime"):
        choose_backend("openvino")
    assert choose_backend().name == "onnxruntime"
