"""Learning by the variation of information."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from anymood.experiments.system import FeatureBatch, Phase, Sizes, StandardisedSystem
from anymood.experiments.systems import SYSTEMS

UNITS = 300  # width of the joint representation
UPDATES = 5  # mean-field updates for inferring a missing modality


@SYSTEMS.register("sohn-2014")
class VariationOfInformation(StandardisedSystem):
    """A missing modality is inferred from the given one, and the joint representation of both is classified.

    Sohn, Shang and Lee (2014), "Improved multimodal deep learning with variation of information": the model
    minimises the variation of information of both modalities::

        VI = -E[log p(v | t) + log p(t | v)]

    The conditionals are those of a restricted Boltzmann machine, by mean-field updates that are unrolled to
    a recurrent network. The missing modality starts at its mean, and alternately::

        h = sigmoid(W_v v + W_t t + b)      v = W_v' h + c_v   or   t = W_t' h + c_t,  whichever is missing

    For Gaussian units, -log p is the squared error of the inferred values, up to constants.
    """

    title = "Sohn et al. 2014: variation of information, imputation of the missing representation"
    replaced = (
        "standardised features of frozen encoders in place of image descriptors and tags; one layer, as deep layers "
        "are the encoders'; a layer of logits in place of a support vector machine"
    )

    def __init__(self, sizes: Sizes) -> None:
        super().__init__(sizes)
        self.image = nn.Linear(sizes.image, UNITS)  # W_v and b
        self.text = nn.Linear(sizes.text, UNITS, bias=False)  # W_t
        for layer in (self.image, self.text):
            nn.init.normal_(layer.weight, std=0.01)  # as is usual for restricted Boltzmann machines
        self.image_bias = nn.Parameter(torch.zeros(sizes.image))  # c_v
        self.text_bias = nn.Parameter(torch.zeros(sizes.text))  # c_t
        self.logits = nn.Linear(UNITS, sizes.classes)

    def phases(self) -> Sequence[Phase]:
        """The variation of information without labels, then the output layer on pairs."""
        return [Phase(self.variation, [self], supervised=False), Phase(self.cross_entropy, [self.logits])]

    def infer(self, batch: FeatureBatch) -> tuple[Tensor, Tensor]:
        """Both standardised modalities (B, F); an absent one is inferred."""
        image = None if batch.image is None else self.image_scale(batch.image)
        text = None if batch.text is None else self.text_scale(batch.text)
        if image is None and text is not None:
            return self._inferred(self.text(text), self.image, self.image_bias), text
        if text is None and image is not None:
            return image, self._inferred(self.image(image), self.text, self.text_bias)
        assert image is not None and text is not None  # noqa: S101  # one modality is always there
        return image, text

    def _inferred(self, given: Tensor, layer: nn.Linear, bias: Tensor) -> Tensor:
        """The missing modality (B, F), by what the other gives to the hidden units (B, UNITS)."""
        missing = torch.zeros(len(given), len(bias))
        for _ in range(UPDATES):
            missing = torch.sigmoid(given + layer(missing)) @ layer.weight + bias
        return missing

    def joint(self, image: Tensor, text: Tensor) -> Tensor:
        """The joint representation h (B, UNITS)."""
        return torch.sigmoid(self.image(image) + self.text(text))

    def variation(self, batch: FeatureBatch) -> Tensor:
        """The variation of information, averaged over the features of each modality."""
        (v, t), (_, inferred_t) = self.infer(batch), self.infer(batch.only("image"))
        inferred_v, _ = self.infer(batch.only("text"))
        return (v - inferred_v).square().mean() + (t - inferred_t).square().mean()

    def forward(self, batch: FeatureBatch) -> Tensor:
        """Logits (B, C)."""
        return self.logits(self.joint(*self.infer(batch)))  # type: ignore[no-any-return]
