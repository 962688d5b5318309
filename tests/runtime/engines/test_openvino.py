import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from same import CLOSE, assert_same

from anymood.runtime.bundle import IMAGE_ENCODER, IMAGE_GRAPH, TEXT_GRAPH, Bundle
from anymood.runtime.engines import openvino as module
from anymood.runtime.engines.onnxruntime import OnnxGraph
from anymood.runtime.engines.openvino import OpenVino, openvino
from anymood.runtime.finding import find_bundle


@pytest.mark.parametrize("precision", CLOSE)
def test_a_precision_may_be_given(bundle, precision):
    engine = OpenVino(precision)
    assert (engine.name, engine.precision) == ("openvino", precision)
    graph = engine.load(bundle.path(IMAGE_GRAPH), threads=1, runs=2, exact=False)
    [features] = graph.run(["features"], {"pixels": np.full((2, 3, 24, 24), 0.3, np.float32)})
    assert_same(features[:, 0], np.array([0.3, 0.3]), close=CLOSE[precision])


@pytest.mark.parametrize(
    ("hint", "slow", "chosen"),
    [
        (openvino.Type.bf16, False, "bfloat16"),
        (openvino.Type.bf16, True, "float32"),
        (openvino.Type.f32, False, "float32"),
    ],
)
def test_bfloat16_is_chosen_where_the_cores_are_fast_at_it(monkeypatch, hint, slow, chosen):
    monkeypatch.setattr(module, "lacks_amx", lambda: slow)

    class Core:
        def get_property(self, device, name):
            return {"INFERENCE_PRECISION_HINT": hint}[name]

    monkeypatch.setattr(openvino, "Core", Core)
    assert OpenVino().precision == chosen


def test_onnx_runtime_computes_8_bit_graphs_where_products_overflow(bundle, monkeypatch):
    eight_bits = Bundle.open(find_bundle("sentiment")).path(IMAGE_ENCODER)
    for overflow in (True, False):
        monkeypatch.setattr(module, "products_overflow", lambda overflow=overflow: overflow)
        graph = OpenVino().load(eight_bits, threads=1, runs=1, exact=True)
        assert isinstance(graph, OnnxGraph) == overflow
    monkeypatch.setattr(module, "products_overflow", lambda: True)
    assert not isinstance(OpenVino().load(bundle.path(TEXT_GRAPH), threads=1, runs=1, exact=True), OnnxGraph)


def test_results_outlast_the_next_run(bundle):
    graph = OpenVino().load(bundle.path(IMAGE_GRAPH), threads=1, runs=1, exact=True)
    [first] = graph.run(["features"], {"pixels": np.zeros((1, 3, 24, 24), np.float32)})
    graph.run(["features"], {"pixels": np.ones((1, 3, 24, 24), np.float32)})
    assert first[0, 0] == 0


def test_no_request_is_made_while_others_run(bundle, monkeypatch):
    graph = OpenVino().load(bundle.path(TEXT_GRAPH), threads=1, runs=2, exact=False)
    requests = []
    monkeypatch.setattr(
        openvino.CompiledModel, "create_infer_request", requests.append
    )  # which OpenVINO may not survive
    tokens = [np.full((1, length), length, np.int64) for length in range(1, 9)]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda one: graph.run(["logits"], {"tokens": one})[0], tokens * 4))
    for logits, one in zip(together, tokens * 4, strict=True):
        assert_same(logits, graph.run(["logits"], {"tokens": one})[0], close=CLOSE["bfloat16"])
    assert requests == []


def test_whoever_imports_openvino_himself_finds_all_of_it():
    code = (
        "import anymood.runtime.engines.openvino, sys; print('openvino_telemetry' in sys.modules); "
        "import openvino, openvino_telemetry; print(callable(openvino.convert_model))"
    )
    process = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert process.stdout.split() == ["False", "True"]


FIRST_RUNS_TOGETHER = """
import sys
from pathlib import Path
from threading import Barrier, Thread

import numpy as np

from anymood.runtime.engines.openvino import OpenVino, openvino

graph = OpenVino().load(Path(sys.argv[1]), threads=1, runs=4, exact=False)
together = Barrier(4)
sys.setswitchinterval(1e-6)  # the other threads come in between wherever they can


def run() -> None:
    together.wait()
    openvino.Type.f32.to_dtype()  # what a run begins with
    graph.run(["features"], {"pixels": np.zeros((1, 3, 24, 24), np.float32)})


threads = [Thread(target=run) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""


def test_the_first_runs_do_not_wait_for_each_other_for_ever(bundle):
    subprocess.run([sys.executable, "-c", FIRST_RUNS_TOGETHER, bundle.path(IMAGE_GRAPH)], check=True, timeout=60)


FORKED = """
import os
import signal
import sys
from pathlib import Path

import numpy as np

from anymood.errors import SettingError
from anymood.runtime.bundle import Bundle
from anymood.runtime.predictor import Model

model = Model(Bundle.open(Path(sys.argv[1])), threads=1, engine="openvino")
if sys.argv[2] == "after":
    model.predict("hello")
if os.fork() == 0:
    signal.alarm(20)
    for image in (None, np.zeros((8, 8), np.uint8)):  # a graph that is loaded already, and one that is not
        try:
            print(model.predict("hello", image).used)
        except SettingError as error:
            print(error)
    sys.stdout.flush()
    os._exit(0)
os._exit(os.waitstatus_to_exitcode(os.wait()[1]))
"""


@pytest.mark.parametrize(
    ("when", "message"), [("before", ["text", "both"]), ("after", ["OpenVINO cannot run in a process"] * 2)]
)
def test_a_forked_process_may_use_it_first_or_is_reported_why_not(bundle, when, message):
    command = [sys.executable, "-W", "ignore", "-c", FORKED, str(bundle.folder), when]
    process = subprocess.run(command, check=True, capture_output=True, text=True)
    lines = process.stdout.splitlines()
    assert len(lines) == 2
    assert all(line.startswith(start) for line, start in zip(lines, message, strict=True))
