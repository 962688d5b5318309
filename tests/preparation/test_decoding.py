import contextlib
import gc
import io
import struct
import subprocess
import sys
import time
import tracemalloc
import warnings
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from anymood.errors import ImageError
from anymood.preparation import decoding as module
from anymood.preparation.decoding import MAX_PIXELS, decode, measure

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)
QUARTERS = np.repeat(np.repeat(np.array([[RED, GREEN], [BLUE, WHITE]], np.uint8), 16, axis=0), 24, axis=1)


def encoded(picture: Image.Image, kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def reason(source: Any) -> str:
    with pytest.raises(ImageError) as caught:
        decode(source)
    return caught.value.reason


def resized_header(png: bytes, width: int, height: int) -> bytes:
    header = b"IHDR" + struct.pack(">II", width, height) + png[24:29]
    return png[:12] + header + struct.pack(">I", zlib.crc32(header)) + png[33:]


PICTURE = Image.fromarray(QUARTERS)
FILES = {
    "jpeg": encoded(PICTURE, "JPEG", quality=95),
    "progressive jpeg": encoded(PICTURE, "JPEG", quality=95, progressive=True),
    "cmyk jpeg": encoded(PICTURE.convert("CMYK"), "JPEG", quality=95),
    "mpo": encoded(PICTURE, "MPO", quality=95, save_all=True, append_images=[PICTURE.rotate(180)]),
    "png": encoded(PICTURE, "PNG"),
    "palette png": encoded(PICTURE.quantize(8), "PNG"),
    "animated png": encoded(PICTURE, "PNG", save_all=True, append_images=[PICTURE.rotate(180)]),
    "gif": encoded(PICTURE.quantize(8), "GIF"),
    "animated gif": encoded(PICTURE.quantize(8), "GIF", save_all=True, append_images=[PICTURE.rotate(180)]),
    "webp": encoded(PICTURE, "WEBP", quality=95),
    "animated webp": encoded(PICTURE, "WEBP", lossless=True, save_all=True, append_images=[PICTURE.rotate(180)]),
    "avif": encoded(PICTURE, "AVIF", quality=95),
    "jp2": encoded(PICTURE, "JPEG2000"),
    "j2k": encoded(PICTURE, "JPEG2000", no_jp2=True),
    "tiff": encoded(PICTURE, "TIFF"),
    "lzw tiff": encoded(PICTURE, "TIFF", compression="tiff_lzw"),
    "bmp": encoded(PICTURE, "BMP"),
    "ppm": encoded(PICTURE, "PPM"),
}


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


@pytest.mark.parametrize("mode", ["RGBA", "LA", "PA", "RGBa", "La"])
def test_alpha_is_laid_on_white(mode: str) -> None:
    clear = Image.new("P" if mode == "PA" else "RGB", (4, 4), "black")
    clear.putalpha(Image.fromarray(np.array([[255, 255, 0, 0]] * 4, np.uint8)))
    picture = clear if mode == "PA" else clear.convert("LA").convert(mode) if mode == "La" else clear.convert(mode)
    assert picture.mode == mode
    pixels = np.asarray(decode(picture))
    assert (pixels[:, :2] == 0).all()
    assert (pixels[:, 2:] == 255).all()


def test_half_clear_is_half_white() -> None:
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
def test_a_clear_colour_is_white(data: bytes) -> None:
    pixels = np.asarray(decode(data))
    assert (pixels[8, 12] == 255).all()
    assert (pixels[8, 36] == GREEN).all()


def sixteen_bit_png(colour_type: int, clear: tuple[int, ...], pixels: list[tuple[int, ...]]) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    values = [value for pixel in pixels for value in pixel]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        [
            chunk(b"IHDR", struct.pack(">IIBBBBB", len(pixels), 1, 16, colour_type, 0, 0, 0)),
            chunk(b"tRNS", struct.pack(f">{len(clear)}H", *clear)),
            chunk(b"IDAT", zlib.compress(b"\x00" + struct.pack(f">{len(values)}H", *values))),
            chunk(b"IEND", b""),
        ]
    )


@pytest.mark.parametrize("grey", [0, 0x6432, 65535])
def test_a_clear_colour_of_sixteen_bits_is_white(grey: int) -> None:
    other = 0x3200
    for colour_type, bands in ((0, 1), (2, 3)):  # grey, RGB
        data = sixteen_bit_png(colour_type, (grey,) * bands, [(grey,) * bands, (other,) * bands])
        assert np.asarray(decode(data)).tolist() == [[[255] * 3, [50] * 3]]


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

    monkeypatch.setattr(module, "_rgb", slowly)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(decode, [FILES["png"]] * 4))
    assert most == 1


@pytest.mark.parametrize("array", [np.zeros((0, 5, 3), np.uint8), np.zeros((5, 0), np.uint8)])
def test_an_array_without_pixels_is_empty(array: np.ndarray) -> None:
    assert reason(array) == "empty"


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((4, 4, 3), np.float32),
        np.zeros((4, 4, 3), np.int64),
        np.zeros((4, 4), bool),
        np.zeros((3, 8, 8), np.uint8),
        np.zeros((4, 4, 2), np.uint8),
        np.zeros(4, np.uint8),
        np.zeros((2, 4, 4, 3), np.uint8),
        np.zeros((4, 4), object),
    ],
)
def test_an_array_of_another_kind_is_reported_what_is_expected(array: np.ndarray) -> None:
    with pytest.raises(ImageError, match=r"\(H, W, 3\).*uint8.*astype") as caught:
        decode(array)
    assert str(array.dtype) in str(caught.value)


