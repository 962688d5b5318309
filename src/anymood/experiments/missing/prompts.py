"""Missing-modality prompts."""

import torch
from torch import Tensor, nn

from anymood.experiments.missing import MISSING
from anymood.experiments.missing.dropout import ModalityDropout
from anymood.experiments.missing.zeros import WIDTH
from anymood.experiments.system import FeatureBatch, Sizes


@MISSING.register("prompts")
class MissingPrompts(ModalityDropout):
    """A missing representation is replaced by a trained vector.

    Lee, Tsai, Chiu and Lee (2023), "Multimodal prompting with missing modalities for visual recognition", train prompts
    for each case of missing modalities beside a frozen multimodal transformer. Here there is no such transformer: a
    trained vector per case replaces the representation, and the network is trained with it.
    """

    title = "SM, with a learnt vector for the missing representation, which a third of the posts lacks in training"

    def __init__(self, sizes: Sizes) -> None:
        super().__init__(sizes)
        self.no_image, self.no_text = nn.Parameter(torch.zeros(WIDTH)), nn.Parameter(torch.zeros(WIDTH))

    def impute_image(self, batch: FeatureBatch) -> Tensor:
        """The vector for a missing image, repeated (B, D)."""
        return self.no_image.expand(len(batch), -1)

    def impute_text(self, batch: FeatureBatch) -> Tensor:
        """The vector for a missing text, repeated (B, D)."""
        return self.no_text.expand(len(batch), -1)
