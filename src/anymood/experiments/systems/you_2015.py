"""A progressively trained network for images."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from anymood.experiments.system import FeatureBatch, Phase, Sizes, System
from anymood.experiments.systems import SYSTEMS

UNITS = (512, 512, 24)  # units of the original's fully connected layers below the logits


@SYSTEMS.register("you-2015")
class ProgressiveCnn(System):
    """An image network is trained a second time, without the training posts of which it was uncertain.

    You, Luo, Jin and Yang (2015), "Robust image sentiment analysis using progressively trained and domain transferred
    deep networks", equation 1: with the probabilities s_1 and s_2 of the two classes, a post is removed with the
    probability::

        max(0, 2 - exp(|s_1 - s_2|))

    so that a post with equal probabilities is always removed, and one whose probabilities differ by ln 2 never. With
    more than two classes, s_1 and s_2 are the two largest probabilities.
    """

    title = "You et al. 2015: progressively trained CNN, image alone"
    replaced = (
        "a frozen ImageNet network in place of two convolutional layers; the labels are the data's, not found by search"
    )
    reads = ("image",)

    def __init__(self, sizes: Sizes) -> None:
        super().__init__(sizes)
        layers: list[nn.Module] = []
        width = sizes.image
        for units in UNITS:
            layers += [nn.Linear(width, units), nn.ReLU(), nn.Dropout(sizes.dropout)]
            width = units
        self.layers = nn.Sequential(*layers, nn.Linear(width, sizes.classes))

    def phases(self) -> Sequence[Phase]:
        """All posts, then the kept ones."""
        return [Phase(self.cross_entropy, [self]), Phase(self.cross_entropy, [self], keeps=self.keeps)]

    def keeps(self, batch: FeatureBatch) -> Tensor:
        """A random mask (B,) of the kept posts."""
        first, second = self(batch).softmax(dim=1).topk(2, dim=1).values.unbind(dim=1)
        return torch.rand(len(batch)) >= (2 - torch.exp(first - second)).clamp(min=0)

    def forward(self, batch: FeatureBatch) -> Tensor:
        """Logits (B, C) of the images."""
        assert batch.image is not None  # noqa: S101  # it reads images only
        return self.layers(batch.image)  # type: ignore[no-any-return]
