from types import SimpleNamespace

import numpy as np
import pytest

from anymood.datasets.corpus import Example
from anymood.labels import LabelSet
from anymood.posts import Post
from anymood.training.batches import Quota
from anymood.training.finish import chance_warning, label_shares


def prepared(labels, sources, quotas, *, label_offsets):
    posts = [Example(Post("a"), label, source=source) for label, source in zip(labels, sources, strict=True)]
    names = dict.fromkeys(sources)
    items = SimpleNamespace(examples=posts, sources={name: index for index, name in enumerate(names)})
    return SimpleNamespace(
        train=items,
        quotas=quotas,
        labels=LabelSet(("bad", "good")),
        recipe=SimpleNamespace(label_offsets=label_offsets),
    )


def test_shares_are_those_of_the_posts_that_are_drawn():
    quotas = [Quota(np.arange(2), 3), Quota(np.arange(2, 6), 1)]
    shares = label_shares(prepared([0, 0, 0, 1, 1, 1], ["a"] * 6, quotas, label_offsets=False))
    assert shares == pytest.approx({"bad": 3.25 / 4, "good": 0.75 / 4})


def test_with_label_offsets_every_source_counts_the_same():
    quotas = [Quota(np.arange(12), 120)]
    labels, sources = [0, 0, 1] + [0, 1, 1] * 3, ["a"] * 3 + ["b"] * 9
    shares = label_shares(prepared(labels, sources, quotas, label_offsets=True))
    assert shares == pytest.approx({"bad": 0.5, "good": 0.5})


@pytest.mark.parametrize("label_offsets", [False, True])
def test_of_a_label_that_no_post_has_nothing_is_said(label_offsets):
    assert label_shares(prepared([0, 0], ["a", "b"], [Quota(np.arange(2), 2)], label_offsets=label_offsets)) == {}


def fitted(accuracy):
    record = {"epoch": 2, "validation": {"routed": {"n": 100, "accuracy": accuracy}}}
    return SimpleNamespace(best_epoch=2, records=[record | {"epoch": 1}, record])


@pytest.mark.parametrize(("accuracy", "warned"), [(0.55, True), (0.6, True), (0.67, True), (0.69, False), (0.9, False)])
def test_a_model_that_is_no_better_than_chance_is_told(accuracy, warned):
    validation = SimpleNamespace(examples=[Example(Post("a"), label) for label in [1] * 60 + [0] * 40])
    of = SimpleNamespace(
        validation=validation, labels=LabelSet(("bad", "good")), recipe=SimpleNamespace(start_from=None)
    )
    warning = chance_warning(of, fitted(accuracy))
    assert (warning is not None) == warned
    if warning:
        assert "always answering 'good' would get 60.0%" in warning
        assert "--recipe default" in warning
