"""Augmentation of training posts."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageEnhance

from anymood.posts import ImageSource
from anymood.preparation.decoding import decode


@dataclass(frozen=True, slots=True)
class Augmentation:
    """Random crops, flips and colours for images, word dropout for texts.

    Attributes:
        smallest_crop: minimum share of the image's area that a crop covers; less for an image that is too elongated for
            a nearly square crop.
        stretch: maximum change of the crop's aspect ratio, as a factor.
        colour: maximum relative change of brightness, contrast and saturation.
        word_dropout: probability that a token is replaced by the unknown token.
        unknown: id of the unknown token.
    """

    smallest_crop: float = 0.5
    stretch: float = 4 / 3
    colour: float = 0.2
    word_dropout: float = 0.0
    unknown: int = 1

    def image(self, source: ImageSource, side: int, rng: np.random.Generator) -> NDArray[np.uint8]:
        """A random view of an image, (side, side, 3) bytes.

        Raises:
            ImageError: the image cannot be decoded.
        """
        image = decode(source, at_least=side)
        view = image.resize((side, side), Image.Resampling.BICUBIC, self._crop(image.size, rng), reducing_gap=2.0)
        if rng.random() < 0.5:
            view = view.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        if self.colour:
            for enhance in (ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color):
                view = enhance(view).enhance(1 + rng.uniform(-self.colour, self.colour))
        return np.asarray(view)

    def tokens(self, tokens: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
        """The tokens (T,), some of them replaced by the unknown token."""
        if not self.word_dropout:
            return tokens
        return np.where(rng.random(len(tokens)) < self.word_dropout, self.unknown, tokens)

    def _crop(self, size: tuple[int, int], rng: np.random.Generator) -> tuple[float, float, float, float]:
        """A box within an image of that size, of random area, aspect ratio and position."""
        width, height = size
        area = width * height * rng.uniform(self.smallest_crop, 1.0)
        # Crops are close to a square, like the view, for images of any shape.
        ratio = np.exp(rng.uniform(-np.log(self.stretch), np.log(self.stretch)))
        w, h = min(width, (area * ratio) ** 0.5), min(height, (area / ratio) ** 0.5)
        left, top = rng.uniform(0, width - w), rng.uniform(0, height - h)
        return left, top, left + w, top + h
