"""The clients in the README, run as they stand there."""

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
SECTION = (ROOT / "README.md").read_text(encoding="utf-8").partition("\n## Serve\n")[2].partition("\n## ")[0]
CURL = re.findall(r"^curl .*$", SECTION, re.MULTILINE)
[PYTHON] = re.findall(r"```python\n(.*?)```", SECTION, re.DOTALL)
CALL = "import sys; from anymood.cli import main; sys.exit(main())"


@pytest.fixture(scope="module")
def address():
    command = [sys.executable, "-c", CALL, "serve", "--port", "0", "--threads", "1"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process.stderr.readline().split()[-1]
        finally:
            process.terminate()


def run(command, address):
    there = [part.replace("http://127.0.0.1:8000", address) for part in command]
    assert there != command
    return subprocess.run(there, cwd=ROOT, capture_output=True, text=True, check=True).stdout


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl here: apt-get install curl")
@pytest.mark.parametrize(("command", "told"), list(zip(CURL, ['"used":"both"', '"predictions":['], strict=True)))
def test_curl(address, command, told):
    assert told in run(shlex.split(command), address)


def test_python(address):
    assert run([sys.executable, "-c", PYTHON], address) == "positive\n"
