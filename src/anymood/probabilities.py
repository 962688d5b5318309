"""From logits to probabilities: one softmax for prediction, calibration and export."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from anymood.errors import InputError


def softmax(logits: ArrayLike, temperature: float = 1.0, axis: int = -1) -> NDArray[np.float64]:
    """exp(z / T) / sum of exp(z / T), without overflow.

    Guo et al. (2017), equation 9.

    Args:
        logits: z, such as (..., C). Rows of NaN stay NaN.
        temperature: T, above 0; larger is less certain, and the order of the classes never changes.
        axis: of the classes.

    Raises:
        InputError: the temperature is not a finite number above 0.
    """
    if not (math.isfinite(temperature) and temperature > 0):
        raise InputError(f"A temperature must be a finite number above 0, not {temperature}.")
    scaled = np.asarray(logits, dtype=np.float64) / temperature
    powers = np.exp(scaled - scaled.max(axis=axis, keepdims=True))
    return np.asarray(powers / powers.sum(axis=axis, keepdims=True))
