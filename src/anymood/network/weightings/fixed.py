"""Fixed weights."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from anymood.network.encoder import Encoder
from anymood.network.weighting import LossWeighting
from anymood.network.weightings import WEIGHTINGS


@WEIGHTINGS.register("fixed")
class FixedWeights(LossWeighting):
    """Constant weights, as in the paper (equation 5): L = sum_j alpha_j L_j."""

    def forward(self, losses: Mapping[str, Tensor], encoders: Sequence[Encoder] = ()) -> Tensor:
        return torch.stack([self.alpha[name] * loss for name, loss in losses.items()]).sum()
