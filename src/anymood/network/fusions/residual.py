"""A correction of the text classifier."""

import torch
from torch import Tensor

from anymood.network.fusion import Classifiers, Fusion
from anymood.network.fusions import FUSIONS


@FUSIONS.register("residual")
class Residual(Fusion):
    """C_m corrects what C_t says, by concatenated representations: its logits are added to those of C_t.

    What C_m need not learn anew is what the text alone tells, so that fewer pairs teach it what an image adds. Its loss
    does not reach C_t, which therefore learns as it would without images.
    """

    def __init__(self, width: int) -> None:
        super().__init__(width, 2 * width)

    def both(self, image: Tensor, text: Tensor) -> Tensor:
        return torch.cat([image, text], dim=1)

    def classify(self, image: Tensor | None, text: Tensor | None, classifiers: Classifiers) -> Tensor:
        corrections: Tensor = classifiers.fused(self(image, text))
        return corrections if text is None else corrections + classifiers.text(text).detach()
