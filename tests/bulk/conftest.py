import importlib.util
import sys
from pathlib import Path

import pytest

from anymood.runtime.predictor import Model

ROOT = Path(__file__).parent.parent.parent


def load(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def bundles():
    return load(ROOT / "tests" / "data" / "bundles.py")


@pytest.fixture(scope="session")
def model(bundles, tmp_path_factory):
    return Model(bundles.write_bundle(tmp_path_factory.mktemp("bundles") / "tiny"), threads=1)


@pytest.fixture(scope="session")
def kills():
    """The benchmark that kills jobs."""
    return load(ROOT / "benchmarks" / "kills.py")
