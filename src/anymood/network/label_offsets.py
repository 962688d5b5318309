"""Label offsets: what the sources of the training posts mean by their labels, learnt beside the classifiers.

Shape legend: B posts, S sources, C classes.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn


class Offsets(NamedTuple):
    """What is added to the logits of the three classifiers, for all posts of a batch."""

    image: Tensor  # (B, C)
    text: Tensor  # (B, C)
    fused: Tensor  # (B, C)


class LabelOffsets(nn.Module):
    """An offset of each classifier's logits for each source of posts.

    Sources differ in the proportions of their labels and in what they call neutral. In training, the logits of a post
    are those of the classifier plus the offset of the post's source, so that the classifier itself learns what the
    sources have in common. The offsets begin as the logarithms of the sources' label shares, which is logit adjustment
    (Menon et al. 2021), and then learn; what they learn sums to zero over the sources. Predictions have none.

    Args:
        start: what they begin with, (2, S, C): those of posts, and those of the image classifier.
    """

    start: Tensor

    def __init__(self, start: Tensor) -> None:
        super().__init__()
        posts, images = start
        self.register_buffer("start", torch.stack([images, posts, posts]), persistent=False)
        self.learnt = nn.Parameter(torch.zeros(len(Offsets._fields), *posts.shape))

    def forward(self, sources: Tensor) -> Offsets:
        """Offsets of some posts by the indices of their sources (B,)."""
        offsets = self.start + self.learnt - self.learnt.mean(dim=1, keepdim=True)
        return Offsets(*offsets[:, sources])
