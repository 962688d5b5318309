import json
import pickle
import subprocess
import sys

import numpy as np
import pandas
import polars
import pyarrow
import pytest
from PIL import Image
from same import assert_same
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from anymood.errors import BundleError, MissingExtra, SettingError, TableError
from anymood.posts import Post
from anymood.runtime.predictor import Model
from anymood.sklearn import MoodClassifier

KIND = ("love", "wonderful", "happy", "best", "sunny", "great", "delight", "winner")
UNKIND = ("awful", "sad", "broken", "hate", "terrible", "lost", "angry", "ruined")


@pytest.fixture(scope="module")
def frame(tmp_path_factory):
    """40 posts: texts, images, both and nothing; bright or kind is ``good``."""
    folder = tmp_path_factory.mktemp("images")
    rng = np.random.default_rng(5)
    rows = []
    for number in range(40):
        good = number % 2 == 0
        path = folder / f"{number}.png"
        shades = rng.integers(150, 250) if good else rng.integers(5, 100)
        Image.fromarray(np.full((30, 30), shades, np.uint8)).save(path)
        text = " ".join(rng.choice(KIND if good else UNKIND, 4))
        kind = number // 2 % 4
        rows.append(
            {
                "text": text if kind in (0, 1) else None,
                "image": str(path) if kind in (0, 2) else np.nan,
                "mood": "good" if good else "bad",
            }
        )
    return pandas.DataFrame(rows)


@pytest.fixture
def classifier(bundle):
    return MoodClassifier(base=str(bundle.folder), threads=1, engine="onnxruntime")


@pytest.fixture
def fitted(classifier, frame):
    return classifier.fit(frame, frame["mood"])


class TestFit:
    def test_each_post_is_predicted_by_what_it_has(self, fitted, frame):
        assert list(fitted.classes_) == ["bad", "good"]
        assert set(fitted.heads_.fitted) == {"text", "image", "fused"}
        probabilities = fitted.predict_proba(frame)
        seen = frame["text"].notna() | frame["image"].notna()
        assert fitted.score(frame[seen], frame["mood"][seen]) == 1.0
        assert_same(probabilities[~seen].tolist(), [[0.5, 0.5]] * int((~seen).sum()))
        assert probabilities.sum(axis=1) == pytest.approx(1)

    @pytest.mark.parametrize("form", [list, np.array, pandas.Series, polars.Series, lambda texts: [[t] for t in texts]])
    def test_texts_in_any_form(self, classifier, form):
        texts = form([*KIND, *UNKIND])
        texts = np.array(texts, dtype=object) if isinstance(texts, list) and isinstance(texts[0], list) else texts
        classifier.fit(texts, [1] * 8 + [0] * 8)
        assert classifier.predict(texts).tolist() == [1] * 8 + [0] * 8
        assert set(classifier.heads_.fitted) == {"text"}

    def test_frames_arrays_and_posts_are_the_same(self, classifier, frame):
        expected = classifier.fit(frame, frame["mood"]).predict_proba(frame).tolist()
        records = frame.astype(object).where(frame.notna(), None).to_dict("records")
        rows = [Post(row["text"], row["image"]) for row in records]
        forms = [
            polars.DataFrame(records),
            pyarrow.Table.from_pylist(records),
            frame[["text", "image"]].to_numpy(),
            rows,
            [{"text": row.text, "image": row.image} for row in rows],
        ]
        for form in forms:
            assert_same(clone(classifier).fit(form, frame["mood"]).predict_proba(form).tolist(), expected)

    def test_other_columns_may_make_the_posts(self, classifier, frame):
        renamed = frame.rename(columns={"text": "body", "image": "photo"})
        classifier.set_params(text="body", image=None).fit(renamed, frame["mood"])
        assert set(classifier.heads_.fitted) == {"text"}

    def test_a_class_that_no_pair_has_is_left_to_the_texts(self, classifier, tmp_path):
        pair = [Post(word, np.full((9, 9), shade, np.uint8)) for word, shade in (("love", 250), ("hate", 5))] * 3
        texts = ["report the table", "the day is a meeting", "train"]
        classifier.fit([*pair, *texts], ["good", "bad"] * 3 + ["plain"] * 3)
        assert classifier.predict([Post("report the table", np.full((9, 9), 120, np.uint8))]) == ["plain"]
        image_alone = classifier.predict_proba([Post(image=np.full((9, 9), 250, np.uint8))])
        assert_same(image_alone[0, 2], 0.0)

    def test_weights_of_classes_and_posts(self, classifier):
        texts, labels = [*KIND, "hate"], [1] * 8 + [0]
        plain = classifier.fit(texts, labels).predict_proba(["the day"])[0, 0]
        balanced = clone(classifier).set_params(class_weight="balanced").fit(texts, labels)
        weighted = clone(classifier).fit(texts, labels, sample_weight=[9 / 16] * 8 + [9 / 2])
        assert balanced.predict_proba(["the day"])[0, 0] > plain
        assert_same(weighted.predict_proba(["the day"])[0, 0], balanced.predict_proba(["the day"])[0, 0])

    def test_weights_of_classes_are_by_label(self, classifier):
        texts, labels = [*KIND, "hate"], ["good"] * 8 + ["bad"]
        weighted = clone(classifier).set_params(class_weight={"bad": 8.0}).fit(texts, labels)
        repeated = clone(classifier).fit(texts, labels, sample_weight=[1] * 8 + [8])
        assert_same(weighted.predict_proba(["the day"]).tolist(), repeated.predict_proba(["the day"]).tolist())
        with pytest.raises(ValueError, match=r"class_weight has classes that y does not have: \['worse'\]"):
            clone(classifier).set_params(class_weight={"worse": 2}).fit(texts, labels)

    def test_fitting_again_forgets(self, classifier):
        classifier.fit(["love", "hate"] * 2, ["good", "bad"] * 2)
        classifier.fit(["love", "hate"] * 2, [1, 0] * 2)
        assert classifier.predict(["love"]).tolist() == [1]


