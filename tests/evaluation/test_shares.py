import numpy as np
import pytest
from posteriors import scored

from anymood.errors import InputError
from anymood.evaluation.quantification import Quantifier
from anymood.evaluation.shares import MIN_POSTS, ShareEstimator, differences


@pytest.fixture(scope="module")
def quantifier():
    return Quantifier.fit(*scored([2000, 2000, 2000]))


def estimator(quantifier, *groups, copies=None, seed=0, resamples=400):
    """Of groups of posts, each given by how many there are of each class."""
    parts = [scored(counts, seed=100 + g)[0] for g, counts in enumerate(groups)]
    rows = np.concatenate(parts)
    group = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    names = np.full(len(rows), "text")
    return ShareEstimator(
        {"text": quantifier}, quantifier.cell_of(rows), names, group, copies, seed=seed, resamples=resamples
    )


def test_groups_and_their_union(quantifier):
    shares = estimator(quantifier, [800, 100, 100], [100, 800, 100]).shares([[1, 0], [0, 1], [1, 1]])
    assert shares.posts.tolist() == [1000, 1000, 2000]
    low, high = shares.intervals()
    for q, true in enumerate([[0.8, 0.1, 0.1], [0.1, 0.8, 0.1], [0.45, 0.45, 0.1]]):
        assert np.abs(shares.shares[q] - true).max() < 0.06
        assert (low[q] <= shares.shares[q]).all()
        assert (shares.shares[q] <= high[q]).all()
        assert (low[q] >= 0).all()
        assert (high[q] <= 1).all()


def test_coverage():
    """Both sources of error: other labelled posts, other posts."""
    covered = []
    for seed in range(40):
        learnt = Quantifier.fit(*scored([150, 150, 150], seed=1000 + seed))
        true = np.random.default_rng(seed).dirichlet(np.ones(3))
        rows, _ = scored(np.random.default_rng(seed).multinomial(300, true), seed=2000 + seed)
        names = np.full(300, "text")
        shares = ShareEstimator(
            {"text": learnt}, learnt.cell_of(rows), names, np.zeros(300, int), resamples=200, seed=seed
        )
        low, high = shares.shares([[1]]).intervals()
        covered.append((low[0] <= true) & (true <= high[0]))
    assert 0.89 <= np.mean(covered) <= 0.995


