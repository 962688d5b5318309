"""What the systems that are compared have in common: they learn from what frozen encoders make of a post.

Shape legend: B posts, C classes, F features, R regions of an image, T tokens of a text.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import ClassVar, Literal, NamedTuple, TypeAlias, get_args

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from anymood.experiments.features import Features

Given: TypeAlias = Literal["both", "image", "text"]
GIVEN: tuple[Given, ...] = get_args(Given)


class Seen:
    """Some posts, as far as they are given: what is absent is None, and cannot take part.

    Args:
        features: of all posts.
        rows: which posts, (B,).
        given: what they have.
    """

    def __init__(self, features: Features, rows: Tensor, given: Given = "both") -> None:
        self.features, self.rows, self.given = features, rows, given

    def __len__(self) -> int:
        return len(self.rows)

    def only(self, given: Given) -> "Seen":
        """The same posts with less."""
        return Seen(self.features, self.rows, given)

    @property
    def labels(self) -> Tensor:
        """Class indices (B,)."""
        return self.features.labels[self.rows]

    @property
    def image(self) -> Tensor | None:
        """Pooled features (B, F) of the images: their mean over the regions."""
        return None if self.given == "text" else self.features.image[self.rows]

    @property
    def text(self) -> Tensor | None:
        """Pooled features (B, F) of the texts: their mean over the tokens."""
        return None if self.given == "image" else self.features.text[self.rows]

    @property
    def peaks(self) -> Tensor | None:
        """The greatest value of each feature over the regions, (B, F)."""
        return None if self.given == "text" else self.features.peaks[self.rows]

    @property
    def regions(self) -> Tensor | None:
        """Features (B, R, F) of the regions of the images."""
        return None if self.given == "text" else self.features.regions.of(self.rows)[0]

    @property
    def words(self) -> tuple[Tensor, Tensor] | None:
        """Features (B, T, F) of the tokens of the texts, and which of them are no padding, (B, T)."""
        return None if self.given == "image" else self.features.words.of(self.rows)


class Phase(NamedTuple):
    """One stage of a training."""

    loss: Callable[[Seen], Tensor]
    learns: Sequence[nn.Module]
    supervised: bool = True  # whether the best epoch by validation is kept, in place of the last
    keeps: Callable[[Seen], Tensor] | None = None  # which training posts are learnt from, (B,) bool; all by default


class Sizes(NamedTuple):
    """What a system is built for."""

    image: int  # features of an image
    text: int  # features of a text
    classes: int
    dropout: float  # of the recipe's classifiers


class System(nn.Module, ABC):
    """A system that is compared. Made by ``kind(sizes)``.

    Attributes:
        title: what its row is called.
        replaced: what of the original is not to be had here, and what stands for it.
        reads: the modalities that it can use; without them it gives the proportions of the training labels.
    """

    title: ClassVar[str]
    replaced: ClassVar[str] = ""
    reads: ClassVar[tuple[Given, ...]] = ("image", "text")

    @abstractmethod
    def __init__(self, sizes: Sizes) -> None:
        super().__init__()

    @abstractmethod
    def forward(self, seen: Seen) -> Tensor:
        """Logits (B, C) from what is given of some posts."""

    def phases(self) -> Sequence[Phase]:
        """How it learns; by default all of it by the cross-entropy of pairs."""
        return [Phase(self.cross_entropy, [self])]

    def cross_entropy(self, seen: Seen) -> Tensor:
        """Mean cross-entropy of what is given."""
        return F.cross_entropy(self(seen), seen.labels)

    def look_at(self, train: Seen) -> None:
        """Take what is not learnt, such as means, from all training posts; called before and after the training."""


class Standardised(nn.Module):
    """Features less their mean, by their standard deviation, both of the training posts.

    Args:
        features: F.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, features: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(features))
        self.register_buffer("deviation", torch.ones(features))

    def look_at(self, features: Tensor | None) -> None:
        """Take the mean and the deviation of the training posts (N, F)."""
        if features is not None:
            self.mean, self.deviation = features.mean(dim=0), features.std(dim=0).clamp(min=1e-3)

    def forward(self, features: Tensor) -> Tensor:
        """Standardised features (B, F)."""
        return (features - self.mean) / self.deviation
