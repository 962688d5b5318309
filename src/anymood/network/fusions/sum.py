"""Sum."""

from torch import Tensor

from anymood.network.fusion import Fusion
from anymood.network.fusions import FUSIONS


@FUSIONS.register("sum")
class Sum(Fusion):
    """Fusion by summation, which section 3.2 names beside concatenation: r_m = r_v + r_t."""

    def both(self, image: Tensor, text: Tensor) -> Tensor:
        return image + text
