import math

import torch
from same import assert_same

from anymood.network.weightings import LossWeights


def epoch(weighting, *batches):
    for batch in batches:
        weighting({name: torch.tensor(value) for name, value in batch.items()})
    weighting.end_epoch()


def test_a_task_whose_loss_falls_slowly_counts_more(make):
    weighting = make("dynamic-average", LossWeights(image=2.0))
    epoch(weighting, {"image": 1.0, "text": 2.0, "fused": 3.0}, {"image": 3.0, "text": 2.0})  # means 2, 2 and 3
    assert_same(weighting.weights(), {"image": 2.0, "text": 1.0, "fused": 1.0})
    epoch(weighting, {"image": 2.0, "text": 1.0, "fused": 1.5})  # ratios 1, 1/2 and 1/2
    shares = [math.exp(ratio / 2) for ratio in (1, 0.5, 0.5)]
    factors = [3 * share / sum(shares) for share in shares]
    assert_same(weighting.weights(), {"image": 2 * factors[0], "text": factors[1], "fused": factors[2]})
    losses = {"image": torch.tensor(1.0), "fused": torch.tensor(2.0)}
    assert_same(weighting(losses), torch.tensor(2 * factors[0] + 2 * factors[2]))


def test_a_task_without_posts_keeps_its_weight(make):
    weighting = make("dynamic-average")
    epoch(weighting, {"image": 2.0, "text": 2.0})
    epoch(weighting, {"image": 2.0, "text": 1.0, "fused": 1.0})
    weights = weighting.weights()
    assert weights["fused"] == 1.0
    assert weights["image"] > 1 > weights["text"]
    assert_same(weights["image"] + weights["text"], 2.0)


def test_the_factors_add_up_to_the_number_of_tasks(make):
    torch.manual_seed(0)
    weighting = make("dynamic-average")
    for losses in (torch.rand(6, 3) + 0.1).tolist():
        epoch(weighting, dict(zip(("image", "text", "fused"), losses, strict=True)))
        assert_same(sum(weighting.weights().values()), 3.0)
    assert weighting.factor.std() > 0.01
