import numpy as np
import pytest

from anymood.runtime.predictor import Model


@pytest.fixture(scope="session")
def model(bundle, threads):
    """A small model: bright images and kind words are positive. Its images have no feature map."""
    return Model(bundle, threads, engine="onnxruntime")


@pytest.fixture(scope="session")
def mapped(bundles, threads, tmp_path_factory):
    """The same with a feature map of 4 x 4 positions."""
    folder = tmp_path_factory.mktemp("mapped") / "tiny"
    return Model(
        bundles.write_bundle(folder, files={"image.onnx": bundles.mapped_image_graph()}), threads, "onnxruntime"
    )


@pytest.fixture(scope="session")
def quarter():
    """An image that is dark but for its top left quarter, as what is left after the crop: 24 of 28 pixels."""
    image = np.full((28, 28, 3), 60, np.uint8)
    image[:14, :14] = 250
    return image
