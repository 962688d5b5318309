import importlib.util
import sys
from pathlib import Path

import pytest

from anymood.runtime.predictor import Model


@pytest.fixture(scope="session")
def model(tmp_path_factory):
    path = Path(__file__).parent.parent / "data" / "bundles.py"
    spec = importlib.util.spec_from_file_location("bundles", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["bundles"] = module
    spec.loader.exec_module(module)
    return Model(module.write_bundle(tmp_path_factory.mktemp("bundles") / "tiny"), threads=1)
