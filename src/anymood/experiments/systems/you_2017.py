"""Attention on the regions of an image."""

import torch
from torch import Tensor, nn

from anymood.experiments.system import FeatureBatch, Sizes, System
from anymood.experiments.systems import SYSTEMS

UNITS = 300  # width of the representations of the attribute and of regions


@SYSTEMS.register("you-2017")
class RegionAttention(System):
    """The regions of an image are weighted by their match with an attribute of it.

    You, Jin and Luo (2017), "Visual sentiment analysis by attending on local image regions": with the features f_i of
    the regions and the representation a of a visual attribute (an adjective)::

        e_i = a . tanh(W f_i + b) / sqrt(D)      alpha = softmax_i(e_i)      v = sum_i alpha_i f_i

    and v is classified. How e_i is computed, and the scale by the width D of a, are a choice made here.
    """

    title = "You et al. 2017: attention on regions by attribute, image alone"
    replaced = (
        "no attribute labels are available: a layer on the features of the whole image, trained with the rest, stands "
        "for the attribute; a frozen ImageNet network in place of VGG-16"
    )
    reads = ("image",)

    def __init__(self, sizes: Sizes) -> None:
        super().__init__(sizes)
        self.attribute = nn.Sequential(nn.Linear(sizes.image, UNITS), nn.ReLU())
        self.region = nn.Sequential(nn.Linear(sizes.image, UNITS), nn.Tanh())
        self.logits = nn.Sequential(nn.Dropout(sizes.dropout), nn.Linear(sizes.image, sizes.classes))

    def forward(self, batch: FeatureBatch) -> Tensor:
        """Logits (B, C) of the images."""
        whole, regions = batch.image, batch.regions
        assert whole is not None and regions is not None  # noqa: S101  # it reads images only
        scores = (self.region(regions) @ self.attribute(whole)[:, :, None]).squeeze(2) / UNITS**0.5
        attended = (torch.softmax(scores, dim=1)[:, None] @ regions).squeeze(1)
        return self.logits(attended)  # type: ignore[no-any-return]
