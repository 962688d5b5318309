"""The multitask loss (equations 5 to 7), and label offsets.

Shape legend: as for the package, and S data sources.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from anymood.labels import UNKNOWN_LABEL
from anymood.network.encoder import Encoder
from anymood.network.multitask import Batch, Logits
from anymood.network.weighting import LossWeighting
from anymood.network.weightings import LossWeights
from anymood.network.weightings.fixed import FixedWeights


class Losses(NamedTuple):
    """Mean cross-entropy of each classifier, of the modality heads, and the total loss."""

    image: Tensor
    text: Tensor
    fused: Tensor
    modality: Tensor
    total: Tensor


class Offsets(NamedTuple):
    """Offsets of the logits of the three classifiers, for all posts of a batch."""

    image: Tensor  # (B, C)
    text: Tensor  # (B, C)
    fused: Tensor  # (B, C)


class LabelOffsets(nn.Module):
    """Offsets of each classifier's logits for each data source.

    Sources differ in the proportions of their labels and in the meaning of neutral. In training, the offset of the
    post's source is added to the logits, so that the classifier learns the common part of the sources.
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


def multitask_loss(
    logits: Logits,
    batch: Batch,
    *,
    offsets: Offsets | None = None,
    weighting: LossWeighting | None = None,
    encoders: Sequence[Encoder] = (),
    class_weights: Tensor | None = None,
    label_smoothing: float = 0.0,
) -> Losses:
    """Weighted sum of the cross-entropies of C_v, C_t and C_m.

    Pairs contribute to all three (equation 5), image-only posts to that of C_v (equation 6), text-only posts to that of
    C_t (equation 7). Each cross-entropy is the mean over the posts with the modalities of its classifier; if there are
    none, it is zero without a gradient.

    Args:
        logits: of the network for the batch.
        batch: the posts.
        offsets: added to the logits of the three classifiers.
        weighting: combines the losses; fixed weights of 1 by default.
        encoders: image and text encoder, for weightings that use their gradients.
        class_weights: weight of each class (C,).
        label_smoothing: as in ``torch.nn.functional.cross_entropy``.
    """
    weighting = weighting or FixedWeights(LossWeights())

    def cross_entropy(scores: Tensor, targets: Tensor) -> Tensor:
        if not (targets != UNKNOWN_LABEL).any():
            return 0 * scores.float().sum()  # stays in the autograd graph, as distributed training requires
        return F.cross_entropy(scores.float(), targets, class_weights, label_smoothing=label_smoothing)

    has_image, has_text, both = batch.has_image, batch.has_text, batch.has_image & batch.has_text
    image, text, fused = logits.image, logits.text, logits.fused
    if offsets is not None:
        image, text, fused = (
            image + offsets.image[has_image],
            text + offsets.text[has_text],
            fused + offsets.fused[both],
        )
    losses = {
        "image": cross_entropy(image, batch.image_targets),
        "text": cross_entropy(text, batch.labels[has_text]),
        "fused": cross_entropy(fused, batch.labels[both]),
    }
    present = {"image": (batch.image_targets != UNKNOWN_LABEL).any(), "text": has_text.any(), "fused": both.any()}
    if logits.image_alone is not None and logits.text_alone is not None:
        image_alone = cross_entropy(logits.image_alone, batch.image_labels)
        losses["modality"] = image_alone + cross_entropy(logits.text_alone, batch.text_labels)
        present["modality"] = (torch.cat([batch.image_labels, batch.text_labels]) != UNKNOWN_LABEL).any()
    learnt = {name: loss for name, loss in losses.items() if name in weighting.alpha}
    seen = {name: loss for name, loss in learnt.items() if present[name]}
    terms = [loss for name, loss in learnt.items() if name not in seen]
    total = torch.stack([*terms, weighting(seen, encoders)] if seen else terms).sum()
    return Losses(**({"modality": torch.zeros_like(total)} | losses), total=total)
