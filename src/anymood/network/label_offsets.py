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
    sources have in common; logit adjustment (Menon et al. 2021) is the case in which the offsets are the logarithms of
    the proportions. The offsets of all sources sum to zero, so that predictions, which have none, are those for the
    sources' average.

    Args:
        sources: number of sources, S.
        classes: number of classes, C.
    """

    def __init__(self, sources: int, classes: int) -> None:
        super().__init__()
        self.free = nn.Parameter(torch.zeros(len(Offsets._fields), sources, classes))

    def forward(self, sources: Tensor) -> Offsets:
        """Offsets of some posts by the indices of their sources (B,)."""
        centred = self.free - self.free.mean(dim=1, keepdim=True)
        return Offsets(*centred[:, sources])
