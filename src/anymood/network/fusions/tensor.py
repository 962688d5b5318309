"""Tensor fusion."""

import torch
from torch import Tensor, nn

from anymood.network.fusion import Fusion
from anymood.network.fusions import FUSIONS

UNITS = 32  # per modality, as in Zadeh et al. for image and sound; the tensor has (UNITS + 1)^2 values


@FUSIONS.register("tensor")
class TensorFusion(Fusion):
    """The outer product of both representations, each with an appended one.

    Zadeh et al. (2017), "Tensor fusion network for multimodal sentiment analysis"::

        r_m = [z_v, 1] x [z_t, 1]    with z_k = ReLU(W_k r_k), as their subnetworks give few units

    So r_m holds the products of all units of both modalities and, because of the ones, the units of each. The units of
    an absent modality are zero, which leaves those of the other.
    """

    def __init__(self, width: int) -> None:
        super().__init__(width, (UNITS + 1) ** 2)
        self.image, self.text = nn.Linear(width, UNITS), nn.Linear(width, UNITS)

    def both(self, image: Tensor, text: Tensor) -> Tensor:
        return _outer_product(torch.relu(self.image(image)), torch.relu(self.text(text)))

    def image_alone(self, image: Tensor) -> Tensor:
        z_v = torch.relu(self.image(image))
        return _outer_product(z_v, torch.zeros_like(z_v))

    def text_alone(self, text: Tensor) -> Tensor:
        z_t = torch.relu(self.text(text))
        return _outer_product(torch.zeros_like(z_t), z_t)


def _outer_product(image: Tensor, text: Tensor) -> Tensor:
    one = torch.ones_like(image[:, :1])
    image, text = torch.cat([image, one], dim=1), torch.cat([text, one], dim=1)
    return (image.unsqueeze(2) * text.unsqueeze(1)).flatten(1)
