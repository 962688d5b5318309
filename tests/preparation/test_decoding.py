"""Formats, sources and orientation of images; sizes; threads and memory."""

import contextlib
import gc
import io
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from image_files import FILES, PICTURE, QUARTERS, RED, encoded, resized_header
from PIL import Image

from anymood.errors import ImageError
from anymood.preparation import decoding as module
from anymood.preparation.decoding import decode, measure


@pytest.mark.parametrize("kind", FILES)
def test_every_format_gives_its_first_frame_in_rgb(kind: str) -> None:
    image = decode(FILES[kind])
    assert image.mode == "RGB"
    pixels = np.asarray(image).astype(int)
    assert pixels.shape == QUARTERS.shape
    for y, x in ((8, 12), (8, 36), (24, 12), (24, 36)):  # the middles of the quarters: lossy codecs blur the seams
        assert np.abs(pixels[y, x] - QUARTERS[y, x]).max() <= 12


@pytest.mark.parametrize("kind", ["AVIF", "JPEG2000"])
def test_formats_that_pillow_can_be_built_without(kind: str) -> None:
    try:
        data = encoded(PICTURE, kind)
    except (KeyError, OSError):
        pytest.skip(f"this Pillow writes no {kind}")
    assert np.abs(np.asarray(decode(data))[8, 12].astype(int) - RED).max() <= 12


def test_the_source_may_be_a_path_bytes_an_image_or_an_array(tmp_path: Path) -> None:
    path = tmp_path / "bild mit ümlaut.png"
    path.write_bytes(FILES["png"])
    for source in (path, str(path), FILES["png"], PICTURE, QUARTERS):
        np.testing.assert_array_equal(np.asarray(decode(source)), QUARTERS)


@pytest.mark.parametrize(
    ("orientation", "upright"),
    [
        (1, lambda stored: stored),
        (2, np.fliplr),
        (3, lambda stored: np.rot90(stored, 2)),
        (4, np.flipud),
        (5, lambda stored: stored.transpose(1, 0, 2)),
        (6, lambda stored: np.rot90(stored, -1)),
        (7, lambda stored: np.rot90(stored, 2).transpose(1, 0, 2)),
        (8, np.rot90),
    ],
)
@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP"])
def test_the_exif_orientation_is_applied_once(
    kind: str, orientation: int, upright: Callable[[np.ndarray], np.ndarray]
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encoded(PICTURE, kind, exif=exif, **({"lossless": True} if kind == "WEBP" else {}))
    image = decode(data)
    np.testing.assert_array_equal(np.asarray(image), upright(QUARTERS))
    np.testing.assert_array_equal(np.asarray(decode(image)), upright(QUARTERS))


def test_an_opened_image_is_turned_upright_and_left_as_it_was() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    opened = Image.open(io.BytesIO(encoded(PICTURE, "PNG", exif=exif)))
    assert decode(opened).size == (32, 48)
    assert opened.size == (48, 32)
    assert opened.getexif()[0x0112] == 6


def test_large_images_are_decoded_one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LARGE", PICTURE.width * PICTURE.height - 1)
    at_work, most = 0, 0

    def slowly(image: Image.Image) -> Image.Image:
        nonlocal at_work, most
        at_work += 1
        most = max(most, at_work)
        time.sleep(0.01)
        at_work -= 1
        return image

    monkeypatch.setattr(module, "to_rgb", slowly)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(decode, [FILES["png"]] * 4))
    assert most == 1


def test_no_file_stays_open(tmp_path: Path) -> None:
    for name, data in (("good.tif", FILES["tiff"]), ("cut.jpg", FILES["jpeg"][:300]), ("odd.gif", FILES["gif"][:30])):
        (tmp_path / name).write_bytes(data)
        with contextlib.suppress(ImageError):
            decode(tmp_path / name)
    gc.collect()  # pytest turns the ResourceWarning of an open file into a failure


def test_threads_decode_the_same() -> None:
    with ThreadPoolExecutor(4) as pool:
        images = list(pool.map(decode, list(FILES.values()) * 4))
    for data, image in zip(list(FILES.values()) * 4, images, strict=True):
        np.testing.assert_array_equal(np.asarray(image), np.asarray(decode(data)))


@pytest.mark.parametrize(
    ("at_least", "size"), [(None, (1600, 1200)), (400, (1600, 1200)), (300, (800, 600)), (75, (200, 150))]
)
def test_a_jpeg_is_decoded_at_the_scale_that_is_needed(at_least: int | None, size: tuple[int, int]) -> None:
    data = encoded(Image.new("RGB", (1600, 1200), RED), "JPEG")
    assert decode(data, at_least).size == size


@pytest.mark.parametrize("name", ["jpeg", "png", "mpo"])
def test_a_file_is_measured_without_decoding_it(name):
    assert measure(FILES[name]) == PICTURE.size
    assert measure(FILES[name][:-20]) == PICTURE.size


def test_a_damaged_or_too_large_header_is_not_measured():
    with pytest.raises(ImageError, match="Use a smaller image"):
        measure(resized_header(FILES["png"], 100_000, 100_000))
    with pytest.raises(ImageError, match="is truncated"):
        measure(FILES["png"][:20])


def test_a_closed_image_is_opened_again():
    closed = PICTURE.copy()
    closed.close()
    with pytest.raises(ImageError, match="Operation on closed image.*Open it again, and leave it open"):
        decode(closed)
