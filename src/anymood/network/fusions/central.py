"""CentralNet."""

import torch
from torch import Tensor, nn

from anymood.network.classifier import HIDDEN
from anymood.network.fusion import Classifiers, Fusion
from anymood.network.fusions import FUSIONS

MODALITIES = ("image", "text", "central")


@FUSIONS.register("central")
class CentralNet(Fusion):
    """C_m is a central network that adds the hidden layers of C_v and C_t, each weighted by a trained scalar.

    Vielzeuf et al. (2018), "CentralNet: a multilayer approach for multimodal fusion": with h^0 the representations and
    h^i the outputs of the i-th layer, the input of the next layer is, for i > 0::

        a_m^i h_m^i + a_v^i h_v^i + a_t^i h_t^i        at first a_v^0 r_v + a_t^0 r_t

    The scalars a are initialised to equal weights, and logged and plotted for each epoch. The losses are those of C_m,
    C_v and C_t, as for any fusion here. The terms of an absent modality are omitted.
    """

    def __init__(self, width: int) -> None:
        super().__init__(width)
        layers = [MODALITIES[:2], *(MODALITIES for _ in HIDDEN)]
        names = {f"{name}_{i}": len(layer) for i, layer in enumerate(layers) for name in layer}
        # One parameter per scalar, so that graphs keep their names.
        self.shares = nn.ParameterDict([(name, torch.full((1,), 1 / count)) for name, count in names.items()])

    def both(self, image: Tensor, text: Tensor) -> Tensor:
        return self._weighted(0, image, text, None)  # the input of the central network's first layer

    def classify(self, image: Tensor | None, text: Tensor | None, classifiers: Classifiers) -> Tensor:
        central = self._weighted(0, image, text, None)
        for number in range(classifiers.fused.depth - 1):
            image = None if image is None else classifiers.image.layer(number, image)
            text = None if text is None else classifiers.text.layer(number, text)
            central = self._weighted(number + 1, image, text, classifiers.fused.layer(number, central))
        return classifiers.fused.layer(classifiers.fused.depth - 1, central)

    def scalars(self) -> dict[str, float]:
        return {name.replace("_", " "): share.item() for name, share in self.shares.items()}

    def _weighted(self, number: int, *layers: Tensor | None) -> Tensor:
        """Weighted sum of the image, text and central layers that are not None."""
        terms = zip(MODALITIES, layers, strict=True)
        return torch.stack([self.shares[f"{name}_{number}"] * each for name, each in terms if each is not None]).sum(0)
