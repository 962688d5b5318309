"""The fusion f(r_v, r_t) of the two representations (equation 4)."""

from abc import ABC, abstractmethod
from typing import NamedTuple

import torch
from torch import Tensor, nn

from anymood.network.classifier import Classifier


class Classifiers(NamedTuple):
    """The three classifiers C_v, C_t and C_m."""

    image: Classifier
    text: Classifier
    fused: Classifier


class Fusion(nn.Module, ABC):
    """Representations r_v and r_t (P, D) to a fused one (P, F). Constructed by ``kind(width)``.

    Subclasses implement ``both`` for pairs and, if zeros are not a suitable substitute, ``image_alone`` and
    ``text_alone``.

    Args:
        width: width of r_v and of r_t, D.
        fused_width: width of the fused representation, F; D by default.

    Attributes:
        width: F.
    """

    def __init__(self, width: int, fused_width: int | None = None) -> None:
        super().__init__()
        self.width = fused_width or width

    def forward(self, image: Tensor | None, text: Tensor | None) -> Tensor:
        """Fused representations (P, F) of r_v and r_t (P, D), one of which may be None."""
        if image is not None and text is not None:
            return self.both(image, text)
        if image is not None:
            return self.image_alone(image)
        if text is not None:
            return self.text_alone(text)
        raise ValueError("Nothing to fuse: both representations are None.")

    @abstractmethod
    def both(self, image: Tensor, text: Tensor) -> Tensor:
        """Fused representations (P, F) of r_v and r_t (P, D)."""

    def image_alone(self, image: Tensor) -> Tensor:
        """Fused representations (P, F) of r_v (P, D) without a text: by default r_t is replaced by zeros."""
        return self.both(image, torch.zeros_like(image))

    def text_alone(self, text: Tensor) -> Tensor:
        """Fused representations (P, F) of r_t (P, D) without an image: by default r_v is replaced by zeros."""
        return self.both(torch.zeros_like(text), text)

    def classify(self, image: Tensor | None, text: Tensor | None, classifiers: Classifiers) -> Tensor:
        """Logits (P, C) of C_m; by default from the fused representation."""
        return classifiers.fused(self(image, text))  # type: ignore[no-any-return]

    def scalars(self) -> dict[str, float]:
        """Trained scalars by name, which are logged and plotted for each epoch; none by default."""
        return {}
