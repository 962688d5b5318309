import math

import pytest
import torch
import torch.nn.functional as F
from same import assert_same

from anymood.errors import SettingError
from anymood.labels import UNKNOWN_LABEL
from anymood.network.loss import multitask_loss
from anymood.network.loss_weights import LossWeights
from anymood.network.multitask import Logits
from anymood.network.weightings.fixed import FixedWeights

# pair, lone image, lone text, pair
HAS_IMAGE = torch.tensor([True, True, False, True])
HAS_TEXT = torch.tensor([True, False, True, True])
LABELS = torch.tensor([0, 1, 2, 1])
IMAGE_LABELS = torch.tensor([0, 1, UNKNOWN_LABEL])  # of the images alone
TEXT_LABELS = torch.tensor([1, 2, UNKNOWN_LABEL])


@pytest.fixture
def logits() -> Logits:
    torch.manual_seed(0)
    return Logits(*(torch.randn(count, 3, requires_grad=True) for count in (3, 3, 2)))


def test_each_classifier_learns_from_the_posts_it_sees(logits: Logits) -> None:
    losses = multitask_loss(logits, LABELS, HAS_IMAGE, HAS_TEXT, IMAGE_LABELS, TEXT_LABELS)
    assert_same(losses.image, F.cross_entropy(logits.image, torch.tensor([0, 1, 1])))
    assert_same(losses.text, F.cross_entropy(logits.text, torch.tensor([0, 2, 1])))
    assert_same(losses.fused, F.cross_entropy(logits.fused, torch.tensor([0, 1])))
    assert_same(losses.total, losses.image + losses.text + losses.fused)


def test_alpha_weighs_the_tasks(logits: Logits) -> None:
    losses = multitask_loss(
        logits,
        LABELS,
        HAS_IMAGE,
        HAS_TEXT,
        IMAGE_LABELS,
        TEXT_LABELS,
        weighting=FixedWeights(LossWeights(image=0.5, text=2.0, fused=0.0)),
    )
    assert_same(losses.total, 0.5 * losses.image + 2 * losses.text)


def test_a_lone_image_teaches_the_image_classifier_alone() -> None:
    logits = Logits(torch.randn(1, 3, requires_grad=True), torch.zeros(0, 3), torch.zeros(0, 3))
    yes, no = torch.tensor([True]), torch.tensor([False])
    losses = multitask_loss(logits, torch.tensor([2]), yes, no, torch.tensor([2]), torch.tensor([], dtype=torch.long))
    assert_same(losses.total, losses.image)
    assert (losses.text, losses.fused) == (0, 0)
    losses.total.backward()
    assert logits.image.grad is not None
    assert logits.image.grad.isfinite().all()


def test_class_weights_and_smoothing(logits: Logits) -> None:
    weights = torch.tensor([1.0, 2.0, 3.0])
    losses = multitask_loss(
        logits, LABELS, HAS_IMAGE, HAS_TEXT, IMAGE_LABELS, TEXT_LABELS, class_weights=weights, label_smoothing=0.1
    )
    expected = F.cross_entropy(logits.text, torch.tensor([0, 2, 1]), weights, label_smoothing=0.1)
    assert_same(losses.text, expected)


def test_modality_heads_learn_the_labels_of_image_and_text_alone(logits: Logits) -> None:
    alone = torch.randn(3, 3, requires_grad=True)
    both = logits._replace(image_alone=alone, text_alone=alone)
    weighting = FixedWeights(LossWeights(modality=0.5))
    losses = multitask_loss(both, LABELS, HAS_IMAGE, HAS_TEXT, IMAGE_LABELS, TEXT_LABELS, weighting=weighting)
    known = F.cross_entropy(alone[:2], torch.tensor([0, 1])) + F.cross_entropy(alone[:2], torch.tensor([1, 2]))
    assert_same(losses.modality, known)
    assert_same(losses.total, losses.image + losses.text + losses.fused + 0.5 * known)
    losses.modality.backward()
    assert alone.grad is not None
    assert not alone.grad[2].any()


@pytest.mark.parametrize("weight", [-1.0, math.inf, math.nan])
def test_weights_that_are_no_weights(weight):
    with pytest.raises(SettingError, match=f"alpha.text is {weight}; it must be a finite number of at least 0"):
        LossWeights(text=weight)


def test_weights_of_which_none_trains_a_classifier():
    with pytest.raises(SettingError, match="alpha.image, alpha.text and alpha.fused are all 0"):
        LossWeights(0, 0, 0, modality=1)
    assert LossWeights(0, 0, 1).fused == 1
