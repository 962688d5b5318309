"""A decoded picture as the pixels a network reads.

Shapes: H rows, W columns, S side of the square after the crop.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from anymood.errors import SettingError
from anymood.preparation.decoding import decode

if TYPE_CHECKING:
    from anymood.posts import ImageSource

Interpolation = Literal["bicubic", "bilinear"]

_REDUCING_GAP = (
    3.0  # Pillow averages whole blocks down to 3 times the wanted size first: 3 times faster, off by 2 of 255
)


@dataclass(frozen=True, slots=True)
class ImagePreparation:
    """From a picture to the input of an image encoder.

    Attributes:
        side: S, pixels of a side after the centre crop.
        resize: pixels of the short side before the crop.
        mean: of the red, green and blue values on a scale of 0 to 1, to subtract.
        std: likewise, to divide by. The defaults are those of the EfficientNet-Lite weights.
        interpolation: the filter of the resampling.

    Raises:
        SettingError: a value out of range.
    """

    side: int = 224
    resize: int = 256
    mean: tuple[float, float, float] = (127 / 255, 127 / 255, 127 / 255)
    std: tuple[float, float, float] = (128 / 255, 128 / 255, 128 / 255)
    interpolation: Interpolation = "bicubic"

    def __post_init__(self) -> None:
        if not all(type(value) is int and value > 0 for value in (self.side, self.resize)):
            raise SettingError(f"side and resize are whole pixels, not {self.side!r} and {self.resize!r}.")
        if self.side > self.resize:
            raise SettingError(f"A crop of {self.side} pixels does not fit a short side of {self.resize} (resize).")
        for name, values in (("mean", self.mean), ("std", self.std)):
            if len(values) != 3 or not all(isinstance(value, int | float) and math.isfinite(value) for value in values):
                raise SettingError(f"{name} takes three numbers, one each for red, green and blue, not {values!r}.")
        if min(self.std) <= 0:
            raise SettingError(f"std divides, so it must be above 0, not {self.std!r}.")
        if self.interpolation not in get_args(Interpolation):
            raise SettingError(
                f"Unknown interpolation {self.interpolation!r}. There are: {', '.join(get_args(Interpolation))}."
            )

    def framed(self, source: "ImageSource") -> NDArray[np.uint8]:
        """Decode, bring the short side to ``resize`` pixels and cut out the centre: (S, S, 3).

        Both steps are one resampling of the square that ends up in the crop: the same pixels as in
        two steps, without computing those that are cut away.

        Raises:
            ImageError: see ``decode``.
        """
        image = decode(source, at_least=self.resize)
        width, height = image.size
        kept = min(width, height) * self.side / self.resize  # side of that square in the source's pixels
        left, top = (width - kept) / 2, (height - kept) / 2
        square = image.resize(
            (self.side, self.side),
            Image.Resampling[self.interpolation.upper()],
            box=(left, top, left + kept, top + kept),
            reducing_gap=_REDUCING_GAP,
        )
        return np.asarray(square)

    def scaled(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Pixels (..., H, W, 3) from 0 to 255 as the encoder's (..., 3, H, W): (pixel / 255 - mean) / std."""
        factor = (1 / (255 * np.array(self.std))).astype(np.float32)[:, None, None]
        shift = (np.array(self.mean) / np.array(self.std)).astype(np.float32)[:, None, None]
        channels_first = np.moveaxis(pixels, -1, -3)
        values = np.empty(channels_first.shape, np.float32)
        np.multiply(channels_first, factor, out=values)
        values -= shift
        return values

    def prepare(self, source: "ImageSource") -> NDArray[np.float32]:
        """A picture as the encoder's input, (3, S, S).

        Raises:
            ImageError: see ``decode``.
        """
        return self.scaled(self.framed(source))

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self) | {"mean": list(self.mean), "std": list(self.std)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "ImagePreparation":
        """What ``to_dict`` gave.

        Raises:
            SettingError: a field is missing, unknown or of the wrong kind.
        """
        names = {field.name for field in fields(cls)}
        if set(values) != names:
            odd = ", ".join(sorted(map(str, set(values) ^ names)))
            raise SettingError(f"An image preparation has the fields {', '.join(sorted(names))}; wrong here: {odd}.")
        for name in ("mean", "std"):
            if not isinstance(values[name], list | tuple):
                raise SettingError(f"{name} takes three numbers, one each for red, green and blue: {values[name]!r}.")
        return cls(**(dict(values) | {"mean": tuple(values["mean"]), "std": tuple(values["std"])}))
