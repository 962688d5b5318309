"""scikit-learn's own checks of estimators.

They hand over arrays of numbers, which our estimators refuse, as they take posts. So each check runs on an estimator
that is ours but for one thing: it spells numbers as words first.
"""

import numpy as np
import pytest
from sklearn.utils.estimator_checks import estimator_checks_generator
from sklearn.utils.validation import validate_data

from anymood.sklearn import MoodClassifier, MoodFeatures

BATCHES = (
    "it asks for 1e-7 between batches; encoders compute in float32, and promise 1e-5 (test_batches in test_classifier)"
)
CANNOT_APPLY = {
    "check_array_api_input": "it is about arrays of numbers on other devices, and posts are texts and images",
    "check_methods_sample_order_invariance": BATCHES,
    "check_methods_subset_invariance": BATCHES,
}
WORDS = ("love", "hate", "wonderful", "awful", "happy", "sad", "best", "broken", "sunny", "terrible")
STEPS = 40  # words a number


def spelled(values):
    """Texts that say the numbers of each row: so many times a word, and so many times another."""
    shares = 1 / (1 + np.exp(-np.asarray(values, float) / 4))
    texts = []
    for row in np.rint(shares * STEPS).astype(int).tolist():
        pairs = [(WORDS[2 * place % len(WORDS)], WORDS[(2 * place + 1) % len(WORDS)]) for place in range(len(row))]
        words = [f"{one} " * count + f"{two} " * (STEPS - count) for count, (one, two) in zip(row, pairs, strict=True)]
        texts.append("".join(words))
    return texts


class OfNumbers:
    """An estimator whose posts spell the numbers of arrays."""

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = True
        tags.input_tags.one_d_array = tags.input_tags.string = tags.input_tags.allow_nan = False
        return tags

    def fit(self, X, y=None, **options):
        if y is None and isinstance(self, MoodClassifier):
            return super().fit(X, y)
        X = validate_data(self, X) if y is None else validate_data(self, X, y)[0]
        return super().fit(spelled(X), y, **options)

    def _spelled(self, X):
        return spelled(validate_data(self, X, reset=False)) if hasattr(self, "n_features_in_") else X


class NumberClassifier(OfNumbers, MoodClassifier):
    def predict_proba(self, X):
        return super().predict_proba(self._spelled(X))


class NumberFeatures(OfNumbers, MoodFeatures):
    def transform(self, X):
        return super().transform(self._spelled(X))


def name_of(check):
    return getattr(check, "func", check).__name__


CHECKS = [
    (kind, check) for kind in (NumberClassifier, NumberFeatures) for _, check in estimator_checks_generator(kind())
]
APPLIED = [(kind, check) for kind, check in CHECKS if name_of(check) not in CANNOT_APPLY]


@pytest.mark.parametrize(
    ("kind", "check"), APPLIED, ids=[f"{kind.__name__}-{name_of(check)}" for kind, check in APPLIED]
)
def test_checks_of_scikit_learn(kind, check, bundle):
    check(kind(base=str(bundle.folder), threads=1, engine="onnxruntime"))


def test_most_checks_are_applied_and_the_others_are_named():
    assert {name_of(check) for _, check in CHECKS} >= set(CANNOT_APPLY)
    assert len(APPLIED) > 90


@pytest.mark.parametrize("kind", [MoodClassifier, MoodFeatures])
def test_what_an_estimator_says_of_itself(kind):
    """Tools that look for arrays of numbers are told that it takes texts."""
    with pytest.warns(UserWarning, match="Can't test estimator"):
        names = [name_of(check) for _, check in estimator_checks_generator(kind())]
    assert "check_estimator_cloneable" in names
    assert not kind().__sklearn_tags__().input_tags.two_d_array
