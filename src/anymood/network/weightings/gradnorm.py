"""Gradient normalisation."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from anymood.network.encoder import Encoder
from anymood.network.weighting import LossWeighting, sum_over_processes
from anymood.network.weightings import WEIGHTINGS, LossWeights

RESTORING = 1.5  # strength of the pull to equal training rates; the value of Chen et al. for NYUv2
MIN_WEIGHT = 0.01  # minimum of a weight, because a step could make it negative
CROSS_ENTROPIES = {"modality": 2}  # losses that are a sum of several cross-entropies


@WEIGHTINGS.register("gradnorm")
class GradNorm(LossWeighting):
    """Weights that balance the gradient norms of the tasks at shared layers, with more for tasks that lag behind.

    Chen et al. (2018), "GradNorm: gradient normalization for adaptive loss balancing in deep multitask networks": for
    the tasks j that share a layer W, with weights w_j::

        G_j = |grad_W w_j L_j|      r_j = l_j / mean_i l_i  with  l_j = L_j / L_j(0)
        L_grad = sum_j |G_j - mean_i(G_i) r_j^a|

    Each batch is followed by a gradient step on L_grad, in which the mean and r_j are constants; then the weights are
    rescaled to their initial sum. L_j(0) is log C, that of an untrained classifier, as Chen et al. recommend for
    cross-entropy; it cancels in r_j. Text and image share no layer: W is the last layer of each encoder, r_v =
    ReLU(W_v ...) and r_t = ReLU(W_t ...), and L_grad the sum over both, each with the tasks that use it (C_v and C_m,
    C_t and C_m).
    """

    weight: Tensor  # (K,) of the tasks

    def __init__(self, alpha: LossWeights, learning_rate: float = 0.025) -> None:
        super().__init__(alpha, learning_rate)
        self.register_buffer("weight", torch.tensor(list(self.alpha.values())))

    def forward(self, losses: Mapping[str, Tensor], encoders: Sequence[Encoder] = ()) -> Tensor:
        present = {task: losses[name] for task, name in enumerate(self.alpha) if name in losses}
        tasks, stacked = list(present), torch.stack(list(present.values()))
        total = (self.weight[tasks] * stacked).sum()
        norms = torch.zeros(len(encoders), 2, len(self.alpha), device=stacked.device)  # and whether there is one
        values = torch.zeros(2, len(self.alpha), device=stacked.device)
        values[:, tasks] = torch.stack([stacked.detach(), torch.ones_like(stacked)])
        for row, encoder in zip(norms, encoders, strict=True):
            layer = next(encoder.project.parameters())
            for task, loss in present.items():
                (gradient,) = torch.autograd.grad(loss, layer, retain_graph=True, allow_unused=True)
                if gradient is not None:
                    row[:, task] = torch.stack([gradient.norm(), gradient.new_ones(())])
        self._balance(sum_over_processes(values), sum_over_processes(norms))
        return total

    def _balance(self, values: Tensor, norms: Tensor) -> None:
        """Update the weights by sums and counts of losses (2, K) and of gradient norms (encoders, 2, K)."""
        loss = values[0] / values[1].clamp(min=1)
        loss /= torch.tensor([CROSS_ENTROPIES.get(name, 1) for name in self.alpha], device=loss.device)
        step = torch.zeros_like(loss)
        for length, count in norms:
            present = count > 0
            if present.sum() < 2:
                continue  # there is nothing to balance
            norm = length[present] / count[present]
            pulls = self.weight[present] * norm
            target = pulls.mean() * (loss[present] / loss[present].mean()) ** RESTORING
            step[present] += torch.sign(pulls - target) * norm
        moved = (self.weight - self.learning_rate * step).clamp(min=MIN_WEIGHT)
        self.weight = moved * sum(self.alpha.values()) / moved.sum()

    def weights(self) -> dict[str, float]:
        return dict(zip(self.alpha, self.weight.tolist(), strict=True))
