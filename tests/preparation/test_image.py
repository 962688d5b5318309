import io
from typing import Any

import numpy as np
import pytest
from image_files import RED, encoded
from PIL import Image

from anymood.errors import SettingError
from anymood.preparation.decoding import decode
from anymood.preparation.image import ImagePreparation


def scene(width: int, height: int) -> Image.Image:
    """Something like a photograph: soft shapes, edges, and noise."""
    y, x = np.mgrid[:height, :width]
    soft = 128 + 90 * np.sin(x / 90)[..., None] * np.cos(y / 70)[..., None] * np.array([1.0, 0.6, -0.8])
    edges = 40.0 * ((x // 60 + y // 60) % 2)[..., None]
    noise = np.random.default_rng(0).normal(0, 6, (height, width, 3))
    return Image.fromarray(np.clip(soft + edges + noise, 0, 255).astype(np.uint8))


@pytest.mark.parametrize("size", [(1, 5000), (5000, 1), (1, 1)])
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_extreme_shapes_are_framed(size: tuple[int, int], kind: str) -> None:
    framed = ImagePreparation().framed(encoded(Image.new("RGB", size, RED), kind, quality=95))
    assert framed.shape == (224, 224, 3)
    assert np.abs(framed.astype(int) - RED).max() <= 3


def test_the_reduced_scale_is_close_to_the_full_one() -> None:
    data = encoded(scene(800, 550), "JPEG", quality=95)
    preparation = ImagePreparation(side=112, resize=128)
    reduced = preparation.framed(data).astype(int)
    full = preparation.framed(Image.open(io.BytesIO(data))).astype(int)  # an image of the caller's is never reduced
    assert decode(data, preparation.resize).size == (400, 275)
    assert np.abs(reduced - full).mean() < 0.5
    assert np.abs(reduced - full).max() <= 3


def test_framing_is_resizing_and_a_centre_crop() -> None:
    picture = scene(576, 384)
    two_steps = picture.resize((384, 256), Image.Resampling.BICUBIC).crop((80, 16, 304, 240))
    framed = ImagePreparation(side=224, resize=256).framed(picture)
    assert framed.dtype == np.uint8
    assert np.abs(framed.astype(int) - np.asarray(two_steps)).max() <= 1


def test_a_large_png_is_framed_as_by_the_plain_filter() -> None:
    picture = scene(864, 576)
    two_steps = picture.resize((96, 64), Image.Resampling.BICUBIC).crop((20, 4, 76, 60))
    difference = np.abs(ImagePreparation(side=56, resize=64).framed(picture).astype(int) - np.asarray(two_steps))
    assert difference.mean() < 0.5
    assert difference.max() <= 3


def test_scaling_is_the_formula_for_any_leading_axes() -> None:
    preparation = ImagePreparation(mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225))
    pixels = np.random.default_rng(1).integers(0, 256, (2, 3, 5, 7, 3), dtype=np.uint8)
    values = preparation.scaled(pixels)
    assert values.dtype == np.float32
    assert values.shape == (2, 3, 3, 5, 7)
    assert values.flags.c_contiguous
    expected = (np.moveaxis(pixels, -1, -3) / 255 - np.reshape(preparation.mean, (3, 1, 1))) / np.reshape(
        preparation.std, (3, 1, 1)
    )
    np.testing.assert_allclose(values, expected, atol=1e-6)


def test_the_defaults_are_those_of_efficientnet_lite() -> None:
    values = ImagePreparation().scaled(np.array([[[0, 127, 255]]], np.uint8))
    np.testing.assert_allclose(values.ravel(), [-127 / 128, 0, 1], atol=1e-6)


def test_prepare_is_framing_then_scaling() -> None:
    preparation, png = ImagePreparation(side=16, resize=20), encoded(scene(48, 32), "PNG")
    values = preparation.prepare(png)
    assert values.shape == (3, 16, 16)
    np.testing.assert_array_equal(values, preparation.scaled(preparation.framed(png)))


def test_a_preparation_is_the_same_from_its_dictionary() -> None:
    preparation = ImagePreparation(side=32, resize=40, mean=(0.1, 0.2, 0.3), std=(1, 2, 3), interpolation="bilinear")
    assert ImagePreparation.from_dict(preparation.to_dict()) == preparation
    assert preparation.to_dict()["mean"] == [0.1, 0.2, 0.3]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"size": 224}, "missing or unknown: size"),
        ({"side": "224"}, "must be integers"),
        ({"side": True}, "must be integers"),
        ({"side": 0}, "must be integers"),
        ({"resize": 10**9}, "must be integers from 1 to 4,096"),
        ({"resize": 200}, "does not fit"),
        ({"mean": 0.5}, "mean must be three numbers"),
        ({"mean": [0.5, 0.5]}, "mean must be three numbers"),
        ({"std": ["a", "b", "c"]}, "std must be three numbers"),
        ({"std": [0.1, float("nan"), 0.1]}, "std must be three numbers"),
        ({"std": [0.1, 0.0, 0.1]}, "above 0"),
        ({"interpolation": "nearest"}, "bicubic, bilinear"),
        ({"interpolation": []}, "bicubic, bilinear"),
    ],
)
def test_a_wrong_dictionary_is_a_setting_error(change: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingError, match=message):
        ImagePreparation.from_dict(ImagePreparation().to_dict() | change)


def test_a_missing_field_is_a_setting_error() -> None:
    values = ImagePreparation().to_dict()
    del values["std"]
    with pytest.raises(SettingError, match="missing or unknown: std"):
        ImagePreparation.from_dict(values)
