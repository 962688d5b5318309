"""The fusion f(r_v, r_t) of the two representations (equation 4)."""

import torch
from torch import Tensor, nn


class Concatenation(nn.Module):
    """Fusion by concatenation, the paper's choice for its simplicity.

    Args:
        width: width of each representation, D.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.width = 2 * width

    def forward(self, image: Tensor, text: Tensor) -> Tensor:
        """Fused representations (P, 2 D) of r_v (P, D) and r_t (P, D)."""
        return torch.cat([image, text], dim=1)
