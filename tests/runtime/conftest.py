import os

import numpy as np
import pytest

from anymood.posts import Post
from anymood.runtime.predictor import Model


@pytest.fixture(scope="session")
def model(bundle):
    return Model(bundle, threads=int(os.environ.get("ANYMOOD_TEST_THREADS", "2")), engine="onnxruntime")


@pytest.fixture(scope="module")
def posts(bundles):
    """60 posts of every kind, among them broken ones, in no order."""
    rng = np.random.default_rng(3)
    words = list(bundles.VALENCES)[2:]
    result = []
    for number in range(60):
        text = " ".join(rng.choice(words, rng.integers(1, 40))) if number % 3 else None
        image = rng.integers(0, 256, (*rng.integers(20, 90, 2), 3), dtype=np.uint8) if number % 4 else None
        if number % 10 == 9:
            image = b"no image at all"
        result.append(Post(text, image, str(number)))
    return [result[index] for index in rng.permutation(60)]
