import torch
import torch.nn.functional as F
from same import assert_same

from anymood.labels import UNKNOWN_LABEL
from anymood.network.label_offsets import LabelOffsets, Offsets
from anymood.network.loss import multitask_loss
from anymood.network.multitask import Logits


def test_offsets_begin_as_they_are_given_and_what_they_learn_sums_to_zero():
    start = torch.randn(2, 3, 2)
    offsets = LabelOffsets(start)
    assert_same(offsets(torch.arange(3)).text, start[0])
    assert_same(offsets(torch.arange(3)).fused, start[0])
    assert_same(offsets(torch.arange(3)).image, start[1])
    torch.nn.init.normal_(offsets.learnt)
    assert_same((offsets(torch.arange(3)).text - start[0]).sum(dim=0), torch.zeros(2))


def test_the_classifier_learns_what_the_sources_have_in_common():
    # Of two sources, one calls a third of its posts 1, the other two thirds: neither says more of the posts than that.
    labels = torch.tensor([0, 0, 1] * 20 + [0, 1, 1] * 20)
    sources = torch.tensor([0] * 60 + [1] * 60)
    bias, offsets = torch.nn.Parameter(torch.tensor([0.0, 1.0])), LabelOffsets(torch.zeros(2, 2, 2))
    optimizer = torch.optim.LBFGS([bias, *offsets.parameters()], max_iter=100)

    def loss():
        optimizer.zero_grad()
        found = F.cross_entropy(bias + offsets(sources).text, labels)
        found.backward()
        return found

    optimizer.step(loss)
    torch.testing.assert_close(bias.softmax(0), torch.tensor([0.5, 0.5]), atol=1e-3, rtol=0)
    shares = (bias + offsets(torch.arange(2)).text).softmax(1)
    torch.testing.assert_close(shares[:, 1], torch.tensor([1 / 3, 2 / 3]), atol=1e-3, rtol=0)


def test_each_classifier_has_the_offsets_of_the_posts_that_it_sees():
    has_image, has_text = torch.tensor([True, False, True]), torch.tensor([True, True, False])
    labels = torch.tensor([0, 1, 1])
    logits = Logits(torch.randn(2, 2), torch.randn(2, 2), torch.randn(1, 2))
    offsets = Offsets(*(torch.randn(3, 2) for _ in range(3)))
    losses = multitask_loss(logits, labels, has_image, has_text, torch.zeros(2), torch.zeros(2), offsets=offsets)
    assert_same(losses.image, F.cross_entropy(logits.image + offsets.image[[0, 2]], labels[[0, 2]]))
    assert_same(losses.text, F.cross_entropy(logits.text + offsets.text[[0, 1]], labels[[0, 1]]))
    assert_same(losses.fused, F.cross_entropy(logits.fused + offsets.fused[[0]], labels[[0]]))


def test_images_without_a_target_teach_nothing():
    has_image = has_text = torch.tensor([True, True])
    logits = Logits(torch.randn(2, 2), torch.randn(2, 2), torch.randn(2, 2))
    labels, targets = torch.tensor([0, 1]), torch.tensor([UNKNOWN_LABEL, 0])
    found = multitask_loss(logits, labels, has_image, has_text, torch.zeros(2), torch.zeros(2), image_targets=targets)
    assert_same(found.image, F.cross_entropy(logits.image[1:], targets[1:]))
    assert_same(found.fused, F.cross_entropy(logits.fused, labels))
