import sys

import pytest

from anymood.errors import MissingExtra, SettingError
from anymood.runtime.backend import choose_backend


@pytest.mark.parametrize("name", ["onnxruntime", "openvino"])
def test_a_name_gets_its_engine(name):
    assert choose_backend(name).name == name


def test_onnx_runtime_is_the_default():
    assert choose_backend().name == "onnxruntime"


def test_an_unknown_name_is_an_error_that_lists_the_known():
    with pytest.raises(SettingError, match="no engine 'tensorrt'. There are: onnxruntime, openvino"):
        choose_backend("tensorrt")


@pytest.fixture
def without_openvino(monkeypatch):
    monkeypatch.delitem(sys.modules, "anymood.runtime.openvino_backend", raising=False)
    monkeypatch.setitem(sys.modules, "openvino", None)


def test_an_engine_that_is_not_installed_is_an_error_with_the_way_out(without_openvino):
    with pytest.raises(MissingExtra, match=r"engine openvino needs .* pip install 'anymood\[openvino\]'"):
        choose_backend("openvino")
