"""Weights by the uncertainty of each task."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from anymood.network.encoder import Encoder
from anymood.network.weighting import LossWeighting
from anymood.network.weightings import WEIGHTINGS, LossWeights


@WEIGHTINGS.register("uncertainty")
class UncertaintyWeights(LossWeighting):
    """Weights by the trained noise sigma_j of each task.

    Kendall, Gal and Cipolla (2018), "Multi-task learning using uncertainty to weigh losses for scene geometry and
    semantics", for classification::

        L = sum_j alpha_j (L_j / sigma_j^2 + log sigma_j)

    over the tasks for which the batch has posts. The parameters are s_j = log sigma_j^2, initialised to 0, so that the
    initial weights alpha_j / sigma_j^2 are alpha_j.
    """

    def __init__(self, alpha: LossWeights, learning_rate: float = 0.025) -> None:
        super().__init__(alpha, learning_rate)
        self.log_variance = nn.ParameterDict([(name, torch.zeros(())) for name in self.alpha])

    def forward(self, losses: Mapping[str, Tensor], encoders: Sequence[Encoder] = ()) -> Tensor:
        terms = []
        for name, loss in losses.items():
            s = self.log_variance[name]
            terms.append(self.alpha[name] * (torch.exp(-s) * loss + s / 2))
        return torch.stack(terms).sum()

    def weights(self) -> dict[str, float]:
        return {name: alpha * torch.exp(-self.log_variance[name]).item() for name, alpha in self.alpha.items()}
