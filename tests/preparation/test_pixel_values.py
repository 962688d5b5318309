"""Pixels of images with transparency, and of other depths than 8 bits."""

import struct
import tracemalloc
import zlib
from typing import Any

import numpy as np
import pytest
from image_files import GREEN, PICTURE, RED, encoded
from PIL import Image

from anymood.preparation.decoding import decode


@pytest.mark.parametrize("mode", ["RGBA", "LA", "PA", "RGBa", "La"])
def test_transparency_is_blended_with_white(mode: str) -> None:
    clear = Image.new("P" if mode == "PA" else "RGB", (4, 4), "black")
    clear.putalpha(Image.fromarray(np.array([[255, 255, 0, 0]] * 4, np.uint8)))
    picture = clear if mode == "PA" else clear.convert("LA").convert(mode) if mode == "La" else clear.convert(mode)
    assert picture.mode == mode
    pixels = np.asarray(decode(picture))
    assert (pixels[:, :2] == 0).all()
    assert (pixels[:, 2:] == 255).all()


def test_half_transparent_is_half_white() -> None:
    np.testing.assert_array_equal(np.asarray(decode(np.full((2, 2, 4), (0, 0, 0, 128), np.uint8))), 127)


@pytest.mark.parametrize(
    "data",
    [
        encoded(PICTURE.quantize(8), "PNG", transparency=PICTURE.quantize(8).getpixel((0, 0))),
        encoded(PICTURE.quantize(8), "GIF", transparency=PICTURE.quantize(8).getpixel((0, 0))),
        encoded(PICTURE, "PNG", transparency=RED),
    ],
    ids=["palette png", "gif", "rgb png with a clear colour"],
)
def test_a_transparent_colour_is_white(data: bytes) -> None:
    pixels = np.asarray(decode(data))
    assert (pixels[8, 12] == 255).all()
    assert (pixels[8, 36] == GREEN).all()


def png_with_a_clear_colour(bits: int, clear: tuple[int, ...], row: bytes, width: int) -> bytes:
    """A PNG of one row of grey (one value in ``clear``) or RGB pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    return b"\x89PNG\r\n\x1a\n" + b"".join(
        [
            chunk(b"IHDR", struct.pack(">IIBBBBB", width, 1, bits, 0 if len(clear) == 1 else 2, 0, 0, 0)),
            chunk(b"tRNS", struct.pack(f">{len(clear)}H", *clear)),
            chunk(b"IDAT", zlib.compress(b"\x00" + row)),
            chunk(b"IEND", b""),
        ]
    )


@pytest.mark.parametrize("grey", [0, 0x6432, 65535])
def test_a_transparent_colour_of_sixteen_bits_is_white(grey: int) -> None:
    other = 0x3200
    for bands in (1, 3):
        row = struct.pack(f">{2 * bands}H", *(grey,) * bands, *(other,) * bands)
        data = png_with_a_clear_colour(16, (grey,) * bands, row, width=2)
        assert np.asarray(decode(data)).tolist() == [[[255] * 3, [50] * 3]]


@pytest.mark.parametrize(("bits", "row", "greys"), [(1, b"\x40", 2), (2, b"\x1b", 4), (4, b"\x01\x23\x45", 6)])
def test_a_clear_grey_of_few_bits_is_white(bits: int, row: bytes, greys: int) -> None:
    step = 255 // (2**bits - 1)
    for clear in range(greys):  # the pixels of the row are 0, 1, 2, ...
        pixels = np.asarray(decode(png_with_a_clear_colour(bits, (clear,), row, greys)))[0, :, 0]
        assert pixels.tolist() == [255 if grey == clear else step * grey for grey in range(greys)]


def test_one_bit_is_black_and_white() -> None:
    data = encoded(Image.fromarray(np.array([[0, 255]], np.uint8)).convert("1"), "PNG")
    assert np.asarray(decode(data)).tolist() == [[[0, 0, 0], [255, 255, 255]]]


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "PPM"])
def test_sixteen_bits_are_scaled_not_clipped(kind: str) -> None:
    values = np.array([[0, 257, 128 * 257, 200 * 257 + 100, 65535]], np.uint16)
    data = encoded(Image.fromarray(values), kind)
    assert np.asarray(decode(data))[0, :, 0].tolist() == [0, 1, 128, 200, 255]


@pytest.mark.parametrize("dtype", [np.dtype("<u2"), np.dtype(">u2")])
@pytest.mark.parametrize("shape", [(3, 2), (3, 2, 3), (3, 2, 4)])
def test_sixteen_bit_arrays_are_scaled(dtype: np.dtype[Any], shape: tuple[int, ...]) -> None:
    np.testing.assert_array_equal(np.asarray(decode(np.full(shape, 65535, dtype))), 255)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.array([[0.0, 0.5, 1.0]], np.float32), [0, 128, 255]),
        (np.array([[0.0, 100.0, 255.0]], np.float32), [0, 100, 255]),
        (np.array([[0.0, 25700.0, 65535.0]], np.float32), [0, 100, 255]),
        (np.array([[-1.0, 0.0, 1.0]], np.float32), [0, 128, 255]),
        (np.array([[np.nan, 1.0, np.inf]], np.float32), [0, 255, 0]),
        (np.array([[7e8, 7e8]], np.float32), [0, 0]),
        (np.array([[0, 1, 255]], np.int32), [0, 1, 255]),
        (np.array([[0, 257, 65535]], np.int32), [0, 1, 255]),
        (np.array([[-(2**31), 2**31 - 1]], np.int32), [0, 255]),
    ],
)
def test_modes_without_a_range_find_one(values: np.ndarray, expected: list[int]) -> None:
    assert np.asarray(decode(Image.fromarray(values)))[0, :, 0].tolist() == expected


@pytest.mark.parametrize("dtype", [np.uint16, np.int32, np.float32])
def test_values_of_a_large_image_are_scaled_a_few_rows_at_a_time(dtype: type[np.generic]) -> None:
    large = Image.fromarray(np.arange(3000 * 2000).reshape(3000, 2000).astype(dtype))
    own = large.width * large.height * np.dtype(dtype).itemsize
    tracemalloc.start()
    decode(large)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2 * own + 8 * own / np.dtype(dtype).itemsize + 50_000_000  # it was 4 times as much
