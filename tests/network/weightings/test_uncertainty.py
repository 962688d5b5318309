import math

import torch
from same import assert_same

from anymood.network.weightings import LossWeights


def test_the_noise_of_a_task_scales_its_loss(make):
    weighting = make("uncertainty", LossWeights(image=1, text=0.5, fused=0))
    with torch.no_grad():
        weighting.log_variance["image"].fill_(math.log(4))
    losses = {"image": torch.tensor(2.0), "text": torch.tensor(1.0)}
    assert_same(weighting(losses), torch.tensor(2.0 / 4 + math.log(2) + 0.5 * 1.0))
    assert_same(weighting.weights(), {"image": 0.25, "text": 0.5})


def test_the_weights_converge_to_those_of_the_losses(make):
    weighting = make("uncertainty")
    losses = {name: torch.tensor(value) for name, value in (("image", 2.0), ("text", 1.0), ("fused", 0.5))}
    optimizer = torch.optim.Adam(weighting.parameters(), 0.05)
    for _ in range(400):
        optimizer.zero_grad()
        weighting(losses).backward()
        optimizer.step()
    weights = weighting.weights()
    for name, loss in losses.items():  # where the derivative by s, -exp(-s) L + 1/2, is zero
        assert abs(weights[name] - 1 / (2 * loss.item())) < 1e-3
