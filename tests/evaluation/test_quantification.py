import json

import numpy as np
import pytest
import quapy.method.aggregative as quapy
from posteriors import scored
from scipy.optimize import minimize
from sklearn.base import BaseEstimator, ClassifierMixin

from anymood.errors import InputError
from anymood.evaluation.quantification import (
    MIN_POSTS_PER_CLASS,
    Quantifier,
    _calibrated,
    _mixture_shares,
    quantifiers_from_json,
    quantifiers_to_json,
)
from anymood.labels import LabelSet
from anymood.probabilities import softmax


class Posteriors(ClassifierMixin, BaseEstimator):
    """Hands probabilities through to QuaPy."""

    classes_ = np.arange(3)

    def __sklearn_is_fitted__(self):
        return True

    def fit(self, rows, truth):
        return self

    def predict_proba(self, rows):
        return rows


@pytest.fixture(scope="module")
def quantifier():
    return Quantifier.fit(*scored([3000, 3000, 3000]))


def histogram(quantifier, rows):
    return np.bincount(quantifier.cell_of(rows), minlength=quantifier.cells)


def errors(shares, expected):
    return np.abs(shares - expected).max()


@pytest.mark.parametrize("counts", [[4000, 500, 500], [500, 4000, 500], [300, 300, 4400], [0, 3000, 2000]])
def test_shares_are_found_where_counting_is_far_off(quantifier, counts):
    rows, _ = scored(counts, seed=7)
    true = np.array(counts) / sum(counts)
    counted = np.bincount(rows.argmax(1), minlength=3) / len(rows)
    estimated = quantifier.shares(histogram(quantifier, rows))
    assert errors(estimated, true) < 0.05
    assert errors(estimated, true) < errors(counted, true)


@pytest.mark.filterwarnings("ignore:scipy.misc is deprecated")  # which abstention imports, the calibration of QuaPy
@pytest.mark.parametrize("seed", range(3))
def test_shares_are_those_of_quapy(quantifier, seed):
    labelled = scored([3000, 3000, 3000])
    posteriors = Posteriors()
    # QuaPy's own steps end early, at a change of 1e-4.
    reference = quapy.EMQ(posteriors, fit_classifier=False, val_split=labelled, calib="bcts", exact_train_prev=False)
    reference.fit(*labelled)
    rows, _ = scored(np.random.default_rng(seed).integers(200, 3000, 3), seed=seed + 10)
    assert errors(quantifier.shares(histogram(quantifier, rows)), reference.predict(rows)) < 0.015


def test_likelihood_has_its_maximum_there():
    generator = np.random.default_rng(1)
    ratios, counts = generator.dirichlet(np.ones(8), 4), generator.integers(1, 100, 8)

    def loss(free):
        shares = softmax(np.array([*free, 0.0])[None])[0]
        return -(counts * np.log(shares @ ratios)).sum()

    best = min((minimize(loss, start) for start in generator.normal(size=(5, 3))), key=lambda result: result.fun)
    result = _mixture_shares(counts.astype(float), ratios)
    assert -(counts * np.log(result @ ratios)).sum() <= best.fun + 1e-4
    assert result.sum() == pytest.approx(1)


def test_calibration_maximises_the_likelihood():
    generator = np.random.default_rng(2)
    logits, counts = generator.normal(size=(20, 3)), generator.integers(1, 50, (3, 20))

    def loss(parameters):
        slope, *bias = parameters
        return -(counts * np.log(softmax(slope * logits + np.array([0, *bias]))).T).sum()

    best = minimize(loss, [1.0, 0.0, 0.0])
    expected = softmax(best.x[0] * logits + np.array([0, *best.x[1:]])).T
    assert _calibrated(logits, counts.astype(float)) == pytest.approx(expected, abs=1e-3)


def test_many_histograms_at_once_are_as_one_by_one(quantifier):
    histograms = np.random.default_rng(3).integers(0, 50, (5, 4, quantifier.cells))
    ratios = quantifier.resampled(5, np.random.default_rng(4))
    together = quantifier.shares(histograms, ratios[:, None])
    for b in range(5):
        for g in range(4):
            assert quantifier.shares(histograms[b, g], ratios[b]) == pytest.approx(together[b, g], abs=1e-5)


