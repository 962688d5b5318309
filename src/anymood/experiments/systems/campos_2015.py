"""A fine-tuned network for images."""

from torch import Tensor, nn

from anymood.experiments.system import FeatureBatch, Sizes, System
from anymood.experiments.systems import SYSTEMS


@SYSTEMS.register("campos-2015")
class FineTunedCnn(System):
    """An ImageNet network whose output layer is replaced.

    Campos, Salvador, Giro-i-Nieto and Jou (2015), "Diving deep into sentiment: understanding fine-tuned CNNs for visual
    sentiment prediction": the last layer of CaffeNet is replaced by one with a unit per class.
    """

    title = "Campos et al. 2015: CNN with a new layer of logits, image alone"
    replaced = (
        "the layers below are frozen, and the original's learn too: for that, train SI with a recipe that tunes the "
        "image encoder"
    )
    reads = ("image",)

    def __init__(self, sizes: Sizes) -> None:
        super().__init__(sizes)
        self.logits = nn.Sequential(nn.Dropout(sizes.dropout), nn.Linear(sizes.image, sizes.classes))

    def forward(self, batch: FeatureBatch) -> Tensor:
        """Logits (B, C) of the images."""
        assert batch.image is not None  # noqa: S101  # it reads images only
        return self.logits(batch.image)  # type: ignore[no-any-return]
