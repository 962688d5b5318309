"""Projection of gradients that conflict."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from anymood.network.encoder import Encoder
from anymood.network.weighting import LossWeighting
from anymood.network.weightings import WEIGHTINGS


@WEIGHTINGS.register("pcgrad")
class ProjectedGradients(LossWeighting):
    """Fixed weights, but what of a task's gradient points against that of another is taken off it.

    Yu et al. (2020), "Gradient surgery for multi-task learning": for the gradients g_j of alpha_j L_j with respect to
    the parameters of an encoder, each task i passes by the others j in random order, and::

        g_i <- g_i - (g_i . g_j / |g_j|^2) g_j        where g_i . g_j < 0

    The encoder learns by the sum of these. Each encoder is judged by itself, with the tasks that reach it. Every task
    takes a backward pass of its own through its encoder: up to twice the work where encoders learn, little where they
    are frozen.
    """

    def forward(self, losses: Mapping[str, Tensor], encoders: Sequence[Encoder] = ()) -> Tensor:
        weighted = [self.alpha[name] * loss for name, loss in losses.items()]
        total = torch.stack(weighted).sum()
        for encoder in encoders:
            parameters = [parameter for parameter in encoder.parameters() if parameter.requires_grad]
            gradients = [g for loss in weighted if (g := _gradient(loss, parameters)) is not None]
            if len(gradients) < 2:
                continue
            change = project(gradients) - torch.stack(gradients).sum(dim=0)
            # A term that is zero and whose gradient is the change, so that the loop of training stays as it is.
            flat = torch.cat([parameter.flatten() for parameter in parameters])
            total = total + ((flat - flat.detach()) * change).sum()
        return total


def project(gradients: Sequence[Tensor]) -> Tensor:
    """Sum (N,) of some gradients (N,), each without what points against another."""
    projected = []
    for i, gradient in enumerate(gradients):
        mine = gradient.clone()
        for j in torch.randperm(len(gradients)).tolist():
            conflict = torch.dot(mine, gradients[j])
            if j != i and conflict < 0:
                mine -= conflict / gradients[j].square().sum() * gradients[j]
        projected.append(mine)
    return torch.stack(projected).sum(dim=0)


def _gradient(loss: Tensor, parameters: Sequence[Tensor]) -> Tensor | None:
    """Gradient (N,) of a loss for all parameters in a row, None where it reaches none."""
    found = torch.autograd.grad(loss, parameters, retain_graph=True, allow_unused=True)
    if all(part is None for part in found):
        return None
    parts = zip(parameters, found, strict=True)
    return torch.cat([(torch.zeros_like(p) if part is None else part).flatten() for p, part in parts])