def test_without_posts_nothing_is_known(quantifier):
    assert quantifier.shares(np.zeros(quantifier.cells)) == pytest.approx(np.full(3, 1 / 3))


def test_what_a_classifier_did_not_see_has_no_cell(quantifier):
    rows, _ = scored([2, 2, 2])
    cells = quantifier.cell_of(np.insert(rows, 3, np.nan, axis=0))
    assert cells[3] == -1
    assert (np.delete(cells, 3) == quantifier.cell_of(rows)).all()


def test_expected_histogram_is_that_of_labelled_posts(quantifier):
    shares = quantifier.counts.sum(1) / quantifier.counts.sum()
    expected = quantifier.expected(shares)
    assert expected.sum() == pytest.approx(1)
    assert np.abs(expected - quantifier.counts.sum(0) / quantifier.counts.sum()).sum() < 0.02


def test_two_classes():
    rows, truth = scored([500, 0, 500])
    rows, truth = rows[:, [0, 2]] / rows[:, [0, 2]].sum(1, keepdims=True), truth // 2
    estimated = Quantifier.fit(rows, truth)
    assert estimated.shares(histogram(estimated, rows[truth == 0])) == pytest.approx([1, 0], abs=0.03)


def test_file_of_a_bundle(quantifier):
    labels = LabelSet(("a", "b", "c"))
    content = quantifiers_to_json({"text": quantifier}, labels, "9,000 posts")
    read, source = quantifiers_from_json(content, labels)
    assert source == "9,000 posts"
    rows, _ = scored([900, 300, 10], seed=5)
    before, after = (each.shares(histogram(each, rows)) for each in (quantifier, read["text"]))
    assert after == pytest.approx(before, abs=1e-3)
    assert len(content) < 3000


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda values: values.pop("classifiers"), "classifiers"),
        (lambda values: values.update(format_version=2), "format 2"),
        (lambda values: values.update(labels=["x", "y", "z"]), "x, y, z"),
        (lambda values: values["classifiers"]["text"].pop("counts"), "counts"),
        (lambda values: values["classifiers"]["text"].update(counts=[[1, 2]]), "non-negative integers"),
        (lambda values: values["classifiers"]["text"].update(centres="many"), "centres"),
        (lambda values: values.update(classifiers=3), "is invalid"),
    ],
)
def test_damaged_file(quantifier, damage, message):
    labels = LabelSet(("a", "b", "c"))
    values = json.loads(quantifiers_to_json({"text": quantifier}, labels, ""))
    damage(values)
    with pytest.raises(InputError, match=message):
        quantifiers_from_json(json.dumps(values).encode(), labels)


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"null", b"\xff"])
def test_file_that_is_something_else(content):
    with pytest.raises(InputError, match="is invalid"):
        quantifiers_from_json(content, LabelSet(("a", "b")))


def test_too_few_of_a_class():
    rows, truth = scored([100, MIN_POSTS_PER_CLASS - 1, 100])
    with pytest.raises(InputError, match="Class 1 has 19 labelled posts"):
        Quantifier.fit(rows, truth)


def test_other_number_of_classes(quantifier):
    with pytest.raises(InputError, match="2 classes"):
        quantifier.cell_of([[0.5, 0.5]])


def test_wrong_histograms_shares_and_counts_are_named(quantifier):
    for histogram in ([1], np.full(quantifier.cells, -1), np.full(quantifier.cells, np.nan), ["a"], None):
        with pytest.raises(InputError, match="The histogram must"):
            quantifier.shares(histogram)
    with pytest.raises(InputError, match=r"The shares must have shape \(\.\.\., 3\)"):
        quantifier.expected([0.5, 0.5])
    with pytest.raises(InputError, match="non-negative integers"):
        Quantifier(np.array([[0.5, 0.5]]), [[1], [2.7]])
    with pytest.raises(InputError, match="'cells' is 0"):
        Quantifier.fit([[0.5, 0.5]], [0], cells=0)
