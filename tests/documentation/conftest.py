"""What examples of the documentation run in: environments where only the extras that they name are installed."""

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from environments import ROOT, Environment

sys.path.insert(0, str(ROOT / "tools"))  # the scripts that write and check the documentation

SECONDS = 300  # that a busy machine may take for what takes a few


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Environment]:
    """Environments by the extras that are installed in them."""
    environments: dict[tuple[str, ...], Environment] = {}

    def environment(*extras: str) -> Environment:
        if extras not in environments:
            environments[extras] = Environment(tmp_path_factory.mktemp("environment") / "it", *extras)
        return environments[extras]

    return environment


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the examples, as a clone has them."""
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    return tmp_path


@pytest.fixture
def shell(folder: Path) -> Callable[[Environment, str], str]:
    """Runs commands of an example in the folder; gives what they print."""
    return lambda environment, script: environment.run(["bash", "-euo", "pipefail", "-c", script], folder)


@pytest.fixture
def python(folder: Path) -> Callable[[Environment, str], str]:
    """Runs an example in Python in the folder; gives what it prints."""
    return lambda environment, code: environment.run(["python", "-c", code], folder)


@pytest.fixture
def serving(environment: Callable[..., Environment], folder: Path) -> Iterator[Callable[[str], str]]:
    """Starts an example of a service; gives its address."""
    processes: list[Any] = []

    def serve(command: str) -> str:
        port = re.sub("--port 8000", "", command) + " --port 0 --threads 1"
        processes.append(environment("serve").start(shlex.split(port), folder, stderr=subprocess.PIPE))
        line = processes[-1].stderr.readline()
        assert "http://" in line, line
        return re.search(r"http://\S+", line)[0]

    yield serve
    for process in processes:
        process.terminate()
        process.communicate(timeout=SECONDS)


@pytest.fixture(params=["split", "no split"])
def my_posts(request: pytest.FixtureRequest, table: Path, folder: Path) -> bool:
    """``my_posts.csv``, with and without a column ``split``."""
    rows = table.read_text(encoding="utf-8").replace("images/", f"{table.parent}/images/").splitlines()
    if request.param == "no split":
        column = rows[0].split(",").index("split")
        rows = [",".join(row.split(",")[:column] + row.split(",")[column + 1 :]) for row in rows]
    (folder / "my_posts.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return request.param == "split"


@pytest.fixture
def my_run(bundle: Any, folder: Path) -> Path:
    """``runs/mine``, with a small model."""
    shutil.copytree(bundle.folder, folder / "runs" / "mine" / "bundle")
    return folder / "runs" / "mine"