def test_an_empty_file_is_empty(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").touch()
    assert reason(tmp_path / "a.jpg") == "empty"
    assert reason(b"") == "empty"


@pytest.mark.parametrize(
    "data", [b"<!DOCTYPE html><title>Not found</title>", b"P", b"\xff\xd8", b"%!PS-Adobe-3.0 EPSF"]
)
def test_what_is_not_an_image_is_distinguished(data: bytes) -> None:
    with pytest.raises(ImageError, match="The image file is not an image") as caught:
        decode(data)
    assert caught.value.reason == "not an image"


@pytest.mark.parametrize(
    "kind",
    ["jpeg", "progressive jpeg", "png", "gif", "tiff", "bmp", "ppm", "webp", "animated webp", "avif", "jp2", "j2k"],
)
@pytest.mark.parametrize("share", [0.2, 0.67])
def test_a_cut_file_is_truncated(kind: str, share: float) -> None:
    assert reason(FILES[kind][: int(len(FILES[kind]) * share)]) == "truncated"


@pytest.mark.parametrize("kind", ["jpeg", "webp", "j2k"])
def test_a_whole_file_with_damage_is_not_called_cut(kind: str) -> None:
    whole = FILES[kind]
    assert reason(whole[:16] + b"\xaa" * (len(whole) - 18) + whole[-2:]) == "unreadable"


def test_damage_inside_is_unreadable_and_says_what(tmp_path: Path) -> None:
    path = tmp_path / "scratched.png"
    path.write_bytes(FILES["png"].replace(b"IDAT", b"IDAX"))
    with pytest.raises(ImageError, match=r"scratched\.png' is damaged") as caught:
        decode(path)
    assert caught.value.reason == "unreadable"


def test_a_bomb_is_refused_by_its_header_without_a_warning() -> None:
    side = int(MAX_PIXELS**0.5) + 1
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        assert reason(resized_header(FILES["png"], side, side)) == "too large"
        assert reason(resized_header(FILES["png"], 2**31 - 1, 2**31 - 1)) == "too large"
    assert warned == []


def test_a_large_array_is_too_large() -> None:
    assert reason(np.broadcast_to(np.uint8(0), (MAX_PIXELS + 1, 1))) == "too large"


def test_a_large_file_is_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_BYTES", len(FILES["png"]) - 1)
    (tmp_path / "a.png").write_bytes(FILES["png"])
    assert reason(tmp_path / "a.png") == "too large"
    assert reason(FILES["png"]) == "too large"


def test_a_closed_image_is_unreadable() -> None:
    opened = Image.open(io.BytesIO(FILES["png"]))
    opened.close()
    assert reason(opened) == "unreadable"


@pytest.mark.parametrize("source", [None, 7, io.BytesIO(FILES["png"])])
def test_another_type_is_reported_what_is_expected(source: Any) -> None:
    message = f"of type (_io.)?{type(source).__name__} cannot be read: give a path, bytes, a PIL image or an array"
    with pytest.raises(ImageError, match=message):
        decode(source)


def test_a_broken_exif_record_is_passed_over_in_silence() -> None:
    tag = struct.pack("<HHII", 0x010F, 2, 100, 9000)  # a text of 100 bytes that would begin past the end
    broken = b"Exif\0\0II*\0" + struct.pack("<IH", 8, 2) + tag
    program = "import sys; from anymood.preparation.decoding import decode; decode(sys.stdin.buffer.read())"
    run = subprocess.run(
        [sys.executable, "-c", program], input=encoded(PICTURE, "JPEG", exif=broken), capture_output=True, check=True
    )
    assert run.stderr == b""


def test_no_file_stays_open(tmp_path: Path) -> None:
    for name, data in (("good.tif", FILES["tiff"]), ("cut.jpg", FILES["jpeg"][:300]), ("odd.gif", FILES["gif"][:30])):
        (tmp_path / name).write_bytes(data)
        with contextlib.suppress(ImageError):
            decode(tmp_path / name)
    gc.collect()  # pytest turns the ResourceWarning of an open file into a failure


def test_threads_decode_alike() -> None:
    with ThreadPoolExecutor(4) as pool:
        images = list(pool.map(decode, list(FILES.values()) * 4))
    for data, image in zip(list(FILES.values()) * 4, images, strict=True):
        np.testing.assert_array_equal(np.asarray(image), np.asarray(decode(data)))


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_give_an_image_or_an_image_error(data: bytes) -> None:
    try:
        assert decode(data).mode == "RGB"
    except ImageError as error:
        assert error.reason in {"empty", "truncated", "not an image", "too large", "unreadable"}


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(sorted(FILES)), st.data())
def test_any_damage_gives_an_image_or_an_image_error(kind: str, data: st.DataObject) -> None:
    damaged = bytearray(FILES[kind])
    for _ in range(data.draw(st.integers(0, 6))):
        damaged[data.draw(st.integers(0, min(len(damaged), 600) - 1))] = data.draw(st.integers(0, 255))
    damaged = damaged[: data.draw(st.integers(0, len(damaged)))]
    try:
        assert decode(bytes(damaged), at_least=4).mode == "RGB"
    except ImageError as error:
        assert error.reason in {"empty", "truncated", "not an image", "too large", "unreadable"}


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


def test_what_announces_too_much_is_not_measured():
    with pytest.raises(ImageError, match="Use a smaller image"):
        measure(resized_header(FILES["png"], 100_000, 100_000))
    with pytest.raises(ImageError, match="ends before the image does"):
        measure(FILES["png"][:20])
