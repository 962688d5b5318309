"""Projection of gradients that conflict."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from anymood.network.encoder import Encoder
from anymood.network.weighting import LossWeighting
from anymood.network.weightings import WEIGHTINGS


@WEIGHTINGS.register("pcgrad")
class ProjectedGradients(LossWeighting):
    """Fixed weights, with conflicting gradients of the tasks projected.

    Yu et al. (2020), "Gradient surgery for multi-task learning": for the gradients g_j of alpha_j L_j with respect to
    the parameters of an encoder, for each task i and the other tasks j in random order::

        g_i <- g_i - (g_i . g_j / |g_j|^2) g_j        where g_i . g_j < 0

    The gradient of the encoder is their sum. Encoders are handled separately, each with the tasks that use it. Every
    task needs a separate backward pass through its encoder: up to twice the computation, unless encoders are frozen.
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
            # A term of value zero whose gradient is the change.
            flat = torch.cat([parameter.flatten() for parameter in parameters])
            total = total + ((flat - flat.detach()) * change).sum()
        return total


def project(gradients: Sequence[Tensor]) -> Tensor:
    """Sum (N,) of projected gradients (N,)."""
    projected = []
    for i, gradient in enumerate(gradients):
        projection = gradient.clone()
        for j in torch.randperm(len(gradients)).tolist():
            conflict = torch.dot(projection, gradients[j])
            if j != i and conflict < 0:
                projection -= conflict / gradients[j].square().sum() * gradients[j]
        projected.append(projection)
    return torch.stack(projected).sum(dim=0)


def _gradient(loss: Tensor, parameters: Sequence[Tensor]) -> Tensor | None:
    """Gradient (N,) of a loss for all parameters, None if it does not depend on them."""
    gradients = torch.autograd.grad(loss, parameters, retain_graph=True, allow_unused=True)
    if all(part is None for part in gradients):
        return None
    parts = zip(parameters, gradients, strict=True)
    return torch.cat([(torch.zeros_like(p) if part is None else part).flatten() for p, part in parts])
