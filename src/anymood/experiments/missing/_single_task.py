"""The single-task network on which methods for missing modalities are compared."""

import torch
from torch import Tensor, nn

from anymood.experiments.system import GIVEN, FeatureBatch, Sizes, System
from anymood.network.classifier import Classifier

WIDTH = 300  # of r_v and r_t


class SingleTask(System):
    """SM with concatenation: r_v, r_t and C_m, trained on pairs (section 4.2.2 of the paper)."""

    def __init__(self, sizes: Sizes) -> None:
        super().__init__(sizes)
        self.image = nn.Sequential(nn.Linear(sizes.image, WIDTH), nn.ReLU())
        self.text = nn.Sequential(nn.Linear(sizes.text, WIDTH), nn.ReLU())
        self.classifier = Classifier(2 * WIDTH, sizes.classes, dropout=sizes.dropout)

    def impute_image(self, batch: FeatureBatch) -> Tensor:
        """Substitute for r_v (B, D) of a missing image: zeros."""
        return torch.zeros(len(batch), WIDTH)

    def impute_text(self, batch: FeatureBatch) -> Tensor:
        """Substitute for r_t (B, D) of a missing text: zeros."""
        return torch.zeros(len(batch), WIDTH)

    def forward(self, batch: FeatureBatch) -> Tensor:
        """Logits (B, C)."""
        r_v = self.impute_image(batch) if batch.image is None else self.image(batch.image)
        r_t = self.impute_text(batch) if batch.text is None else self.text(batch.text)
        return self.classifier(torch.cat([r_v, r_t], dim=1))  # type: ignore[no-any-return]


class TrainedWithMissing(SingleTask):
    """A single-task network trained with the image or the text of some posts hidden."""

    def cross_entropy(self, batch: FeatureBatch) -> Tensor:
        """Mean cross-entropy; a third of the posts each has both modalities, only the image, only the text."""
        rows = batch.rows[torch.randperm(len(batch))].tensor_split(3)
        parts = [FeatureBatch(batch.features, some, given) for some, given in zip(rows, GIVEN, strict=True)]
        logits = torch.cat([self(part) for part in parts if len(part)])
        return nn.functional.cross_entropy(logits, torch.cat([part.labels for part in parts if len(part)]))
