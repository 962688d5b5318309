"""What holds for every fusion."""

import pytest
import torch
from same import assert_same

from anymood.network.fusion import Fusion
from anymood.network.fusions import FUSIONS

NAMES = ("attention", "central", "concatenation", "gated", "low-rank-tensor", "residual", "sum", "tensor")


def test_the_fusions_of_the_package():
    assert set(NAMES) <= set(FUSIONS.names())


@pytest.mark.parametrize("name", NAMES)
def test_a_fused_representation_has_the_width_that_is_said(make, pairs, name):
    fusion = make(name)
    assert fusion(*pairs).shape == (len(pairs[0]), fusion.width)


@pytest.mark.parametrize("name", NAMES)
def test_each_pair_is_fused_alone(make, classifiers, pairs, name):
    fusion = make(name)
    heads = classifiers(fusion)
    whole = fusion.classify(*pairs, heads)
    for row in range(len(whole)):
        assert_same(fusion.classify(*(each[row : row + 1] for each in pairs), heads), whole[row : row + 1])


@pytest.mark.parametrize("name", NAMES)
def test_both_modalities_and_all_weights_count(make, classifiers, pairs, name):
    fusion = make(name)
    heads = classifiers(fusion)
    inputs = [each.clone().requires_grad_() for each in pairs]
    fusion.classify(*inputs, heads).square().sum().backward()
    assert all(bool(each.grad.any(dim=1).all()) for each in inputs)
    weights = [*fusion.named_parameters(), *heads.fused.named_parameters()]
    assert [weight for weight, parameter in weights if parameter.grad is None or not parameter.grad.any()] == []


@pytest.mark.parametrize("name", NAMES)
def test_what_is_absent_has_no_say(make, classifiers, pairs, name):
    fusion = make(name)
    heads = classifiers(fusion)
    image, text = pairs
    lone = [fusion.classify(image, None, heads), fusion.classify(None, text, heads)]
    assert all(each.shape == (len(image), 3) for each in lone)
    assert all(bool(each.isfinite().all()) for each in lone)
    assert not torch.allclose(*lone, atol=1e-4)
    with pytest.raises(ValueError, match="Nothing to fuse"):
        Fusion.forward(fusion, None, None)


def test_what_stands_for_an_absent_modality(make, classifiers, pairs):
    image, text = pairs
    zeros = torch.zeros_like(image)
    assert_same(make("sum")(image, None), image)
    assert_same(make("sum")(None, text), text)
    assert_same(make("concatenation")(image, None), torch.cat([image, zeros], dim=1))
    assert_same(make("concatenation")(None, text), torch.cat([zeros, text], dim=1))
    low_rank = make("low-rank-tensor")  # the appended one is left, and with it the bias of the absent modality's layer
    assert_same(
        low_rank(None, text), low_rank.ranks((low_rank.image.bias * low_rank.text(text)).unflatten(1, (-1, 4)))[..., 0]
    )
    residual = make("residual")
    heads = classifiers(residual)
    assert_same(residual.classify(image, None, heads), heads.fused(torch.cat([image, zeros], dim=1)))
    assert_same(residual.classify(None, text, heads), heads.fused(torch.cat([zeros, text], dim=1)) + heads.text(text))


@pytest.mark.parametrize("name", NAMES)
def test_no_pair_at_all(make, classifiers, pairs, name):
    fusion = make(name)
    assert fusion.classify(*(each[:0] for each in pairs), classifiers(fusion)).shape == (0, 3)
