"""Deep fusion of two convolutional networks."""

import torch
from torch import Tensor, nn

from anymood.experiments.system import FeatureBatch, Sizes, System
from anymood.experiments.systems import SYSTEMS

FILTERS, WINDOWS = 100, (3, 4, 5)  # Kim (2014)
WIDTH = 300  # width of the representation of the image, as of the text


@SYSTEMS.register("chen-2017")
class DeepFusionCnn(System):
    """The representations of a text network and an image network are concatenated and classified by a small network.

    Chen, Wang and Liu (2017), "Visual and textual sentiment analysis using deep fusion convolutional neural networks":
    the text network is that of Kim (2014), "Convolutional neural networks for sentence classification", equations 2
    and 3: c_i = ReLU(w . x_{i:i+h-1} + b) for each window, and the maximum c_i of each filter. They say that the
    modalities are fused in a pooling layer, which is read here as the layer of these maxima, concatenated with the
    image's representation. The representation of an absent modality is replaced by zeros.
    """

    title = "Chen et al. 2017: deep fusion CNN"
    replaced = (
        "the token states of a frozen transformer in place of word vectors; a frozen ImageNet network in place of "
        "AlexNet"
    )

    def __init__(self, sizes: Sizes) -> None:
        super().__init__(sizes)
        self.convolutions = nn.ModuleList(nn.Conv1d(sizes.text, FILTERS, window) for window in WINDOWS)
        self.image = nn.Sequential(nn.Linear(sizes.image, WIDTH), nn.ReLU())
        width = WIDTH + FILTERS * len(WINDOWS)
        drop = nn.Dropout(sizes.dropout)
        self.logits = nn.Sequential(drop, nn.Linear(width, WIDTH), nn.ReLU(), drop, nn.Linear(WIDTH, sizes.classes))

    def text_representation(self, words: Tensor, filled: Tensor) -> Tensor:
        """The maximum of each filter over the windows of a text, (B, 3 FILTERS)."""
        embedded = nn.functional.pad(words, (0, 0, 0, max(WINDOWS) - 1)).transpose(1, 2)
        lengths, maxima = filled.sum(dim=1, keepdim=True), []
        for window, convolution in zip(WINDOWS, self.convolutions, strict=True):
            values = torch.relu(convolution(embedded))
            valid = torch.arange(values.shape[2])[None] < (lengths - window + 1).clamp(min=1)
            maxima.append(values.masked_fill(~valid[:, None], 0.0).amax(dim=2))  # 0 is the minimum of ReLU
        return torch.cat(maxima, dim=1)

    def forward(self, batch: FeatureBatch) -> Tensor:
        """Logits (B, C)."""
        image, words = batch.image, batch.words
        v = torch.zeros(len(batch), WIDTH) if image is None else self.image(image)
        t = torch.zeros(len(batch), FILTERS * len(WINDOWS)) if words is None else self.text_representation(*words)
        return self.logits(torch.cat([v, t], dim=1))  # type: ignore[no-any-return]
