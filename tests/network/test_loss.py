import math

import pytest
import torch
import torch.nn.functional as F
from same import assert_same

from anymood.errors import SettingError
from anymood.labels import UNKNOWN_LABEL
from anymood.network.loss import LabelOffsets, Offsets, multitask_loss
from anymood.network.multitask import Batch, Logits
from anymood.network.weightings import LossWeights
from anymood.network.weightings.fixed import FixedWeights

# pair, lone image, lone text, pair
HAS_IMAGE = torch.tensor([True, True, False, True])
HAS_TEXT = torch.tensor([True, False, True, True])
LABELS = torch.tensor([0, 1, 2, 1])
IMAGE_LABELS = torch.tensor([0, 1, UNKNOWN_LABEL])  # of the images alone
TEXT_LABELS = torch.tensor([1, 2, UNKNOWN_LABEL])
NOTHING = torch.empty(0)  # pixels and tokens, which the loss does not read
POSTS = Batch(
    NOTHING, NOTHING, HAS_IMAGE, HAS_TEXT, LABELS, LABELS[HAS_IMAGE], IMAGE_LABELS, TEXT_LABELS, torch.zeros(4), []
)


@pytest.fixture
def logits() -> Logits:
    torch.manual_seed(0)
    return Logits(*(torch.randn(count, 3, requires_grad=True) for count in (3, 3, 2)))


def test_each_classifier_learns_from_the_posts_it_sees(logits: Logits) -> None:
    losses = multitask_loss(logits, POSTS)
    assert_same(losses.image, F.cross_entropy(logits.image, torch.tensor([0, 1, 1])))
    assert_same(losses.text, F.cross_entropy(logits.text, torch.tensor([0, 2, 1])))
    assert_same(losses.fused, F.cross_entropy(logits.fused, torch.tensor([0, 1])))
    assert_same(losses.total, losses.image + losses.text + losses.fused)


def test_alpha_weighs_the_tasks(logits: Logits) -> None:
    losses = multitask_loss(logits, POSTS, weighting=FixedWeights(LossWeights(image=0.5, text=2.0, fused=0.0)))
    assert_same(losses.total, 0.5 * losses.image + 2 * losses.text)


def test_a_lone_image_teaches_the_image_classifier_alone() -> None:
    logits = Logits(torch.randn(1, 3, requires_grad=True), torch.zeros(0, 3), torch.zeros(0, 3))
    yes, no = torch.tensor([True]), torch.tensor([False])
    label, none = torch.tensor([2]), torch.tensor([], dtype=torch.long)
    post = Batch(NOTHING, NOTHING, yes, no, label, label, label, none, torch.zeros(1), [])
    losses = multitask_loss(logits, post)
    assert_same(losses.total, losses.image)
    assert (losses.text, losses.fused) == (0, 0)
    losses.total.backward()
    assert logits.image.grad is not None
    assert logits.image.grad.isfinite().all()


def test_class_weights_and_smoothing(logits: Logits) -> None:
    weights = torch.tensor([1.0, 2.0, 3.0])
    losses = multitask_loss(logits, POSTS, class_weights=weights, label_smoothing=0.1)
    expected = F.cross_entropy(logits.text, torch.tensor([0, 2, 1]), weights, label_smoothing=0.1)
    assert_same(losses.text, expected)


def test_modality_heads_learn_the_labels_of_image_and_text_alone(logits: Logits) -> None:
    alone = torch.randn(3, 3, requires_grad=True)
    both = logits._replace(image_alone=alone, text_alone=alone)
    weighting = FixedWeights(LossWeights(modality=0.5))
    losses = multitask_loss(both, POSTS, weighting=weighting)
    known = F.cross_entropy(alone[:2], torch.tensor([0, 1])) + F.cross_entropy(alone[:2], torch.tensor([1, 2]))
    assert_same(losses.modality, known)
    assert_same(losses.total, losses.image + losses.text + losses.fused + 0.5 * known)
    losses.modality.backward()
    assert alone.grad is not None
    assert not alone.grad[2].any()


@pytest.mark.parametrize("weight", [-1.0, math.inf, math.nan, 10**400])
def test_weights_that_are_not_weights(weight):
    with pytest.raises(SettingError, match=f"alpha.text is {weight!s:.80}; it must be a finite number of at least 0"):
        LossWeights(text=weight)


def test_weights_of_which_none_trains_a_classifier():
    with pytest.raises(SettingError, match="alpha.image, alpha.text and alpha.fused are all 0"):
        LossWeights(0, 0, 0, modality=1)
    assert LossWeights(0, 0, 1).fused == 1


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
        value = F.cross_entropy(bias + offsets(sources).text, labels)
        value.backward()
        return value

    optimizer.step(loss)
    torch.testing.assert_close(bias.softmax(0), torch.tensor([0.5, 0.5]), atol=1e-3, rtol=0)
    shares = (bias + offsets(torch.arange(2)).text).softmax(1)
    torch.testing.assert_close(shares[:, 1], torch.tensor([1 / 3, 2 / 3]), atol=1e-3, rtol=0)


def test_each_classifier_has_the_offsets_of_the_posts_that_it_sees():
    has_image, has_text = torch.tensor([True, False, True]), torch.tensor([True, True, False])
    labels = torch.tensor([0, 1, 1])
    logits = Logits(torch.randn(2, 2), torch.randn(2, 2), torch.randn(1, 2))
    offsets = Offsets(*(torch.randn(3, 2) for _ in range(3)))
    alone = torch.zeros(2)
    posts = Batch(NOTHING, NOTHING, has_image, has_text, labels, labels[has_image], alone, alone, alone, [])
    losses = multitask_loss(logits, posts, offsets=offsets)
    assert_same(losses.image, F.cross_entropy(logits.image + offsets.image[[0, 2]], labels[[0, 2]]))
    assert_same(losses.text, F.cross_entropy(logits.text + offsets.text[[0, 1]], labels[[0, 1]]))
    assert_same(losses.fused, F.cross_entropy(logits.fused + offsets.fused[[0]], labels[[0]]))


def test_images_without_a_target_teach_nothing():
    both = torch.tensor([True, True])
    logits = Logits(torch.randn(2, 2), torch.randn(2, 2), torch.randn(2, 2))
    labels, targets = torch.tensor([0, 1]), torch.tensor([UNKNOWN_LABEL, 0])
    alone = torch.zeros(2)
    value = multitask_loss(logits, Batch(NOTHING, NOTHING, both, both, labels, targets, alone, alone, alone, []))
    assert_same(value.image, F.cross_entropy(logits.image[1:], targets[1:]))
    assert_same(value.fused, F.cross_entropy(logits.fused, labels))
