"""Zeros."""

import torch
from torch import Tensor, nn

from anymood.experiments.missing import MISSING
from anymood.experiments.system import FeatureBatch, Sizes, System
from anymood.network.classifier import Classifier

WIDTH = 300  # width of r_v and r_t


@MISSING.register("zeros")
class Zeros(System):
    """The single-task network SM with zeros for a missing representation, as in the paper's SM_I and SM_T.

    SM with concatenation is r_v, r_t and C_m, trained on pairs (section 4.2.2 of the paper). The other methods for
    missing modalities extend it.
    """

    title = "SM, with zeros for the missing representation"

    def __init__(self, sizes: Sizes) -> None:
        super().__init__(sizes)
        self.image = nn.Sequential(nn.Linear(sizes.image, WIDTH), nn.ReLU())
        self.text = nn.Sequential(nn.Linear(sizes.text, WIDTH), nn.ReLU())
        self.classifier = Classifier(2 * WIDTH, sizes.classes, dropout=sizes.dropout)

    def impute_image(self, batch: FeatureBatch) -> Tensor:
        """Substitute for r_v (B, D) of a missing image."""
        return torch.zeros(len(batch), WIDTH)

    def impute_text(self, batch: FeatureBatch) -> Tensor:
        """Substitute for r_t (B, D) of a missing text."""
        return torch.zeros(len(batch), WIDTH)

    def forward(self, batch: FeatureBatch) -> Tensor:
        """Logits (B, C)."""
        r_v = self.impute_image(batch) if batch.image is None else self.image(batch.image)
        r_t = self.impute_text(batch) if batch.text is None else self.text(batch.text)
        return self.classifier(torch.cat([r_v, r_t], dim=1))  # type: ignore[no-any-return]
