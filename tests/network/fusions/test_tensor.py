import torch
from same import assert_same

from anymood.network.fusions.low_rank_tensor import RANK, UNITS


def with_one(units):
    return torch.cat([units, torch.ones(len(units), 1)], dim=1)


def test_an_outer_product_with_ones(make, pairs):
    fusion = make("tensor")
    image, text = torch.relu(fusion.image(pairs[0])), torch.relu(fusion.text(pairs[1]))
    fused = fusion(*pairs).reshape(len(image), image.shape[1] + 1, text.shape[1] + 1)
    assert_same(fused[:, :-1, :-1], torch.einsum("pi,pj->pij", image, text))
    assert_same(fused[:, :-1, -1], image)  # thanks to the ones
    assert_same(fused[:, -1, :-1], text)
    assert_same(fused[:, -1, -1], torch.ones(len(image)))


def test_only_the_units_of_what_is_there_remain(make, pairs):
    fusion = make("tensor")
    fused = fusion(None, pairs[1]).reshape(len(pairs[1]), 33, 33)
    assert_same(fused[:, -1], with_one(torch.relu(fusion.text(pairs[1]))))
    assert not fused[:, :-1].any()


def test_a_low_rank_is_that_of_the_whole_tensor(make, pairs):
    fusion = make("low-rank-tensor")

    def factors(layer):  # (F, R, D + 1)
        weights = torch.cat([layer.weight, layer.bias[:, None]], dim=1)
        return weights.reshape(UNITS, RANK, -1)

    tensor = torch.einsum("r,fri,frj->fij", fusion.ranks.weight[0], factors(fusion.image), factors(fusion.text))
    whole = torch.einsum("fij,pi,pj->pf", tensor, *map(with_one, pairs)) + fusion.ranks.bias
    assert_same(fusion(*pairs), whole)
