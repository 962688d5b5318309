import os
import subprocess
import sys

import numpy as np
import pytest
from same import assert_same

from anymood.runtime.bundle import TEXT_GRAPH
from anymood.runtime.engines import onnxruntime
from anymood.runtime.engines.onnxruntime import OnnxRuntime


def test_a_users_own_word_on_reports_stands():
    code = "import os; import anymood.runtime.engines.onnxruntime; print(os.environ['ORT_DISABLE_TELEMETRY'])"
    for given, kept in (({}, "1"), ({"ORT_DISABLE_TELEMETRY": "0"}, "0")):
        variables = {key: value for key, value in os.environ.items() if key != "ORT_DISABLE_TELEMETRY"} | given
        found = subprocess.run([sys.executable, "-c", code], env=variables, check=True, capture_output=True, text=True)
        assert found.stdout.strip() == kept


@pytest.mark.parametrize(
    ("flags", "overflows"), [("avx2 avx512f", True), ("avx2 avx_vnni", False), ("avx512_vnni", False)]
)
def test_sums_that_may_overflow_are_avoided(flags, overflows, monkeypatch, tmp_path):
    cores = tmp_path / "cpuinfo"
    cores.write_text(f"flags\t\t: fpu sse4_2 {flags}\n")
    monkeypatch.setattr(onnxruntime, "CORES", cores)
    assert onnxruntime._overflows() == overflows


@pytest.mark.parametrize(("machine", "overflows"), [("AMD64", True), ("arm64", False)])
def test_sums_may_overflow_on_an_x86_that_does_not_say(machine, overflows, monkeypatch, tmp_path):
    monkeypatch.setattr(onnxruntime, "CORES", tmp_path / "none")
    monkeypatch.setattr(onnxruntime.platform, "machine", lambda: machine)
    assert onnxruntime._overflows() == overflows


def test_a_program_may_have_registered_an_arena_before(bundle, monkeypatch):
    monkeypatch.setattr(onnxruntime, "_share_arena", onnxruntime._share_arena.__wrapped__)  # registers with each graph
    graphs = [OnnxRuntime().load(bundle.path(TEXT_GRAPH), threads=1, runs=1, exact=True) for _ in range(2)]
    first, second = (graph.run(["logits"], {"tokens": np.ones((1, 2), np.int64)})[0] for graph in graphs)
    assert_same(first, second)
