import torch
from same import assert_same

from anymood.network.weightings.pcgrad import project


def test_what_points_against_another_is_taken_off():
    one, other = torch.tensor([1.0, 0.0]), torch.tensor([-1.0, 1.0])
    # one without its part along other: (1, 0) + 1/2 (-1, 1); other without its part along one: (0, 1)
    assert_same(project([one, other]), torch.tensor([0.5, 0.5]) + torch.tensor([0.0, 1.0]))


def test_gradients_that_agree_stay():
    one, other = torch.tensor([1.0, 0.0]), torch.tensor([1.0, 1.0])
    assert_same(project([one, other]), torch.tensor([2.0, 1.0]))


def test_encoders_learn_by_the_projected_gradient_and_heads_by_their_own(make, problem):
    losses = problem.losses()
    losses["fused"] = losses["fused"] - 1.5 * losses["image"]  # so that these two conflict
    parameters = [list(encoder.parameters()) for encoder in problem.encoders]
    expected, conflicts = [], []
    for shared, names in zip(parameters, (("image", "fused"), ("text", "fused")), strict=True):
        own = [torch.autograd.grad(losses[name], shared, retain_graph=True, allow_unused=True) for name in names]
        gradients = [torch.cat([part.flatten() for part in one]) for one in own]
        expected.append(project(gradients))
        conflicts.append(float(torch.dot(*gradients)) < 0)
    assert conflicts[0]
    total = make("pcgrad")(losses, problem.encoders)
    assert_same(total, sum(losses.values()))
    total.backward()
    for shared, gradient in zip(parameters, expected, strict=True):
        assert_same(torch.cat([parameter.grad.flatten() for parameter in shared]), gradient)


def test_neither_of_two_tasks_is_worse_for_the_step():
    torch.manual_seed(0)
    conflicts = 0
    for one, other in torch.randn(50, 2, 6):
        total = project([one, other])
        conflicts += bool(torch.dot(one, other) < 0)
        assert torch.dot(total, one) >= -1e-5
        assert torch.dot(total, other) >= -1e-5
    assert 10 < conflicts < 40
