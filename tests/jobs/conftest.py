from pathlib import Path

import pytest

from anymood.runtime.predictor import Model

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="session")
def model(bundle, threads):
    return Model(bundle, threads)


@pytest.fixture(scope="session")
def kills(load_module):
    """The benchmark that kills jobs."""
    return load_module(ROOT / "benchmarks" / "kills.py")
