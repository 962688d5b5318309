import os
import subprocess
import sys


def test_a_users_own_word_on_reports_stands():
    code = "import os; import anymood.runtime.engines.onnxruntime; print(os.environ['ORT_DISABLE_TELEMETRY'])"
    for given, kept in (({}, "1"), ({"ORT_DISABLE_TELEMETRY": "0"}, "0")):
        variables = {key: value for key, value in os.environ.items() if key != "ORT_DISABLE_TELEMETRY"} | given
        found = subprocess.run([sys.executable, "-c", code], env=variables, check=True, capture_output=True, text=True)
        assert found.stdout.strip() == kept
