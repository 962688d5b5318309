"""Common space fusion."""

import torch
import torch.nn.functional as F
from torch import Tensor

from anymood.experiments.system import GIVEN, FeatureBatch
from anymood.experiments.systems import SYSTEMS
from anymood.experiments.systems.duong_2017_joint import JointFusion

MARGIN = 0.2  # cosine margin between the text of a post and a text of another class


@SYSTEMS.register("duong-2017-common-space")
class CommonSpaceFusion(JointFusion):
    """Joint fusion with an auxiliary ranking task, so that the vectors are in a common space.

    Duong, Lebret and Aberer (2017), "Multimodal classification for analysing social media", common space fusion: in
    addition to the classification, the vector v of an image should be more similar to the vector t of its text than to
    the text t' of a random post of another class::

        L_rank = max(0, margin - cos(v, t) + cos(v, t'))

    One classifier reads the common space, and learns given both and given either, so that each vector of a post is
    classified. The margin and the equal weights of the two losses are chosen here.
    """

    title = "Duong et al. 2017: common space fusion, ranking loss"

    def cross_entropy(self, batch: FeatureBatch) -> Tensor:
        """Sum of the mean cross-entropies given both, the image, and the text, and of the ranking loss."""
        terms = [super(CommonSpaceFusion, self).cross_entropy(batch.only(given)) for given in GIVEN]
        return torch.stack(terms).mean() + self.ranking(batch)

    def ranking(self, batch: FeatureBatch) -> Tensor:
        """Mean ranking loss of the images for which the batch has a text of another class."""
        image, text = self.vectors(batch)
        cosines = F.normalize(image) @ F.normalize(text).T
        others = (batch.labels[:, None] != batch.labels[None]).double()
        those = others.sum(dim=1) > 0
        if not those.any():
            return 0 * cosines.sum()
        drawn = torch.multinomial(others[those], 1)
        gap = MARGIN - cosines.diagonal()[those] + cosines[those].gather(1, drawn).squeeze(1)
        return torch.relu(gap).mean()
