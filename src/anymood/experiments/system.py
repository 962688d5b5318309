"""Base class of the compared systems, which are trained on the features of frozen encoders.

Shape legend: B posts, C classes, F features, R regions of an image, T tokens of a text.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal, NamedTuple, TypeAlias, get_args

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from anymood.experiments.features import StudyFeatures

Given: TypeAlias = Literal["both", "image", "text"]
GIVEN: tuple[Given, ...] = get_args(Given)


@dataclass(frozen=True, eq=False)
class FeatureBatch:
    """The given modalities of some posts; absent ones are None.

    Attributes:
        features: features of all posts.
        rows: indices of the posts, (B,).
        given: the given modalities.
    """

    features: StudyFeatures
    rows: Tensor
    given: Given = "both"

    def __len__(self) -> int:
        return len(self.rows)

    def only(self, given: Given) -> "FeatureBatch":
        """The same posts with fewer modalities."""
        return replace(self, given=given)

    @property
    def labels(self) -> Tensor:
        """Class indices (B,)."""
        return self.features.labels[self.rows]

    @property
    def image(self) -> Tensor | None:
        """Pooled features (B, F) of the images: means over the regions."""
        return None if self.given == "text" else self.features.image[self.rows]

    @property
    def text(self) -> Tensor | None:
        """Pooled features (B, F) of the texts: means over the tokens."""
        return None if self.given == "image" else self.features.text[self.rows]

    @property
    def peaks(self) -> Tensor | None:
        """The maximum of each feature over the regions, (B, F)."""
        return None if self.given == "text" else self.features.peaks[self.rows]

    @property
    def regions(self) -> Tensor | None:
        """Features (B, R, F) of the regions of the images."""
        return None if self.given == "text" else self.features.regions.of(self.rows)[0]

    @property
    def words(self) -> tuple[Tensor, Tensor] | None:
        """Features (B, T, F) of the tokens of the texts, and a mask of those that are not padding, (B, T)."""
        return None if self.given == "image" else self.features.words.of(self.rows)


class Phase(NamedTuple):
    """One phase of a training."""

    loss: Callable[[FeatureBatch], Tensor]
    learns: Sequence[nn.Module]
    supervised: bool = True  # whether the best epoch by validation is kept, in place of the last
    keeps: Callable[[FeatureBatch], Tensor] | None = None  # mask (B,) of the posts to learn from; None: all


class Sizes(NamedTuple):
    """The sizes of a system's inputs and outputs."""

    image: int  # features of an image
    text: int  # features of a text
    classes: int
    dropout: float  # of the recipe's classifiers


class System(nn.Module, ABC):
    """A compared system. Constructed by ``kind(sizes)``.

    Attributes:
        title: title of its row.
        replaced: what differs from the original, because its data or weights are not available.
        trained_as: system that has the same parameters and training, which is then done once for both; itself by
            default, also in subclasses.
        reads: modalities that it can use; without them it predicts the label proportions of the training posts.
    """

    title: ClassVar[str]
    replaced: ClassVar[str] = ""
    trained_as: ClassVar["type[System] | None"] = None
    reads: ClassVar[tuple[Given, ...]] = ("image", "text")

    @abstractmethod
    def __init__(self, sizes: Sizes) -> None:
        super().__init__()

    @abstractmethod
    def forward(self, batch: FeatureBatch) -> Tensor:
        """Logits (B, C) from the given modalities of some posts."""

    def phases(self) -> Sequence[Phase]:
        """Phases of its training; by default one, with the cross-entropy of pairs."""
        return [Phase(self.cross_entropy, [self])]

    def cross_entropy(self, batch: FeatureBatch) -> Tensor:
        """Mean cross-entropy with the given modalities."""
        return F.cross_entropy(self(batch), batch.labels)

    def fit_statistics(self, train: FeatureBatch) -> None:
        """Compute what is not trained, such as means, from all training posts; called before and after training."""


class Standardisation(nn.Module):
    """Standardisation by mean and standard deviation of the training posts."""

    mean: Tensor
    deviation: Tensor

    def __init__(self, features: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(features))
        self.register_buffer("deviation", torch.ones(features))

    def fit_statistics(self, features: Tensor | None) -> None:
        """Compute mean and standard deviation of the training posts (N, F)."""
        if features is not None:
            self.mean, self.deviation = features.mean(dim=0), features.std(dim=0).clamp(min=1e-3)

    def forward(self, features: Tensor) -> Tensor:
        """Standardised features (B, F)."""
        return (features - self.mean) / self.deviation


class StandardisedSystem(System):
    """A system of standardised features.

    Attributes:
        image_scale: standardisation of the images' features.
        text_scale: likewise of the texts'.
    """

    def __init__(self, sizes: Sizes) -> None:
        super().__init__(sizes)
        self.image_scale, self.text_scale = Standardisation(sizes.image), Standardisation(sizes.text)

    def fit_statistics(self, train: FeatureBatch) -> None:
        """Compute means and standard deviations of the features."""
        self.image_scale.fit_statistics(train.image)
        self.text_scale.fit_statistics(train.text)
