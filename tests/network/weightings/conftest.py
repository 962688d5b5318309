from types import SimpleNamespace

import pytest
import torch

from anymood.network.encoder import Encoder
from anymood.network.weightings import WEIGHTINGS, LossWeights


@pytest.fixture
def make():
    """Makes a weighting of a name."""

    def made(name, alpha=LossWeights(), learning_rate=0.1):  # noqa: B008 - frozen
        return WEIGHTINGS.get(name)(alpha, learning_rate)

    return made


@pytest.fixture
def problem():
    """Two small encoders, three heads, and the losses of a batch as of the network."""
    torch.manual_seed(0)
    encoders = [Encoder(torch.nn.Linear(5, 6), 6, 4) for _ in range(2)]
    heads = [torch.nn.Linear(width, 3) for width in (4, 4, 8)]
    inputs = torch.randn(2, 7, 5)
    labels = torch.arange(7) % 3

    def losses():
        r_v, r_t = (encoder(one) for encoder, one in zip(encoders, inputs, strict=True))
        logits = [head(one) for head, one in zip(heads, (r_v, r_t, torch.cat([r_v, r_t], dim=1)), strict=True)]
        values = [torch.nn.functional.cross_entropy(one, labels) for one in logits]
        return dict(zip(("image", "text", "fused"), values, strict=True))

    return SimpleNamespace(encoders=encoders, losses=losses)
