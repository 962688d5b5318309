from types import SimpleNamespace

import numpy as np
import pytest
from same import assert_same

from anymood.datasets.corpus import Example
from anymood.labels import LabelSet
from anymood.posts import Post
from anymood.training.label_shares import prior, source_offsets
from anymood.training.sampling import Quota

PICTURE = np.zeros((2, 2, 3), np.uint8)


def prepared(examples, quotas, *, label_offsets):
    names = dict.fromkeys(example.source for example in examples)
    items = SimpleNamespace(examples=examples, sources=tuple(names))
    recipe = SimpleNamespace(label_offsets=label_offsets, image_target="image")
    return SimpleNamespace(train=items, quotas=quotas, labels=LabelSet(("bad", "good")), recipe=recipe)


def texts(labels, sources):
    return [Example(Post("a"), label, source=source) for label, source in zip(labels, sources, strict=True)]


def test_shares_are_those_of_the_posts_that_are_drawn():
    quotas = [Quota(np.arange(2), 3), Quota(np.arange(2, 6), 1)]
    shares = prior(prepared(texts([0, 0, 0, 1, 1, 1], ["a"] * 6), quotas, label_offsets=False))
    assert shares == pytest.approx({"bad": 3.25 / 4, "good": 0.75 / 4})


def test_with_label_offsets_every_source_counts_the_same():
    labels, sources = [0, 0, 1] + [0, 1, 1] * 3, ["a"] * 3 + ["b"] * 9
    shares = prior(prepared(texts(labels, sources), [Quota(np.arange(12), 120)], label_offsets=True))
    assert shares == pytest.approx({"bad": 0.5, "good": 0.5})


@pytest.mark.parametrize("label_offsets", [False, True])
def test_of_a_label_that_no_post_has_nothing_is_said(label_offsets):
    posts = texts([0, 0], ["a", "b"])
    assert prior(prepared(posts, [Quota(np.arange(2), 2)], label_offsets=label_offsets)) == {}


def test_offsets_are_the_logarithms_of_shares_around_their_average():
    pairs = [Example(Post("a", PICTURE), n % 2, image_label=int(n > 0), source="pairs") for n in range(4)]
    posts = [*texts([0, 0, 1] * 4, ["texts"] * 12), *pairs]
    both, images = source_offsets(prepared(posts, [Quota(np.arange(16), 16)], label_offsets=True))
    average = (np.log([2 / 3, 1 / 3]) + np.log([1 / 2, 1 / 2])) / 2
    assert_same(both, np.log([[2 / 3, 1 / 3], [1 / 2, 1 / 2]]) - average)
    assert_same(images, [[0, 0], np.log([1 / 4, 3 / 4]) - average])
