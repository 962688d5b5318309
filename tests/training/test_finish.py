"""What the training posts and the best epoch say of a model."""

from types import SimpleNamespace

import pytest

from anymood.datasets.corpus import Example
from anymood.labels import LabelSet
from anymood.posts import Post
from anymood.training.finish import chance_warning


def fitted(accuracy):
    record = {"epoch": 2, "validation": {"routed": {"n": 100, "accuracy": accuracy}}}
    return SimpleNamespace(best_epoch=2, records=[record | {"epoch": 1}, record])


@pytest.mark.parametrize(("accuracy", "warned"), [(0.55, True), (0.6, True), (0.67, True), (0.69, False), (0.9, False)])
def test_a_model_that_is_not_better_than_chance_is_reported(accuracy, warned):
    validation = SimpleNamespace(examples=[Example(Post("a"), label) for label in [1] * 60 + [0] * 40])
    of = SimpleNamespace(
        validation=validation, labels=LabelSet(("bad", "good")), recipe=SimpleNamespace(start_from=None)
    )
    warning = chance_warning(of, fitted(accuracy))
    assert (warning is not None) == warned
    if warning:
        assert "always predicting 'good' is 60.0%" in warning
        assert "--recipe default" in warning
