"""Modality dropout."""

import torch
from torch import Tensor, nn

from anymood.experiments.missing import MISSING
from anymood.experiments.missing.zeros import Zeros
from anymood.experiments.system import GIVEN, FeatureBatch


@MISSING.register("dropout")
class ModalityDropout(Zeros):
    """Modality dropout: the image or the text of some training posts is hidden.

    Neverova, Wolf, Taylor and Nebout (2016), "ModDrop: adaptive multi-modal gesture recognition". Hidden
    representations are replaced by zeros, in training and in prediction.
    """

    title = "SM with modality dropout: zeros, in training too for a third of the images and a third of the texts"

    def cross_entropy(self, batch: FeatureBatch) -> Tensor:
        """Mean cross-entropy; a third of the posts each has both modalities, only the image, only the text."""
        rows = batch.rows[torch.randperm(len(batch))].tensor_split(3)
        parts = [FeatureBatch(batch.features, some, given) for some, given in zip(rows, GIVEN, strict=True)]
        logits = torch.cat([self(part) for part in parts if len(part)])
        return nn.functional.cross_entropy(logits, torch.cat([part.labels for part in parts if len(part)]))
