"""Mean imputation."""

import torch
from torch import Tensor

from anymood.experiments.missing import MISSING
from anymood.experiments.missing.zeros import WIDTH, Zeros
from anymood.experiments.system import FeatureBatch, Sizes


@MISSING.register("mean")
class Mean(Zeros):
    """A missing representation is replaced by the mean of the training posts' representations."""

    title = "SM, with the mean representation of the training posts for the missing one"
    trained_as = Zeros

    image_mean: Tensor
    text_mean: Tensor

    def __init__(self, sizes: Sizes) -> None:
        super().__init__(sizes)
        self.register_buffer("image_mean", torch.zeros(WIDTH))
        self.register_buffer("text_mean", torch.zeros(WIDTH))

    def fit_statistics(self, train: FeatureBatch) -> None:
        """Compute the means."""
        self.image_mean = self.image(train.image).mean(dim=0).detach()
        self.text_mean = self.text(train.text).mean(dim=0).detach()

    def impute_image(self, batch: FeatureBatch) -> Tensor:
        """The mean r_v, repeated (B, D)."""
        return self.image_mean.expand(len(batch), -1)

    def impute_text(self, batch: FeatureBatch) -> Tensor:
        """The mean r_t, repeated (B, D)."""
        return self.text_mean.expand(len(batch), -1)
