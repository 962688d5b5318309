"""A correction of the text classifier."""

from torch import Tensor

from anymood.network.fusion import Classifiers
from anymood.network.fusions import FUSIONS
from anymood.network.fusions.concatenation import Concatenation


@FUSIONS.register("residual")
class Residual(Concatenation):
    """C_m corrects C_t, from concatenated representations: its logits are added to those of C_t.

    C_m need not learn again what C_t has learnt, so that fewer pairs suffice. Gradients of its loss do not reach C_t,
    which is trained as without images.
    """

    def classify(self, image: Tensor | None, text: Tensor | None, classifiers: Classifiers) -> Tensor:
        corrections: Tensor = classifiers.fused(self(image, text))
        return corrections if text is None else corrections + classifiers.text(text).detach()
