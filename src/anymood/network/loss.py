"""The multitask loss (equations 5 to 7)."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from anymood.labels import UNKNOWN_LABEL
from anymood.network.encoder import Encoder
from anymood.network.label_offsets import Offsets
from anymood.network.loss_weights import LossWeights
from anymood.network.multitask import Logits
from anymood.network.weighting import LossWeighting
from anymood.network.weightings.fixed import FixedWeights


class Losses(NamedTuple):
    """Mean cross-entropy of each classifier, of the modality heads, and the total loss."""

    image: Tensor
    text: Tensor
    fused: Tensor
    modality: Tensor
    total: Tensor


def multitask_loss(
    logits: Logits,
    labels: Tensor,
    has_image: Tensor,
    has_text: Tensor,
    image_labels: Tensor,
    text_labels: Tensor,
    *,
    image_targets: Tensor | None = None,
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
        logits: of the network.
        labels: class indices (B,).
        has_image: mask (B,) of the posts with an image.
        has_text: mask (B,) of the posts with a text.
        image_labels: class indices (V,) of the images alone, -100 where unknown; for the modality heads.
        text_labels: class indices (U,) of the texts alone, likewise.
        image_targets: targets (V,) of C_v, -100 where masked; the labels of the posts by default.
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

    both = has_image & has_text
    image_targets = labels[has_image] if image_targets is None else image_targets
    image, text, fused = logits.image, logits.text, logits.fused
    if offsets is not None:
        image, text, fused = (
            image + offsets.image[has_image],
            text + offsets.text[has_text],
            fused + offsets.fused[both],
        )
    losses = {
        "image": cross_entropy(image, image_targets),
        "text": cross_entropy(text, labels[has_text]),
        "fused": cross_entropy(fused, labels[both]),
    }
    present = {"image": (image_targets != UNKNOWN_LABEL).any(), "text": has_text.any(), "fused": both.any()}
    if logits.image_alone is not None and logits.text_alone is not None:
        alone = cross_entropy(logits.image_alone, image_labels), cross_entropy(logits.text_alone, text_labels)
        losses["modality"] = alone[0] + alone[1]
        present["modality"] = (image_labels != UNKNOWN_LABEL).any() | (text_labels != UNKNOWN_LABEL).any()
    learnt = {name: loss for name, loss in losses.items() if name in weighting.alpha}
    seen = {name: loss for name, loss in learnt.items() if present[name]}
    terms = [loss for name, loss in learnt.items() if name not in seen]
    total = torch.stack([*terms, weighting(seen, encoders)] if seen else terms).sum()
    return Losses(**({"modality": torch.zeros_like(total)} | losses), total=total)
