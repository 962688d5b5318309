"""Weights of the losses of the tasks, and the registry of loss weightings."""

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

from anymood.errors import SettingError
from anymood.fields import is_finite
from anymood.registry import Registry

if TYPE_CHECKING:
    from anymood.network.weighting import LossWeighting

WEIGHTINGS: Registry[type["LossWeighting"]] = Registry("loss weighting", "anymood.weightings", __name__)


@dataclass(frozen=True, slots=True)
class LossWeights:
    """Weights alpha of the three tasks in equation 5; the paper sets them all to 1.

    Attributes:
        image: weight of the image classifier's loss.
        text: weight of the text classifier's loss.
        fused: weight of the fused classifier's loss.
        modality: weight of the losses on the labels of the image and the text, if the data has such
            labels, like MVSA; not part of the paper.

    Raises:
        SettingError: a weight is negative or not finite, or no classifier has one above 0.
    """

    image: float = 1.0
    text: float = 1.0
    fused: float = 1.0
    modality: float = 0.0

    def __post_init__(self) -> None:
        for name, weight in dataclasses.asdict(self).items():
            if not (isinstance(weight, int | float) and weight >= 0 and is_finite(weight)):
                raise SettingError(f"alpha.{name} is {weight!r:.80}; it must be a finite number of at least 0.")
        if not (self.image or self.text or self.fused):
            raise SettingError("alpha.image, alpha.text and alpha.fused are all 0; at least one must be more.")
