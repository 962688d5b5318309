"""Adjustment of probabilities to other label proportions than those of training.

By Bayes' theorem, with the proportions pi of training and pi' of the posts to predict,

    p'(c | x)  is proportional to  p(c | x) pi'_c / pi_c

(Saerens et al. 2002, equation 2.4). In logits, this adds a constant per label.
"""

import math
from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from anymood.errors import SettingError
from anymood.fields import is_finite
from anymood.runtime.bundle import Bundle

Prior: TypeAlias = Mapping[str, float] | Literal["uniform"]


def parse_prior(text: str) -> Prior:
    """Parse a prior of the command line: ``positive=0.3,neutral=50%,negative=20%``, or ``uniform``.

    Raises:
        SettingError: it is neither.
    """
    if text.strip() == "uniform":
        return "uniform"
    prior: dict[str, float] = {}
    percent = False
    for part in text.split(","):
        label, equals, share = (piece.strip() for piece in part.rpartition("="))
        percent = percent or share.endswith("%")
        try:
            number = float(share.removesuffix("%")) / (100 if share.endswith("%") else 1)
        except ValueError:
            number = math.nan
        if not (label and equals) or math.isnan(number):
            raise SettingError(
                f"The prior has {part.strip()!r:.80}, which is not a label with its share. Write it as "
                "positive=0.3,neutral=0.5,negative=0.2, or as uniform."
            )
        if label in prior:
            raise SettingError(f"The prior names {label!r} twice. Give each label one share.")
        prior[label] = number
    if percent and any(share > 1 for share in prior.values()):
        raise SettingError("The prior has percentages and numbers above 1. Write all shares in the same unit.")
    return prior


def checked_prior(prior: Mapping[str, Any] | str, bundle: Bundle) -> dict[str, float]:
    """Label proportions in the order of a bundle's labels, which sum to 1.

    Args:
        prior: a non-negative number per label, which is divided by their sum; or ``"uniform"``.
        bundle: the model.

    Raises:
        SettingError: a label is missing or unknown, a number is negative or not finite, or all are 0; or the bundle
            does not record the proportions that it assumes.
    """
    if not bundle.config.prior:
        raise SettingError(
            f"The model {bundle.name} does not record the label proportions that it assumes, so they cannot be "
            "adjusted. Train it again with this version, or leave out the prior."
        )
    if isinstance(prior, str) and prior == "uniform":
        return dict.fromkeys(bundle.labels, 1 / len(bundle.labels))
    if not isinstance(prior, Mapping):
        raise SettingError(f"A prior is a mapping of labels to shares, not {type(prior).__name__}; or 'uniform'.")
    prior = {label: share.item() if isinstance(share, np.generic) else share for label, share in prior.items()}
    labels = ", ".join(bundle.labels)
    if unknown := sorted(map(str, set(prior) - set(bundle.labels))):
        raise SettingError(f"The prior names {', '.join(unknown)}, but the model's labels are {labels}.")
    if missing := [label for label in bundle.labels if label not in prior]:
        raise SettingError(f"The prior lacks {', '.join(missing)}. Give a share for each of {labels}.")
    for label, share in prior.items():
        if isinstance(share, bool) or not isinstance(share, int | float) or not (share >= 0 and is_finite(share)):
            raise SettingError(f"The prior's share of {label} is {share!r:.80}. Give a finite number of at least 0.")
    try:
        total = math.fsum(prior.values())
    except OverflowError:
        raise SettingError("The shares of the prior are too large. Give numbers that add up to 1.") from None
    if not total:
        raise SettingError("All shares of the prior are 0. Give at least one above 0.")
    return {label: prior[label] / total for label in bundle.labels}


def logit_shift(prior: Mapping[str, float], bundle: Bundle) -> NDArray[np.float64]:
    """log(pi'_c / pi_c) for each label (C,), to be added to calibrated logits."""
    new = np.array([prior[label] for label in bundle.labels])
    trained = np.array([bundle.config.prior[label] for label in bundle.labels])
    with np.errstate(divide="ignore"):  # a share of 0 makes a label impossible
        return np.log(new) - np.log(trained)  # type: ignore[no-any-return]
