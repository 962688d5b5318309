"""From logits to probabilities: one softmax for prediction, calibration and export."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from anymood.errors import InputError


def softmax(logits: ArrayLike, temperature: float = 1.0) -> NDArray[np.float64]:
    """exp(z / T) / sum of exp(z / T) over the last axis, whatever the size of the logits.

    Guo et al. (2017), equation 9.

    Args:
        logits: shape (..., C). Rows of NaN stay NaN.
        temperature: T, above 0; larger is less certain, and the order of the classes never changes.

    Raises:
        InputError: the temperature is not a finite number above 0.
    """
    if not (math.isfinite(temperature) and temperature > 0):
        raise InputError(f"A temperature must be a finite number above 0, not {temperature}.")
    scaled = np.asarray(logits, dtype=np.float64) / temperature
    powers = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))
