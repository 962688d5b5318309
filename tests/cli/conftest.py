import importlib.util
import sys
from pathlib import Path

import pytest

from anymood.cli import main


@pytest.fixture(scope="session")
def bundle(tmp_path_factory):
    path = Path(__file__).parent.parent / "data" / "bundles.py"
    spec = importlib.util.spec_from_file_location("bundles", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["bundles"] = module
    spec.loader.exec_module(module)
    return module.write_bundle(tmp_path_factory.mktemp("bundles") / "tiny").folder


@pytest.fixture
def anymood(capfd, monkeypatch):
    """Run a command line here; returns its exit code and what it wrote to standard output and standard error."""
    monkeypatch.setenv("COLUMNS", "100")

    def run(*arguments):
        code = main([str(argument) for argument in arguments])
        out, err = capfd.readouterr()
        return code, out, err

    return run
