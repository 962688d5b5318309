import torch
from same import assert_same

from anymood.network.weightings import LossWeights
from anymood.network.weightings.gradnorm import MIN_WEIGHT, RESTORING


def test_a_step_follows_the_gradient_of_the_papers_loss(make, problem):
    weighting, losses = make("gradnorm", LossWeights(image=1.0, text=0.5, fused=1.5), 0.01), problem.losses()
    w = torch.tensor([1.0, 0.5, 1.5], requires_grad=True)
    total = torch.zeros(())
    for encoder, tasks in zip(problem.encoders, ((0, 2), (1, 2)), strict=True):
        names = [("image", "text", "fused")[task] for task in tasks]
        layer = encoder.project[0].weight
        pulls = torch.stack(
            [
                torch.autograd.grad(w[task] * losses[name], layer, create_graph=True)[0].norm()
                for task, name in zip(tasks, names, strict=True)
            ]
        )
        values = torch.stack([losses[name].detach() for name in names])
        target = (pulls.mean() * (values / values.mean()) ** RESTORING).detach()
        total = total + (pulls - target).abs().sum()
    total.backward(retain_graph=True)
    moved = (w - 0.01 * w.grad).detach()
    weighting(losses, problem.encoders)
    assert_same(torch.tensor(list(weighting.weights().values())), moved * 3 / moved.sum())


def test_a_task_that_pulls_too_strongly_loses_weight(make, problem):
    weighting = make("gradnorm")
    for _ in range(300):
        losses = problem.losses()
        stronger = losses["image"] + 20 * (losses["image"] - losses["image"].detach())  # by its gradient alone
        weighting({**losses, "image": stronger}, problem.encoders)
    weights = weighting.weights()
    assert all(weight >= MIN_WEIGHT / 2 for weight in weights.values())
    assert_same(sum(weights.values()), 3.0)
    assert weights["image"] < 0.5


def test_without_encoders_the_weights_stay(make, problem):
    weighting = make("gradnorm")
    weighting(problem.losses())
    assert_same(weighting.weights(), {"image": 1.0, "text": 1.0, "fused": 1.0})
