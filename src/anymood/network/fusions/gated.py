"""The gated multimodal unit."""

import torch
from torch import Tensor, nn

from anymood.network.fusion import Fusion
from anymood.network.fusions import FUSIONS


@FUSIONS.register("gated")
class GatedMultimodalUnit(Fusion):
    """A gate z weights image and text for each unit.

    Arevalo, Solorio, Montes-y-Gómez and González (2017), "Gated multimodal units for information fusion"::

        h_v = tanh(W_v r_v)    h_t = tanh(W_t r_t)    z = sigmoid(W_z [r_v, r_t])
        r_m = z * h_v + (1 - z) * h_t

    Without a text z is 1, and without an image 0.
    """

    def __init__(self, width: int) -> None:
        super().__init__(width)
        self.image, self.text = nn.Linear(width, width), nn.Linear(width, width)
        self.gate = nn.Linear(2 * width, width)

    def both(self, image: Tensor, text: Tensor) -> Tensor:
        z = torch.sigmoid(self.gate(torch.cat([image, text], dim=1)))
        return z * self.image_alone(image) + (1 - z) * self.text_alone(text)

    def image_alone(self, image: Tensor) -> Tensor:
        return torch.tanh(self.image(image))  # z is 1

    def text_alone(self, text: Tensor) -> Tensor:
        return torch.tanh(self.text(text))  # z is 0