def test_copies_make_intervals_wider(quantifier):
    alone = estimator(quantifier, [100, 100, 100])
    one_text_ten_times = estimator(quantifier, [100, 100, 100], copies=np.arange(300) // 10)
    widths = [np.subtract(*each.shares([[1]]).intervals()[::-1]).mean() for each in (alone, one_text_ten_times)]
    assert widths[1] > 1.5 * widths[0]


def test_each_classifier_has_its_own_quantifier(quantifier):
    """Shares of the parts are weighted by their posts; those without a quantifier are left out."""
    text, image, other = scored([300, 0, 0], 1)[0], scored([0, 0, 100], 2)[0], scored([0, 50, 0], 3)[0]
    rows = np.concatenate([text, image, other])
    names = np.repeat(["text", "image", "fused"], [300, 100, 50])
    both = {"text": quantifier, "image": quantifier}
    shares = ShareEstimator(both, quantifier.cell_of(rows), names, np.zeros(450, int)).shares([[1]])
    assert shares.posts.tolist() == [400]
    assert shares.shares[0] == pytest.approx([0.75, 0, 0.25], abs=0.04)


def test_a_difference_is_found_and_its_sign_reported(quantifier):
    shares = estimator(quantifier, [300, 100, 100], [100, 100, 300]).shares(np.eye(2))
    compared = differences(shares, [(0, 1)])
    assert [each.label for each in compared] == [0, 1, 2]
    first, second, third = compared
    assert first.difference == pytest.approx(0.4, abs=0.12)
    assert third.difference == pytest.approx(-0.4, abs=0.12)
    assert max(first.adjusted, third.adjusted) < 0.001
    assert second.adjusted > 0.05
    for each in compared:
        low, high = each.interval
        assert low <= each.difference <= high
        assert each.p_value <= each.adjusted


def test_the_same_posts_do_not_differ(quantifier):
    shares = estimator(quantifier, [300, 100, 100]).shares([[1], [1]])
    for each in differences(shares, [(0, 1)]):
        assert (each.difference, each.p_value) == (0, 1)


def test_few_posts_are_not_compared(quantifier):
    few = [MIN_POSTS // 3] * 2 + [MIN_POSTS // 3 - 1]
    shares = estimator(quantifier, few, [200, 200, 200]).shares(np.eye(2))
    assert differences(shares, [(0, 1)]) == ()


def test_of_two_classes_one_is_compared():
    rows, truth = scored([400, 0, 400])
    rows, truth = rows[:, [0, 2]] / rows[:, [0, 2]].sum(1, keepdims=True), truth // 2
    learnt = Quantifier.fit(rows, truth)
    estimator = ShareEstimator({"text": learnt}, learnt.cell_of(rows), np.full(800, "text"), truth)
    [compared] = differences(estimator.shares(np.eye(2)), [(0, 1)])
    assert compared.label == 1
    assert compared.difference == pytest.approx(-1, abs=0.1)


def test_the_seed_decides(quantifier):
    ends = [estimator(quantifier, [90, 5, 5], seed=seed).shares([[1]]).intervals()[0] for seed in (1, 1, 2)]
    assert ends[0] == pytest.approx(ends[1], abs=1e-9)
    assert ends[0] != pytest.approx(ends[2], abs=1e-9)


def test_misfit_is_that_of_posts_of_another_kind(quantifier):
    assert estimator(quantifier, [500, 300, 200]).misfit() < 0.03
    rows = np.tile([[0.34, 0.33, 0.33]], (500, 1))  # of which the labelled posts have hardly any
    strange = ShareEstimator({"text": quantifier}, quantifier.cell_of(rows), np.full(500, "text"), np.zeros(500, int))
    assert strange.misfit() > 0.3


def test_a_set_without_posts(quantifier):
    shares = estimator(quantifier, [50, 50, 50]).shares([[1], [0]])
    assert shares.posts.tolist() == [150, 0]
    assert np.isfinite(shares.draws).all()


def test_no_quantifier_for_any_post(quantifier):
    cells, names = np.array([0, 1]), np.array(["image", "none"])
    with pytest.raises(InputError, match="No post"):
        ShareEstimator({"text": quantifier}, cells, names, np.zeros(2, int)).shares([[1]])


def test_lengths_that_differ(quantifier):
    with pytest.raises(InputError, match="same posts"):
        ShareEstimator({"text": quantifier}, np.zeros(3, int), np.full(2, "text"), np.zeros(3, int))


def test_wrong_groups_cells_unions_and_pairs_are_named(quantifier):
    def of(cells=(0, 1, 2), groups=(0, 0, 1), resamples=2):
        return ShareEstimator({"text": quantifier}, cells, ["text"] * 3, groups, resamples=resamples)

    shares = of().shares([[1, 0], [0, 1]])  # lists are arrays
    assert shares.posts.tolist() == [2, 1]
    for arguments, message in (
        ({"groups": (0, -1, 1)}, "numbers from 0"),
        ({"groups": (0.0, 0.5, 1.0)}, "groups must be one integer per post"),
        ({"cells": (0, 1, 99)}, "A cell is 99, but the quantifier text has 32"),
        ({"resamples": 0}, "at least one resample"),
    ):
        with pytest.raises(InputError, match=message):
            of(**arguments)
    for unions in ([[1]], [1, 0], [[-1, 1]], [[np.nan, 1]], [["a", "b"]]):
        with pytest.raises(InputError, match="The unions must"):
            of().shares(unions)
    for pair in ((0, 2), (-1, 0), (0,)):
        with pytest.raises(InputError, match="must be two numbers of sets, from 0 to 1"):
            differences(shares, [pair])
    for confidence in (95, "x"):
        with pytest.raises(InputError, match="between 0 and 1"):
            shares.intervals(confidence)
