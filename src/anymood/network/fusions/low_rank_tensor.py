"""Low-rank tensor fusion."""

from torch import Tensor, nn

from anymood.network.fusion import Fusion
from anymood.network.fusions import FUSIONS

RANK = 4  # R; Liu et al. find no gain from more
UNITS = 128  # F, the width of the fused representation


@FUSIONS.register("low-rank-tensor")
class LowRankTensorFusion(Fusion):
    """Tensor fusion and the following layer in one, whose weights are a sum of R outer products.

    Liu et al. (2018), "Efficient low-rank multimodal fusion with modality-specific factors"::

        r_m = sum_r u_r (W_v^r [r_v, 1]) * (W_t^r [r_t, 1]) + b

    so that the outer product of [r_v, 1] and [r_t, 1] is not computed. The appended ones are the biases of the layers,
    and remain if the representation of an absent modality is replaced by zeros.
    """

    def __init__(self, width: int) -> None:
        super().__init__(width, UNITS)
        self.image, self.text = nn.Linear(width, UNITS * RANK), nn.Linear(width, UNITS * RANK)  # W_v and W_t
        self.ranks = nn.Linear(RANK, 1)  # u and b

    def both(self, image: Tensor, text: Tensor) -> Tensor:
        products = (self.image(image) * self.text(text)).reshape(-1, RANK)  # (P F, R)
        return self.ranks(products).reshape(-1, UNITS)  # type: ignore[no-any-return]
