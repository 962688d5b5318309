"""From a decoded image to the input of an image encoder.

Shapes: H rows, W columns, S side of the square after the crop.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from anymood.errors import SettingError
from anymood.posts import ImageSource
from anymood.preparation.decoding import decode

Interpolation = Literal["bicubic", "bilinear"]

MAX_SIDE = 4096  # pixels; larger than the input of any image encoder

# Pillow averages whole blocks down to 3 times the wanted size first: 3 times faster, off by 2 of 255.
_REDUCING_GAP = 3.0


@dataclass(frozen=True, slots=True)
class ImagePreparation:
    """Resizing, cropping and normalisation of images.

    Attributes:
        side: S, side of the centre crop in pixels.
        resize: short side in pixels before the crop.
        mean: means of red, green and blue on a scale of 0 to 1, which are subtracted.
        std: standard deviations, by which the values are then divided. The defaults are those of the EfficientNet-Lite
            weights.
        interpolation: the resampling filter.

    Raises:
        SettingError: a value is out of range.
    """

    side: int = 224
    resize: int = 256
    mean: tuple[float, float, float] = (127 / 255, 127 / 255, 127 / 255)
    std: tuple[float, float, float] = (128 / 255, 128 / 255, 128 / 255)
    interpolation: Interpolation = "bicubic"

    def __post_init__(self) -> None:
        if not all(type(value) is int and 0 < value <= MAX_SIDE for value in (self.side, self.resize)):
            raise SettingError(
                f"side and resize must be integers from 1 to {MAX_SIDE:,}, not {self.side!r} and {self.resize!r}."
            )
        if self.side > self.resize:
            raise SettingError(f"A crop of {self.side} pixels does not fit a short side of {self.resize} (resize).")
        for name, values in (("mean", self.mean), ("std", self.std)):
            if len(values) != 3 or not all(isinstance(value, int | float) and math.isfinite(value) for value in values):
                raise SettingError(f"{name} must be three numbers (red, green, blue), not {values!r}.")
        if min(self.std) <= 0:
            raise SettingError(f"std must be above 0, not {self.std!r}.")
        if self.interpolation not in get_args(Interpolation):
            raise SettingError(
                f"Unknown interpolation {self.interpolation!r}. Available: {', '.join(get_args(Interpolation))}."
            )

    def framed(self, source: ImageSource) -> NDArray[np.uint8]:
        """Decode an image, scale its short side to ``resize`` pixels and crop the centre: (S, S, 3).

        Both steps are a single resampling of the cropped square, with the same pixels as two steps.

        Raises:
            ImageError: see ``decode``.
        """
        image = decode(source, at_least=self.resize)
        width, height = image.size
        crop = min(width, height) * self.side / self.resize  # side of that square in the source's pixels
        left, top = (width - crop) / 2, (height - crop) / 2
        square = image.resize(
            (self.side, self.side),
            Image.Resampling[self.interpolation.upper()],
            box=(left, top, left + crop, top + crop),
            reducing_gap=_REDUCING_GAP,
        )
        return np.asarray(square)

    def scaled(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Normalise pixels (..., H, W, 3) from 0 to 255 to (..., 3, H, W): (pixel / 255 - mean) / std."""
        factor = (1 / (255 * np.array(self.std))).astype(np.float32)[:, None, None]
        shift = (np.array(self.mean) / np.array(self.std)).astype(np.float32)[:, None, None]
        channels_first = np.moveaxis(pixels, -1, -3)
        values = np.empty(channels_first.shape, np.float32)
        np.multiply(channels_first, factor, out=values)
        values -= shift
        return values

    def prepare(self, source: ImageSource) -> NDArray[np.float32]:
        """The input of the encoder for an image, (3, S, S).

        Raises:
            ImageError: see ``decode``.
        """
        return self.scaled(self.framed(source))

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self) | {"mean": list(self.mean), "std": list(self.std)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "ImagePreparation":
        """The inverse of ``to_dict``.

        Raises:
            SettingError: a field is missing, unknown or of the wrong type.
        """
        names = {field.name for field in fields(cls)}
        if set(values) != names:
            odd = ", ".join(sorted(map(str, set(values) ^ names)))
            raise SettingError(
                f"An image preparation has the fields {', '.join(sorted(names))}; missing or unknown: {odd}."
            )
        for name in ("mean", "std"):
            if not isinstance(values[name], list | tuple):
                raise SettingError(f"{name} must be three numbers (red, green, blue), not {values[name]!r}.")
        return cls(**(dict(values) | {"mean": tuple(values["mean"]), "std": tuple(values["std"])}))
