"""What holds for every weighting."""

import pytest
import torch
from same import assert_same

from anymood.network.weightings import WEIGHTINGS, LossWeights

NAMES = ("dynamic-average", "fixed", "gradnorm", "pcgrad", "uncertainty")
ALPHA = LossWeights(image=0.5, text=2.0, fused=1.0)


def test_the_weightings_of_the_package():
    assert set(NAMES) <= set(WEIGHTINGS.names())


@pytest.mark.parametrize("name", NAMES)
def test_at_first_the_losses_have_the_weights_that_were_given(make, problem, name):
    weighting, losses = make(name, ALPHA), problem.losses()
    assert_same(weighting.weights(), {"image": 0.5, "text": 2.0, "fused": 1.0})
    total = weighting(losses, problem.encoders)
    assert_same(total, 0.5 * losses["image"] + 2 * losses["text"] + losses["fused"])
    total.backward()
    for encoder in problem.encoders:
        assert all(bool(parameter.grad.isfinite().all()) for parameter in encoder.parameters())


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("seen", [("image",), ("text", "fused")])
def test_tasks_of_which_a_batch_has_no_posts_are_left_alone(make, problem, name, seen):
    weighting = make(name, ALPHA)
    for _ in range(3):
        losses = problem.losses()
        total = weighting({task: losses[task] for task in seen}, problem.encoders)
        total.backward()
    weighting.end_epoch()
    weighting.end_epoch()
    for task, parameter in weighting.named_parameters():
        assert (parameter.grad is None) == (task.rpartition(".")[2] not in seen)
    if seen == ("image",):
        assert_same(weighting.weights(), {"image": 0.5, "text": 2.0, "fused": 1.0})


@pytest.mark.parametrize("name", NAMES)
def test_a_single_task(make, problem, name):
    weighting = make(name, LossWeights(image=0, text=1, fused=0))
    assert list(weighting.weights()) == ["text"]
    text = problem.losses()["text"]
    assert_same(weighting({"text": text}, problem.encoders), text)


@pytest.mark.parametrize("name", NAMES)
def test_its_state_travels_in_checkpoints(make, problem, name):
    torch.manual_seed(3)
    first, second = make(name), make(name)
    optimizer = torch.optim.SGD([*first.parameters(), torch.nn.Parameter(torch.zeros(1))], 0.1)
    for step in range(4):
        first(problem.losses(), problem.encoders).backward()
        optimizer.step()
        if step % 2:
            first.end_epoch()
    second.load_state_dict(first.state_dict())
    assert_same(second.weights(), first.weights())
    totals = []
    for weighting in (first, second):
        weighting(problem.losses(), problem.encoders)
        weighting.end_epoch()
        totals.append(weighting(problem.losses(), problem.encoders))
    assert_same(*totals)
