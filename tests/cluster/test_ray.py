"""A real Ray cluster of two machines, which are both this one, in processes of its own; one of its workers is killed.

Half a minute, most of which Ray takes to start.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("daft", reason="no Daft here: pip install 'anymood[bulk]'")
pytest.importorskip("ray", reason="no Daft here: pip install 'anymood[bulk]'")

from pyarrow import parquet
from same import assert_same

from anymood.jobs.job import predict_files

ROOT = Path(__file__).parent.parent.parent
TABLES, ROWS = 8, 4000


def rows_of(files):
    rows = [row for file in files for row in parquet.read_table(file).to_pylist()]
    return sorted(rows, key=lambda row: int(row["id"]))


@pytest.mark.skipif(sys.platform != "linux", reason="it looks for workers in /proc")
def test_every_row_is_there_once_though_a_worker_is_killed(model, tmp_path):
    command = [sys.executable, str(ROOT / "benchmarks" / "ray_kills.py"), "--folder", str(tmp_path)]
    command += ["--model", str(model.bundle.folder), "--tables", str(TABLES), "--rows", str(ROWS)]
    process = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert process.returncode == 0, process.stderr[-4000:]
    message = json.loads(process.stdout.splitlines()[-1])
    assert message["workers killed"]
    assert message["files when killed"] < TABLES
    assert (message["lost"], message["doubled"]) == (0, 0)
    summary = predict_files(model, str(tmp_path / "tables" / "*.csv"), tmp_path / "predict.parquet")
    assert message["summary"] == {"rows": TABLES * ROWS, "problems": summary.problems}
    bulk, single = rows_of((tmp_path / "out").iterdir()), rows_of([tmp_path / "predict.parquet"])
    assert_same(bulk, single, by=model)
    assert not os.path.lexists(tmp_path / "out.part")