class TestInScikitLearn:
    def test_cross_validation_with_missing_parts(self, classifier, frame):
        scores = cross_val_score(classifier, frame, frame["mood"], cv=4)
        assert scores.shape == (4,)
        assert scores.mean() > 0.8  # a quarter of the posts have nothing, and half of these are right

    def test_pipeline_and_grid_search(self, classifier, frame, tmp_path):
        pipeline = make_pipeline(FunctionTransformer(lambda X: X.fillna({"text": ""})), classifier)
        grid = {"moodclassifier__C": [0.01, 1.0], "moodclassifier__memory": [str(tmp_path)]}
        search = GridSearchCV(pipeline, grid, cv=2).fit(frame, frame["mood"])
        assert search.best_score_ > 0.8
        assert set(search.cv_results_["param_moodclassifier__C"]) == {0.01, 1.0}

    def test_memory_keeps_features(self, classifier, frame, tmp_path, monkeypatch):
        calls = []
        features = "anymood.runtime.predictor.Model.features"
        original = Model.features
        monkeypatch.setattr(features, lambda *arguments: calls.append(1) or original(*arguments))
        classifier.set_params(memory=str(tmp_path))
        first = classifier.fit(frame, frame["mood"]).predict_proba(frame)
        again = clone(classifier).set_params(C=0.5).fit(frame, frame["mood"])
        assert len(calls) == 1
        assert again.predict_proba(frame).shape == first.shape

    def test_a_clone_is_unfitted(self, fitted):
        copy = clone(fitted)
        assert copy.get_params() == fitted.get_params()
        with pytest.raises(NotFittedError):
            copy.predict(["love"])

    def test_a_pickle_is_small_and_works_in_another_process(self, fitted, frame, tmp_path):
        packed = pickle.dumps(fitted)
        assert len(packed) < 200_000
        expected = fitted.predict_proba(["love", "hate"]).tolist()
        assert_same(pickle.loads(packed).predict_proba(["love", "hate"]).tolist(), expected)  # noqa: S301
        (tmp_path / "classifier.pickle").write_bytes(packed)
        code = (
            "import json, pickle, sys; c = pickle.load(open(sys.argv[1], 'rb'));"
            "print(json.dumps(c.predict_proba(['love', 'hate']).tolist()))"
        )
        command = [sys.executable, "-c", code, str(tmp_path / "classifier.pickle")]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        assert_same(json.loads(output), expected)


def test_batches(fitted):
    """What scikit-learn checks to 1e-7, to the 1e-5 that encoders promise."""
    texts = [" ".join(words) for words in zip(KIND * 5, UNKIND * 5, KIND[::-1] * 5, strict=True)]
    whole = fitted.predict_proba(texts)
    alone = np.vstack([fitted.predict_proba([text]) for text in texts])
    assert_same(alone.tolist(), whole.tolist())
    assert_same(fitted.predict_proba(texts[::-1])[::-1].tolist(), whole.tolist())


