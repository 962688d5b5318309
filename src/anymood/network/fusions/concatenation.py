"""Concatenation."""

import torch
from torch import Tensor

from anymood.network.fusion import Fusion
from anymood.network.fusions import FUSIONS


@FUSIONS.register("concatenation")
class Concatenation(Fusion):
    """Fusion by concatenation, the paper's choice for its simplicity: r_m = [r_v, r_t]."""

    def __init__(self, width: int) -> None:
        super().__init__(width, 2 * width)

    def both(self, image: Tensor, text: Tensor) -> Tensor:
        return torch.cat([image, text], dim=1)
