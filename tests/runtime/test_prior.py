import pickle
import re

import numpy as np
import pytest
from same import assert_same

import anymood
from anymood.errors import SettingError
from anymood.runtime.predictor import Model
from anymood.runtime.prior import checked_prior, parse_prior

TRAINED = {"negative": 0.25, "neutral": 0.25, "positive": 0.5}
WANTED = {"negative": 0.5, "neutral": 0.3, "positive": 0.2}


@pytest.fixture(scope="module")
def bundle_with_prior(bundles, tmp_path_factory):
    """A bundle that records the label proportions of its training posts."""
    return bundles.write_bundle(tmp_path_factory.mktemp("prior") / "bundle", prior=TRAINED)


def test_probabilities_follow_bayes(bundle_with_prior):
    plain, shifted = Model(bundle_with_prior), Model(bundle_with_prior, prior=WANTED)
    image = np.full((8, 8), 120, np.uint8)
    before, after = plain.predict("love report", image), shifted.predict("love report", image)
    for name in ("text", "image", "fused"):
        values = np.array(getattr(before, name).values) * [WANTED[label] / TRAINED[label] for label in TRAINED]
        assert_same(getattr(after, name).values, values / values.sum())
    assert_same(Model(bundle_with_prior, prior=TRAINED).predict("love report", image), before)


def test_shares_are_divided_by_their_sum(bundle_with_prior):
    assert checked_prior({"positive": 2, "neutral": 3, "negative": 5}, bundle_with_prior) == WANTED
    assert list(checked_prior(WANTED, bundle_with_prior)) == ["negative", "neutral", "positive"]


@pytest.mark.parametrize("kind", [np.int64, np.uint8, np.float32, np.float64])
def test_shares_may_be_numbers_of_numpy_such_as_counts_of_labels(bundle_with_prior, kind):
    counts = {"positive": kind(2), "neutral": kind(3), "negative": kind(5)}
    assert checked_prior(counts, bundle_with_prior) == WANTED
    with pytest.raises(SettingError, match="share of neutral is True"):
        checked_prior(counts | {"neutral": np.True_}, bundle_with_prior)


def test_a_share_of_none_makes_a_label_impossible(bundle_with_prior):
    model = Model(bundle_with_prior, prior={"negative": 0.5, "neutral": 0.5, "positive": 0})
    assert model.predict("love").probabilities["positive"] == 0
    assert model.predict("love").label in ("negative", "neutral")


def test_a_model_keeps_its_prior_when_it_is_pickled(bundle_with_prior):
    model = anymood.load(bundle_with_prior.folder, prior=WANTED)
    again = pickle.loads(pickle.dumps(model))  # noqa: S301
    assert again.prior == WANTED
    assert_same(again.predict("love"), model.predict("love"))
    assert Model(bundle_with_prior).prior == TRAINED


@pytest.mark.parametrize(
    ("prior", "message"),
    [
        ({"negative": 1, "positive": 1}, "lacks neutral. Give a share for each of negative, neutral, positive"),
        ({**WANTED, "mixed": 0.1}, "names mixed, but the model's labels are negative, neutral, positive"),
        ({**WANTED, "neutral": -0.1}, "share of neutral is -0.1"),
        ({**WANTED, "neutral": float("nan")}, "share of neutral is nan"),
        ({**WANTED, "neutral": "many"}, "share of neutral is 'many'"),
        (np.array([0.5, 0.3, 0.2]), "is a mapping of labels to shares, not ndarray"),
        ({**WANTED, "neutral": 10**400}, "share of neutral is 1000"),
        (dict.fromkeys(WANTED, 1e308), "The shares of the prior are too large"),
        (dict.fromkeys(WANTED, 0), "All shares of the prior are 0"),
        ([0.2, 0.5, 0.3], "a mapping of labels to shares, not list"),
    ],
)
def test_a_prior_that_does_not_fit_is_refused(bundle_with_prior, prior, message):
    with pytest.raises(SettingError, match=message):
        Model(bundle_with_prior, prior=prior)


def test_a_model_that_does_not_know_its_own_proportions_takes_no_others(bundle):
    with pytest.raises(SettingError, match="does not record the label proportions that it assumes"):
        Model(bundle, prior=WANTED)


def test_a_uniform_prior(bundle_with_prior):
    assert Model(bundle_with_prior, prior="uniform").prior == pytest.approx(dict.fromkeys(TRAINED, 1 / 3))


def test_a_prior_as_text():
    assert parse_prior("positive=0.3, neutral=.5,negative = 20e-2") == {
        "positive": 0.3,
        "neutral": 0.5,
        "negative": 0.2,
    }
    assert parse_prior(" uniform ") == "uniform"
    assert parse_prior("a=b=1") == {"a=b": 1}
    assert parse_prior("50% off=3") == {"50% off": 3}
    assert parse_prior("positive=30%, neutral=50 %,negative=0.2") == {"positive": 0.3, "neutral": 0.5, "negative": 0.2}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "'', which is not a label with its share"),
        ("even", "'even', which is not a label with its share. Write it as positive=0.3"),
        ("positive", "'positive', which"),
        ("positive=much", "'positive=much', which"),
        ("positive=30%,neutral=50,negative=20", "percentages and numbers above 1"),
        ("positive=%", "'positive=%', which"),
        ("positive=nan", "'positive=nan', which"),
        ("=0.3", "'=0.3', which"),
        ("positive=1,", "'', which"),
        ("positive=0.3,positive=0.7", "names 'positive' twice"),
    ],
)
def test_a_text_that_is_not_a_prior(text, message):
    with pytest.raises(SettingError, match=re.escape(message)):
        parse_prior(text)
