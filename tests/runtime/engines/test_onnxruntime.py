import os
import subprocess
import sys

import pytest

from anymood.runtime.engines import onnxruntime


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
