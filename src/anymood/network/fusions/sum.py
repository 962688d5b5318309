"""Sum."""

from torch import Tensor

from anymood.network.fusion import Fusion
from anymood.network.fusions import FUSIONS


@FUSIONS.register("sum")
class Sum(Fusion):
    """Fusion by summation, the alternative to concatenation in section 3.2: r_m = r_v + r_t."""

    def both(self, image: Tensor, text: Tensor) -> Tensor:
        return image + text
