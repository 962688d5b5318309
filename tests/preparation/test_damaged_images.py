"""Errors of images that are empty, damaged, too large, or none."""

import io
import struct
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from image_files import FILES, PICTURE, encoded, resized_header
from PIL import Image

from anymood.errors import ImageError
from anymood.preparation import decoding as module
from anymood.preparation.decoding import MAX_PIXELS, decode


def reason(source: Any) -> str:
    with pytest.raises(ImageError) as caught:
        decode(source)
    return caught.value.reason


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
def test_an_array_of_another_type_is_an_error_that_says_what_is_expected(array: np.ndarray) -> None:
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
def test_a_file_that_ends_early_is_truncated(kind: str, share: float) -> None:
    assert reason(FILES[kind][: int(len(FILES[kind]) * share)]) == "truncated"


@pytest.mark.parametrize("kind", ["jpeg", "webp", "j2k"])
def test_a_complete_file_with_damage_is_not_truncated(kind: str) -> None:
    whole = FILES[kind]
    assert reason(whole[:16] + b"\xaa" * (len(whole) - 18) + whole[-2:]) == "unreadable"


def test_damage_inside_is_unreadable_and_says_what(tmp_path: Path) -> None:
    path = tmp_path / "scratched.png"
    path.write_bytes(FILES["png"].replace(b"IDAT", b"IDAX"))
    with pytest.raises(ImageError, match=r"scratched\.png' is damaged") as caught:
        decode(path)
    assert caught.value.reason == "unreadable"


def test_a_decompression_bomb_is_rejected_by_its_header_without_a_warning() -> None:
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
def test_another_type_is_an_error_that_says_what_is_expected(source: Any) -> None:
    message = f"of type (_io.)?{type(source).__name__} cannot be read: give a path, bytes, a PIL image or an array"
    with pytest.raises(ImageError, match=message):
        decode(source)


def test_a_damaged_exif_record_is_ignored() -> None:
    tag = struct.pack("<HHII", 0x010F, 2, 100, 9000)  # a text of 100 bytes that would begin past the end
    broken = b"Exif\0\0II*\0" + struct.pack("<IH", 8, 2) + tag
    program = "import sys; from anymood.preparation.decoding import decode; decode(sys.stdin.buffer.read())"
    run = subprocess.run(
        [sys.executable, "-c", program], input=encoded(PICTURE, "JPEG", exif=broken), capture_output=True, check=True
    )
    assert run.stderr == b""


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
