"""Probabilities of a classifier that errs in a known way, for the tests of corrected shares."""

from typing import Any

import numpy as np

from anymood.probabilities import softmax

CENTRES = np.array([[2.0, 0.0, 0.0], [0.5, 1.0, 0.0], [0.0, 0.5, 2.0]])  # mean logits of each class
BIAS = np.array([0.0, -2.0, 1.0])  # of a classifier that misses the second class


def scored(counts: Any, seed: int = 0) -> tuple[Any, Any]:
    """Overconfident and biased probabilities (N, 3) of posts, and their classes (N,), ``counts`` of each."""
    truth = np.repeat(np.arange(3), counts)
    noise = np.random.default_rng(seed).normal(size=(len(truth), 3))
    return softmax(2 * (CENTRES[truth] + noise) + BIAS), truth
