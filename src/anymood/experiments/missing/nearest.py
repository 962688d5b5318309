"""Nearest-neighbour imputation."""

import torch
import torch.nn.functional as F
from torch import Tensor

from anymood.experiments.missing import MISSING
from anymood.experiments.missing.zeros import Zeros
from anymood.experiments.system import FeatureBatch


@MISSING.register("nearest")
class Nearest(Zeros):
    """A missing representation is replaced by that of the training post that is nearest in the other modality.

    The distance is the cosine of the encoders' features after subtracting the mean of the training posts; without that,
    all images are similar.
    """

    title = "SM, with the representation of the nearest training post, by the other modality, for the missing one"
    trained_as = Zeros

    def fit_statistics(self, train: FeatureBatch) -> None:
        """Store the training posts."""
        self.train_posts = train

    def impute_image(self, batch: FeatureBatch) -> Tensor:
        """r_v (B, D) of the posts with the nearest texts."""
        assert self.train_posts.image is not None  # noqa: S101  # they are pairs
        return self.image(self.train_posts.image[_nearest(batch.text, self.train_posts.text)])  # type: ignore[no-any-return]

    def impute_text(self, batch: FeatureBatch) -> Tensor:
        """r_t (B, D) of the posts with the nearest images."""
        assert self.train_posts.text is not None  # noqa: S101  # they are pairs
        return self.text(self.train_posts.text[_nearest(batch.image, self.train_posts.image)])  # type: ignore[no-any-return]


def _nearest(features: Tensor | None, known: Tensor | None) -> Tensor:
    """Indices (B,) of the nearest of N known posts (N, F) to some posts (B, F)."""
    assert features is not None and known is not None  # noqa: S101  # one modality is always there
    centre = known.mean(dim=0)
    return torch.argmax(F.normalize(features - centre) @ F.normalize(known - centre).T, dim=1)
