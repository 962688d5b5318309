"""Prompts for what is missing."""

import torch
from torch import Tensor, nn

from anymood.experiments.missing import MISSING
from anymood.experiments.missing._single_task import WIDTH, HidesSome
from anymood.experiments.system import Seen, Sizes


@MISSING.register("prompts")
class MissingPrompts(HidesSome):
    """Learnt vectors stand for what is missing.

    Lee, Tsai, Chiu and Lee (2023), "Multimodal prompting with missing modalities for visual recognition": prompts that
    say what is missing are learnt beside a frozen multimodal transformer. Here there is none, so that a vector stands
    for the representation, for each case one, and the network learns with them.
    """

    title = "SM, with a learnt vector for the missing representation, which a third of the posts lacks in training"

    def __init__(self, sizes: Sizes) -> None:
        super().__init__(sizes)
        self.no_image, self.no_text = nn.Parameter(torch.zeros(WIDTH)), nn.Parameter(torch.zeros(WIDTH))

    def image_in_place(self, seen: Seen) -> Tensor:
        """The vector for a missing image, for each post (B, D)."""
        return self.no_image.expand(len(seen), -1)

    def text_in_place(self, seen: Seen) -> Tensor:
        """The vector for a missing text, for each post (B, D)."""
        return self.no_text.expand(len(seen), -1)
