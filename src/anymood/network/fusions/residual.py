"""A correction of the text classifier."""

import torch
from torch import Tensor

from anymood.network.fusion import Classifiers, Fusion
from anymood.network.fusions import FUSIONS


@FUSIONS.register("residual")
class Residual(Fusion):
    """C_m corrects C_t, from concatenated representations: its logits are added to those of C_t.

    C_m need not learn again what C_t has learnt, so that fewer pairs suffice. Gradients of its loss do not reach C_t,
    which is trained as without images.
    """

    def __init__(self, width: int) -> None:
        super().__init__(width, 2 * width)

    def both(self, image: Tensor, text: Tensor) -> Tensor:
        return torch.cat([image, text], dim=1)

    def classify(self, image: Tensor | None, text: Tensor | None, classifiers: Classifiers) -> Tensor:
        corrections: Tensor = classifiers.fused(self(image, text))
        return corrections if text is None else corrections + classifiers.text(text).detach()
