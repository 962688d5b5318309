"""Label offsets: differences of labelling between data sources, learnt with the classifiers.

Shape legend: B posts, S sources, C classes.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn


class Offsets(NamedTuple):
    """Offsets of the logits of the three classifiers, for all posts of a batch."""

    image: Tensor  # (B, C)
    text: Tensor  # (B, C)
    fused: Tensor  # (B, C)


class LabelOffsets(nn.Module):
    """Offsets of each classifier's logits for each data source.

    Sources differ in the proportions of their labels and in what they call neutral. In training, the offset of the
    post's source is added to the logits, so that the classifier itself learns what the sources have in common.
    Predictions have no offsets. They are initialised to the sources' log label shares, which is logit adjustment (Menon
    et al. 2021), and trained; the trained part sums to zero over the sources.

    Args:
        start: initial offsets, (2, S, C): of posts, and of the image classifier.
    """

    start: Tensor

    def __init__(self, start: Tensor) -> None:
        super().__init__()
        posts, images = start
        self.register_buffer("start", torch.stack([images, posts, posts]), persistent=False)
        self.learnt = nn.Parameter(torch.zeros(len(Offsets._fields), *posts.shape))

    def forward(self, sources: Tensor) -> Offsets:
        """Offsets of posts, by the indices of their sources (B,)."""
        offsets = self.start + self.learnt - self.learnt.mean(dim=1, keepdim=True)
        return Offsets(*offsets[:, sources])