class TestErrors:
    @pytest.mark.parametrize(
        ("X", "kind", "message"),
        [
            ([1, 2], TypeError, "X contains numbers"),
            (np.ones((2, 2)), TypeError, "X contains numbers"),
            (np.ones((2, 3)), ValueError, r"X is an array of shape \(2, 3\)"),
            ("love", ValueError, "X is one str"),
            (Post("love"), ValueError, "X is one Post"),
            ([], ValueError, "X has 0 samples"),
            (pandas.DataFrame({"body": ["love", "hate"]}), TableError, "The frame has no column 'text' for the text"),
        ],
    )
    def test_what_holds_no_posts(self, classifier, X, kind, message):
        with pytest.raises(kind, match=message):
            classifier.fit(X, [0, 1])

    def test_labels(self, classifier):
        with pytest.raises(ValueError, match=r"y has only one class: \['a'\]. Give at least two"):
            classifier.fit(["love", "hate"], ["a", "a"])
        with pytest.raises(ValueError, match="inconsistent numbers of samples"):
            classifier.fit(["love", "hate"], ["a", "b", "a"])
        for missing in (None, np.nan, pandas.NA):
            labels = pandas.Series(["a", missing, "b", missing], dtype=object)
            with pytest.raises(ValueError, match=r"y has no label for 2 posts of 4, the first with index 1\. Leave"):
                classifier.fit(["love"] * 4, labels)
            with pytest.raises(ValueError, match="y has no label for 2 posts of 4, the first with index 1"):
                classifier.fit(["love"] * 4, labels.tolist())
        for labels in (["a", 1], pandas.Series(["a", 1], dtype=object)):
            with pytest.raises(
                ValueError, match=r"are strings, and others are not, such as 1\. Convert them to one type"
            ):
                classifier.fit(["love", "hate"], labels)
        with pytest.raises(ValueError, match="Unknown label type: continuous"):
            classifier.fit(["love", "hate"], [0.1, 0.2])

    def test_nothing_to_learn_from(self, classifier):
        with pytest.raises(ValueError, match="Of the 3 posts, 1 can be used, .* has neither an image"):
            classifier.fit([None, "", "love"], [0, 1, 1])

    @pytest.mark.parametrize(
        ("X", "y"), [(["love", "hate"], ["a", "a"]), ([None, "", "love"], ["a", "b", "c"]), (["love"], ["a", "b"])]
    )
    def test_a_fit_that_fails_changes_nothing(self, fitted, frame, X, y):
        before = fitted.predict_proba(frame)
        with pytest.raises(ValueError, match=r"only one class|can be used|inconsistent"):
            fitted.fit(X, y)
        assert fitted.classes_.tolist() == ["bad", "good"]
        assert_same(fitted.predict_proba(frame).tolist(), before.tolist())

    def test_parameters(self, classifier):
        with pytest.raises(ValueError, match="tune is 'some'. Give 'head' or 'all'"):
            classifier.set_params(tune="some").fit(["love", "hate"], [1, 0])
        with pytest.raises(SettingError, match="There is no model 'nowhere'"):
            classifier.set_params(tune="head", base="nowhere").fit(["love", "hate"], [1, 0])

    def test_a_model_that_has_changed(self, bundles, tmp_path):
        base = bundles.write_bundle(tmp_path / "base")
        classifier = MoodClassifier(base=str(base.folder), threads=1).fit(["love", "hate"], [1, 0])
        bundles.write_bundle(tmp_path / "base", replace=True, name="another")
        with pytest.raises(BundleError, match="is not the one that the estimator was fitted with"):
            classifier.predict(["love"])


@pytest.mark.parametrize("weights", [{"good": -1}, {"good": "much"}])
def test_weights_are_numbers_from_zero(classifier, frame, weights):
    with pytest.raises(ValueError, match=r"class_weight is \{'good': .*\}\. Give numbers of at least 0"):
        classifier.set_params(class_weight=weights).fit(frame, frame["mood"])
    with pytest.raises(ValueError, match="sample_weight has negative values"):
        classifier.set_params(class_weight=None).fit(frame, frame["mood"], sample_weight=[-1.0] * len(frame))


def test_a_recipe_is_a_mapping(classifier, frame):
    with pytest.raises(ValueError, match="recipe is 5. Give a Recipe, or a mapping of its fields"):
        classifier.set_params(tune="all", recipe=5).fit(frame, frame["mood"])


def test_scikit_learn_need_not_be_there(monkeypatch):
    for name in ("anymood.sklearn.classifier", "anymood.sklearn.features"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    for name in ("sklearn.base", "sklearn"):
        monkeypatch.setitem(sys.modules, name, None)
    import anymood.sklearn

    for name in anymood.sklearn.__all__:
        with pytest.raises(MissingExtra, match=r"pip install 'anymood\[sklearn\]'"):
            getattr(anymood.sklearn, name)
    with pytest.raises(AttributeError, match="has no attribute 'Mood'"):
        anymood.sklearn.Mood  # noqa: B018
