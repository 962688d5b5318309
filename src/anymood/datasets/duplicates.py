"""Duplicates of texts and images, such as test posts that also occur in the training data."""

import hashlib
import os
import re

from anymood.datasets.corpus import Corpus
from anymood.files import file_sha256
from anymood.posts import ImageSource

_LINKS_AND_MENTIONS = re.compile(r"https?:\S*|www\.\S+|@\w+")


class DisjointSets:
    """Disjoint sets of the numbers below ``count``, which are joined (union-find with path halving)."""

    def __init__(self, count: int) -> None:
        self._parents = list(range(count))

    def root(self, number: int) -> int:
        """The smallest number of the set that contains a number."""
        parents = self._parents
        while parents[number] != number:
            parents[number] = parents[parents[number]]
            number = parents[number]
        return number

    def join(self, one: int, other: int) -> None:
        """Join the sets of two numbers."""
        least, most = sorted((self.root(one), self.root(other)))
        self._parents[most] = least

    def roots(self) -> list[int]:
        """The root of each number."""
        return [self.root(number) for number in range(len(self._parents))]


def comparable(text: str | None) -> str | None:
    """A text normalised for comparison: lower case, without links and mentions, whitespace collapsed.

    None if nothing is left, so that two bare links are not equal texts.
    """
    return " ".join(_LINKS_AND_MENTIONS.sub(" ", (text or "").lower()).split()) or None


def shared_with(train: Corpus, test: Corpus) -> dict[str, int]:
    """Numbers of the test posts whose text (``texts``), or whose image (``images``), also occurs in the training data.

    Texts are compared by ``comparable``, images by ``image_digest``.
    """
    texts = {comparable(example.post.text) for example in train.examples} - {None}
    images = {image_digest(example.post.image) for example in train.examples} - {None}
    return {
        "texts": sum(comparable(example.post.text) in texts for example in test.examples),
        "images": sum(image_digest(example.post.image) in images for example in test.examples),
    }


def image_digest(image: ImageSource | None) -> str | None:
    """Hash of an image file's bytes, or of the pixels of an image in memory; None if the file cannot be read."""
    if image is None:
        return None
    if isinstance(image, bytes):
        return hashlib.sha256(image).hexdigest()
    if isinstance(image, str | os.PathLike):
        try:
            return file_sha256(image)
        except (OSError, ValueError):  # a path cannot contain NUL bytes
            return None
    import numpy as np
    from PIL import Image

    if isinstance(image, Image.Image) and image.mode == "P":  # pixels are indices into a palette
        image = image.convert("RGBA")
    pixels = np.asarray(image)
    return hashlib.sha256(f"{pixels.shape} {pixels.dtype}".encode() + pixels.tobytes()).hexdigest()
