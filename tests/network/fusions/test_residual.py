import torch
from same import assert_same

from anymood.network.fusions.residual import Residual


def test_it_adds_to_the_text_classifier(classifiers, pairs):
    fusion = Residual(pairs[0].shape[1])
    heads = classifiers(fusion)
    correction = heads.fused(torch.cat(pairs, dim=1))
    assert_same(fusion.classify(*pairs, heads), heads.text(pairs[1]) + correction)


def test_its_loss_does_not_reach_the_text_classifier(classifiers, pairs):
    fusion = Residual(pairs[0].shape[1])
    heads = classifiers(fusion)
    fusion.classify(*pairs, heads).sum().backward()
    assert all(parameter.grad is None for parameter in heads.text.parameters())
    assert any(parameter.grad is not None for parameter in heads.fused.parameters())
