"""Joint fusion."""

import torch
from torch import Tensor, nn

from anymood.experiments.system import FeatureBatch, Sizes, System
from anymood.experiments.systems import SYSTEMS

WIDTH = 300  # width of the pooled vectors


@SYSTEMS.register("duong-2017-joint")
class JointFusion(System):
    """The vectors of image and text, projected to the same width, are pooled elementwise, and the result is classified.

    Duong, Lebret and Aberer (2017), "Multimodal classification for analysing social media", joint fusion: a pooling
    layer over the given vectors, here their maximum, and the negative log-likelihood. With one modality, pooling is the
    identity.
    """

    title = "Duong et al. 2017: joint fusion"
    replaced = (
        "features of frozen encoders, each with a layer, in place of averaged word vectors and Inception's features"
    )

    def __init__(self, sizes: Sizes) -> None:
        super().__init__(sizes)
        self.image, self.text = nn.Linear(sizes.image, WIDTH), nn.Linear(sizes.text, WIDTH)
        self.logits = nn.Sequential(nn.Dropout(sizes.dropout), nn.Linear(WIDTH, sizes.classes))

    def vectors(self, batch: FeatureBatch) -> list[Tensor]:
        """The vectors (B, WIDTH) of the given modalities, image first."""
        layers = ((batch.image, self.image), (batch.text, self.text))
        return [layer(features) for features, layer in layers if features is not None]

    def forward(self, batch: FeatureBatch) -> Tensor:
        """Logits (B, C)."""
        return self.logits(torch.stack(self.vectors(batch)).amax(dim=0))  # type: ignore[no-any-return]
