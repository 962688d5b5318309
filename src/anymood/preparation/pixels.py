"""Conversion of decoded images: pixels of any type to RGB, and turning images upright."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_TRANSPOSITIONS = {  # EXIF orientation -> transposition to an upright image
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_EXIF_ORIENTATION = 0x0112
_BAND = 2**20  # values that are converted together; intermediate results take up to 8 bytes each


def to_rgb(image: Image.Image) -> Image.Image:
    """An image of any mode in RGB with 8 bits, transparent parts on white."""
    if image.mode == "RGB" and not image.has_transparency_data:
        return image
    transparent = image.info.get("transparency")
    if image.mode.startswith("I;16"):
        values = np.asarray(image)
        if isinstance(transparent, int):
            values = np.where(values == transparent, np.uint16(65535), values)
        return Image.fromarray(eight_bits(values)).convert("RGB")
    if image.mode == "RGB" and isinstance(transparent, tuple) and max(transparent) > 255:  # pixels are in 8 bits
        image = image.copy()
        image.info["transparency"] = tuple(value >> 8 for value in transparent)
    if image.mode in ("I", "F"):
        return Image.fromarray(_grey(np.asarray(image))).convert("RGB")
    if not image.has_transparency_data:
        return image.convert("RGB")
    if image.mode == "La":  # which Pillow only converts to LA
        image = image.convert("LA")
    foreground = image.convert("RGBA")
    background = Image.new("RGB", foreground.size, "white")
    background.paste(foreground, mask=foreground)
    return background


def eight_bits(values: NDArray[Any]) -> NDArray[np.uint8]:
    """16 bits to 8, rounded: 65535 / 257 = 255."""
    return _converted(values, lambda band: (band.astype(np.uint32) + 128) // 257)


def _grey(values: NDArray[Any]) -> NDArray[np.uint8]:
    """Values of the modes I and F, which have no fixed range, from 0 to 255.

    White is the smallest usual maximum that no value exceeds: 1, 255 or 65535. Other values are stretched from minimum
    to maximum.
    """
    tops = (255.0, 65535.0) if values.dtype.kind == "i" else (1.0, 255.0, 65535.0)
    extremes = [(float(band.min()), float(band.max())) for band in map(_finite, _bands(values))]
    low, high = min(band[0] for band in extremes), max(band[1] for band in extremes)
    if low >= 0 and high <= tops[-1]:
        low, high = 0.0, min(top for top in tops if high <= top)
    return _converted(values, lambda band: np.rint((_finite(band) - low) * (255 / (high - low or 1))))


def _finite(values: NDArray[Any]) -> NDArray[np.float64]:
    return np.nan_to_num(values.astype(np.float64), copy=False, posinf=0.0, neginf=0.0)


def _converted(values: NDArray[Any], convert: Callable[[NDArray[Any]], NDArray[Any]]) -> NDArray[np.uint8]:
    return np.concatenate([convert(band).astype(np.uint8) for band in _bands(values)])


def _bands(values: NDArray[Any]) -> list[NDArray[Any]]:
    """Blocks of a few rows, so that intermediate results need less memory than the image."""
    rows = max(1, _BAND // math.prod(values.shape[1:]))
    return [values[start : start + rows] for start in range(0, len(values), rows)]


def upright(image: Image.Image, rgb: Image.Image) -> Image.Image:
    """Apply the EXIF orientation of the original image to its pixels."""
    try:
        turn = _TRANSPOSITIONS.get(image.getexif().get(_EXIF_ORIENTATION, 1))
    except Exception:  # a damaged EXIF record is ignored
        turn = None
    if turn is None:
        return rgb
    turned = rgb.transpose(turn)
    turned.info.clear()  # otherwise the orientation would be applied again
    return turned
