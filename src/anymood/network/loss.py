"""The multitask loss (equations 5 to 7)."""

import dataclasses
import math
from dataclasses import dataclass
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from anymood.errors import SettingError
from anymood.labels import UNKNOWN_LABEL
from anymood.network.multitask import Logits


@dataclass(frozen=True, slots=True)
class LossWeights:
    """Weights alpha of the three tasks in equation 5; the paper sets them all to 1.

    Attributes:
        image: of the image classifier's loss.
        text: of the text classifier's.
        fused: of the fused classifier's.
        modality: of the losses on the labels of the image alone and the text alone, where the data
            has such labels (MVSA). Not in the paper, which has no such data; 0 leaves them out.

    Raises:
        SettingError: a weight is negative or not finite, or no classifier has one above 0.
    """

    image: float = 1.0
    text: float = 1.0
    fused: float = 1.0
    modality: float = 0.0

    def __post_init__(self) -> None:
        for name, weight in dataclasses.asdict(self).items():
            if not (weight >= 0 and math.isfinite(weight)):
                raise SettingError(f"alpha.{name} is {weight}; it must be a finite number of at least 0.")
        if not (self.image or self.text or self.fused):
            raise SettingError("alpha.image, alpha.text and alpha.fused are all 0; at least one must be more.")


class Losses(NamedTuple):
    """Mean cross-entropy of each classifier over the posts it saw, of the modality heads, and the weighted sum."""

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
    weights: LossWeights = LossWeights(),
    class_weights: Tensor | None = None,
    label_smoothing: float = 0.0,
) -> Losses:
    """Weighted sum of the cross-entropies of C_v, C_t and C_m.

    A pair counts in all three (equation 5), a lone image in the image's alone (equation 6), a lone
    text in the text's alone (equation 7). Each cross-entropy is a mean over the posts that have
    what its classifier needs; where there is none, it is zero and has no gradient.

    Args:
        logits: what the network gave for the batch.
        labels: class indices (B,).
        has_image: which posts have an image, (B,) bool.
        has_text: which posts have a text, (B,) bool.
        image_labels: class indices (V,) of the images alone, -100 where unknown; for the modality heads.
        text_labels: class indices (U,) of the texts alone, likewise.
        weights: alpha of each task.
        class_weights: weight of each class (C,).
        label_smoothing: probability spread evenly over all classes.
    """

    def cross_entropy(scores: Tensor, targets: Tensor) -> Tensor:
        if not (targets != UNKNOWN_LABEL).any():
            return 0 * scores.float().sum()  # still in the graph, as several devices need it
        return F.cross_entropy(scores.float(), targets, class_weights, label_smoothing=label_smoothing)

    image = cross_entropy(logits.image, labels[has_image])
    text = cross_entropy(logits.text, labels[has_text])
    fused = cross_entropy(logits.fused, labels[has_image & has_text])
    modality = torch.zeros_like(fused)
    if logits.image_alone is not None and logits.text_alone is not None:
        modality = cross_entropy(logits.image_alone, image_labels) + cross_entropy(logits.text_alone, text_labels)
    total = weights.image * image + weights.text * text + weights.fused * fused + weights.modality * modality
    return Losses(image, text, fused, modality, total)
