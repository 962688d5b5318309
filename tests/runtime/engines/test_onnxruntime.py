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
    for variables_before, expected in (({}, "1"), ({"ORT_DISABLE_TELEMETRY": "0"}, "0")):
        variables = {
            key: value for key, value in os.environ.items() if key != "ORT_DISABLE_TELEMETRY"
        } | variables_before
        process = subprocess.run(
            [sys.executable, "-c", code], env=variables, check=True, capture_output=True, text=True
        )
        assert process.stdout.strip() == expected


def test_sums_that_may_overflow_are_avoided(monkeypatch):
    precision = "session.x64quantprecision"
    monkeypatch.setattr(onnxruntime, "products_overflow", lambda: True)
    assert onnxruntime.session_options(threads=2).get_session_config_entry(precision) == "1"
    monkeypatch.setattr(onnxruntime, "products_overflow", lambda: False)
    with pytest.raises(RuntimeError, match=precision):  # which is not set
        onnxruntime.session_options(threads=2).get_session_config_entry(precision)


def test_a_program_may_have_registered_an_arena_before(bundle, monkeypatch):
    monkeypatch.setattr(onnxruntime, "_share_arena", onnxruntime._share_arena.__wrapped__)  # registers with each graph
    graphs = [OnnxRuntime().load(bundle.path(TEXT_GRAPH), threads=1, runs=1, exact=True) for _ in range(2)]
    first, second = (graph.run(["logits"], {"tokens": np.ones((1, 2), np.int64)})[0] for graph in graphs)
    assert_same(first, second)
