"""Dynamic weight average."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from anymood.network.encoder import Encoder
from anymood.network.weighting import LossWeighting, sum_over_processes
from anymood.network.weightings import WEIGHTINGS, LossWeights

TEMPERATURE = 2.0  # T of Liu et al.


@WEIGHTINGS.register("dynamic-average")
class DynamicWeightAverage(LossWeighting):
    """Tasks whose loss decreases more slowly get larger weights in the next epoch.

    Liu, Johns and Davison (2019), "End-to-end multi-task learning with attention": of K tasks with mean losses L_j(t)
    in epoch t, from the third epoch on::

        w_j = L_j(t-1) / L_j(t-2)    lambda_j = K exp(w_j / T) / sum_i exp(w_i / T)    L = sum_j alpha_j lambda_j L_j

    A task without posts in one of the two epochs keeps its weight, and is not counted among the K.
    """

    factor: Tensor  # (K,) lambda
    before: Tensor  # (K,) mean losses of the last epoch, 0 where there were no posts
    total: Tensor  # (2, K) sum of this epoch's losses, and number of batches

    def __init__(self, alpha: LossWeights, learning_rate: float = 0.025) -> None:
        super().__init__(alpha, learning_rate)
        tasks = len(self.alpha)
        self.register_buffer("factor", torch.ones(tasks))
        self.register_buffer("before", torch.zeros(tasks))
        self.register_buffer("total", torch.zeros(2, tasks))

    def forward(self, losses: Mapping[str, Tensor], encoders: Sequence[Encoder] = ()) -> Tensor:
        terms = []
        for task, (name, alpha) in enumerate(self.alpha.items()):
            if name in losses:
                self.total[:, task] += torch.stack([losses[name].detach(), losses[name].new_ones(())])
                terms.append(alpha * self.factor[task] * losses[name])
        return torch.stack(terms).sum()

    def weights(self) -> dict[str, float]:
        rows = zip(self.alpha.items(), self.factor.tolist(), strict=True)
        return {name: alpha * factor for (name, alpha), factor in rows}

    def end_epoch(self) -> None:
        losses, batches = sum_over_processes(self.total.clone())
        now = losses / batches.clamp(min=1)
        judged = (now > 0) & (self.before > 0)
        if judged.any():
            shares = torch.softmax(now[judged] / self.before[judged] / TEMPERATURE, dim=0)
            self.factor[judged] = len(shares) * shares
        self.before.copy_(now)
        self.total.zero_()
