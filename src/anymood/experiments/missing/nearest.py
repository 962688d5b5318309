"""The nearest neighbour's representation."""

import torch
import torch.nn.functional as F
from torch import Tensor

from anymood.experiments.missing import MISSING
from anymood.experiments.missing._single_task import SingleTask
from anymood.experiments.system import Seen


@MISSING.register("nearest")
class Nearest(SingleTask):
    """The representation of the training post that is nearest in the other modality stands for the one that is missing.

    Nearest by the cosine of the encoders' features, from which the mean of the training posts is taken off, without
    which all images are alike.
    """

    title = "SM, with the representation of the nearest training post, by the other modality, for the missing one"

    def look_at(self, train: Seen) -> None:
        """Keep the training posts."""
        self.train_posts = train

    def image_in_place(self, seen: Seen) -> Tensor:
        """r_v (B, D) of the posts with the nearest texts."""
        assert self.train_posts.image is not None  # noqa: S101  # they are pairs
        return self.image(self.train_posts.image[_nearest(seen.text, self.train_posts.text)])  # type: ignore[no-any-return]

    def text_in_place(self, seen: Seen) -> Tensor:
        """r_t (B, D) of the posts with the nearest images."""
        assert self.train_posts.text is not None  # noqa: S101  # they are pairs
        return self.text(self.train_posts.text[_nearest(seen.image, self.train_posts.image)])  # type: ignore[no-any-return]


def _nearest(features: Tensor | None, known: Tensor | None) -> Tensor:
    """Positions (B,) among N known posts (N, F) of those nearest to some (B, F)."""
    assert features is not None and known is not None  # noqa: S101  # one modality is always there
    centre = known.mean(dim=0)
    return torch.argmax(F.normalize(features - centre) @ F.normalize(known - centre).T, dim=1)
