"""Attention over the two modalities."""

import torch
from torch import Tensor, nn

from anymood.network.fusion import Fusion
from anymood.network.fusions import FUSIONS


@FUSIONS.register("attention")
class ModalityAttention(Fusion):
    """Attention weights image and text for each post.

    Hori et al. (2017), "Attention-based multimodal fusion for video description", without the state of a
    decoder, which a classifier does not have. For the modalities k in {v, t}::

        e_k = w . tanh(U_k r_k + b_k)    beta = softmax(e_v, e_t)    r_m = tanh(sum_k beta_k (W_k r_k + c_k))

    If one modality is absent, the weight of the other is 1.
    """

    def __init__(self, width: int) -> None:
        super().__init__(width)
        self.image, self.text = nn.Linear(width, width), nn.Linear(width, width)  # W_k and c_k
        self.image_hidden, self.text_hidden = nn.Linear(width, width), nn.Linear(width, width)  # U_k and b_k
        self.score = nn.Linear(width, 1, bias=False)  # w

    def both(self, image: Tensor, text: Tensor) -> Tensor:
        hidden = (self.image_hidden(image), self.text_hidden(text))
        scores = torch.cat([self.score(torch.tanh(each)) for each in hidden], dim=1)
        beta_v, beta_t = torch.softmax(scores, dim=1).unsqueeze(2).unbind(1)  # (P, 1) each
        return torch.tanh(beta_v * self.image(image) + beta_t * self.text(text))

    def image_alone(self, image: Tensor) -> Tensor:
        return torch.tanh(self.image(image))  # beta_v is 1

    def text_alone(self, text: Tensor) -> Tensor:
        return torch.tanh(self.text(text))  # beta_t is 1
