"""The bimodal deep autoencoder."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from anymood.experiments.system import GIVEN, FeatureBatch, Phase, Sizes, Standardisation, StandardisedSystem
from anymood.experiments.systems import SYSTEMS

SHARED = 300  # units of the shared representation, and of the layer of each modality


@SYSTEMS.register("ngiam-2011")
class BimodalAutoencoder(StandardisedSystem):
    """Both modalities are reconstructed from either or both, and the shared representation is classified.

    Ngiam et al. (2011), "Multimodal deep learning", the bimodal deep autoencoder trained with augmented data: a third
    of the inputs has the one modality, a third the other, a third both, with zeros for what is absent, and all
    reconstruct both. Then a linear classifier learns from the shared representation, here of all three kinds of input.
    """

    title = "Ngiam et al. 2011: bimodal deep autoencoder, cross-modal reconstruction"
    replaced = (
        "standardised features of frozen encoders in place of audio and video; randomly initialised layers in place "
        "of restricted Boltzmann machines; a layer of logits in place of a linear support vector machine"
    )

    def __init__(self, sizes: Sizes) -> None:
        super().__init__(sizes)
        self.inward = nn.ModuleList(nn.Linear(width, SHARED) for width in sizes[:2])
        self.shared = nn.Linear(2 * SHARED, SHARED)
        self.outward = nn.ModuleList(
            nn.Sequential(nn.Linear(SHARED, SHARED), nn.ReLU(), nn.Linear(SHARED, width)) for width in sizes[:2]
        )
        self.logits = nn.Linear(SHARED, sizes.classes)

    @property
    def scales(self) -> tuple[Standardisation, Standardisation]:
        """The standardisations of image and text."""
        return self.image_scale, self.text_scale

    def phases(self) -> Sequence[Phase]:
        """The autoencoder without labels, then the output layer."""
        return [
            Phase(self.reconstruction, [self.inward, self.shared, self.outward], supervised=False),
            Phase(self.classification, [self.logits]),
        ]

    def represent(self, batch: FeatureBatch) -> Tensor:
        """The shared representation (B, SHARED)."""
        inputs = [
            torch.zeros(len(batch), len(scale.mean)) if features is None else scale(features)
            for features, scale in zip((batch.image, batch.text), self.scales, strict=True)
        ]
        hidden = [torch.relu(inward(each)) for inward, each in zip(self.inward, inputs, strict=True)]
        return torch.relu(self.shared(torch.cat(hidden, dim=1)))

    def reconstruction(self, batch: FeatureBatch) -> Tensor:
        """Mean squared error of both modalities, reconstructed from each kind of input."""
        targets = [scale(f) for f, scale in zip((batch.image, batch.text), self.scales, strict=True) if f is not None]
        errors = [
            F.mse_loss(outward(shared), target)
            for shared in (self.represent(batch.only(given)) for given in GIVEN)
            for outward, target in zip(self.outward, targets, strict=True)
        ]
        return torch.stack(errors).mean()

    def classification(self, batch: FeatureBatch) -> Tensor:
        """Mean cross-entropy from each kind of input."""
        return torch.stack([self.cross_entropy(batch.only(given)) for given in GIVEN]).mean()

    def forward(self, batch: FeatureBatch) -> Tensor:
        """Logits (B, C)."""
        return self.logits(self.represent(batch))  # type: ignore[no-any-return]
