"""Features of posts: r_v of images and r_t of texts."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from anymood.posts import Problem
from anymood.runtime.encoding import EncodedBatch, empty_post_problem

Vector: TypeAlias = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class PostFeatures:
    """Features of one post.

    Attributes:
        image: r_v (D,), None without a usable image.
        text: r_t (D,), None without a usable text.
        problems: problems of the post.
    """

    image: Vector | None
    text: Vector | None
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """Features of B posts. A row is NaN if the post lacks the image or the text.

    Attributes:
        image: r_v (B, D), the output of the image encoder.
        text: r_t (B, D), the output of the text encoder.
        problems: problems of each post.
    """

    image: Vector
    text: Vector
    problems: tuple[tuple[Problem, ...], ...]

    @classmethod
    def of(cls, posts: Iterable[PostFeatures], width: int) -> "Features":
        """Stack the features of posts.

        Args:
            posts: features of each post.
            width: D, used if no post has any features.
        """
        listed = list(posts)
        width = next((len(v) for post in listed for v in (post.image, post.text) if v is not None), width)
        image, text = np.full((2, len(listed), width), np.nan, np.float32)
        for row, post in enumerate(listed):
            if post.image is not None:
                image[row] = post.image
            if post.text is not None:
                text[row] = post.text
        return cls(image, text, tuple(post.problems for post in listed))

    def __len__(self) -> int:
        return len(self.problems)

    def __repr__(self) -> str:
        counts = f"{int(self.has_image.sum()):,} with an image, {int(self.has_text.sum()):,} with a text"
        return f"<Features {self.image.shape}: {counts}>"

    @property
    def has_image(self) -> NDArray[np.bool_]:
        """Whether each post has a usable image: (B,)."""
        return ~np.isnan(self.image[:, 0])

    @property
    def has_text(self) -> NDArray[np.bool_]:
        """Whether each post has a usable text: (B,)."""
        return ~np.isnan(self.text[:, 0])


def post_features(batch: EncodedBatch) -> list[PostFeatures]:
    """Features of each post of a batch."""
    rows, images, texts = batch
    for index, row in enumerate(rows):
        if index not in images and index not in texts and not row.problems:
            row.add_problem(*empty_post_problem(row))
    absent = (None, None)
    return [
        PostFeatures(images.get(index, absent)[0], texts.get(index, absent)[0], tuple(row.problems))
        for index, row in enumerate(rows)
    ]
