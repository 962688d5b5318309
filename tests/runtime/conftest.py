import os

import pytest

from anymood.runtime.predictor import Model


@pytest.fixture(scope="session")
def model(bundle):
    return Model(bundle, threads=int(os.environ.get("ANYMOOD_TEST_THREADS", "2")), engine="onnxruntime")
