import pytest

from anymood.runtime.predictor import Model


@pytest.fixture(scope="session")
def model(bundle):
    return Model(bundle, threads=2, engine="onnxruntime")
