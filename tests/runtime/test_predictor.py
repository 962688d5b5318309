import numpy as np
import pandas
import polars
import pytest
from PIL import Image
from same import assert_same

from anymood.errors import BundleError, DamagedBundle, SettingError
from anymood.posts import Post, Prediction, Problem, Reason
from anymood.probabilities import softmax
from anymood.runtime.predictor import Model

BRIGHT = np.full((30, 40, 3), 250, np.uint8)
DARK = np.full((30, 40), 5, np.uint8)


class TestPredict:
    def test_text_alone(self, model):
        prediction = model.predict("I love the day")
        assert (prediction.label, prediction.used, prediction.problem) == ("positive", "text", None)
        assert prediction.image is prediction.fused is prediction.disagreement is None

    def test_image_alone(self, model):
        prediction = model.predict(image=DARK)
        assert (prediction.label, prediction.used, prediction.problem) == ("negative", "image", None)
        assert prediction.text is prediction.fused is None

    def test_both(self, model):
        prediction = model.predict(text="sad lost", image=BRIGHT)
        assert (prediction.used, prediction.text.label, prediction.image.label) == ("both", "negative", "positive")
        assert prediction.label == prediction.fused.label == "neutral"
        assert prediction.disagreement > 0.9

    def test_each_classifier_has_its_own_temperature(self, model, bundles, tmp_path):
        plain = Model(
            bundles.write_bundle(tmp_path / "plain", temperatures=bundles.Temperatures()), engine="onnxruntime"
        )
        warm, cold = model.predict("love the day", BRIGHT), plain.predict("love the day", BRIGHT)
        for name in ("image", "text", "fused"):
            temperature = getattr(bundles.CONFIG.temperatures, name)
            expected = softmax(np.log([getattr(cold, name).values]), temperature)[0]
            assert_same(getattr(warm, name).values, expected)
            assert sum(getattr(warm, name).values) == pytest.approx(1)

    def test_an_image_may_come_in_any_form(self, model, tmp_path):
        path = tmp_path / "bright.png"
        Image.fromarray(BRIGHT).save(path)
        forms = [path, str(path), path.read_bytes(), Image.open(path), BRIGHT]
        assert_same([model.predict("day", form) for form in forms], [model.predict("day", BRIGHT)] * len(forms))

    @pytest.mark.parametrize("text", ["12, 45, 98, 33, 51", "f(x) = {a: [1]};", "550e8400-e29b-41d4-a716-446655440000"])
    def test_a_text_that_cannot_be_read_is_left_out(self, model, text):
        alone, paired = model.predict(text), model.predict(text, BRIGHT)
        assert (alone.label, alone.used, alone.reason) == (None, "none", "unreadable text")
        assert (paired.label, paired.used, paired.reason) == ("positive", "image", "unreadable text")
        assert_same(paired.image, model.predict(image=BRIGHT).image)
        assert len(alone.problems) == len(paired.problems) == 1
        assert model.predict("love the day " * 5 + text).used == "text"

    @pytest.mark.parametrize("text", [None, "", "   ", "\u200b", "\x00\x01"])
    def test_no_text_or_image(self, model, text):
        prediction = model.predict(text)
        assert prediction == Prediction(
            "none",
            problems=(Problem(Reason.NOTHING_TO_SEE, "The post has neither an image nor a text."),),
        )
        assert prediction.label is None

    @pytest.mark.parametrize(
        ("name", "reason"),
        [("truncated", "truncated"), ("empty", "empty"), ("text", "not an image"), ("bomb", "too large")],
    )
    def test_a_broken_image_leaves_the_text_to_decide(self, model, odd_images, name, reason):
        prediction = model.predict("hate", odd_images[name])
        assert (prediction.label, prediction.used, prediction.reason) == ("negative", "text", reason)
        assert odd_images[name].name in prediction.problem
        assert prediction.image is prediction.fused is None

    @pytest.mark.parametrize("image", ["nowhere.jpg", "a\0b", b"", 3, object(), np.zeros((2, 2, 7)), np.zeros(0)])
    def test_whatever_is_not_an_image_is_a_problem(self, model, image):
        alone, beside = model.predict(image=image), model.predict("love", image)
        assert (alone.used, alone.label, beside.used, beside.label) == ("none", None, "text", "positive")
        assert alone.problem == beside.problem
        assert alone.reason == beside.reason in {"missing image", "image is a URL", "empty", "unreadable"}

    def test_a_path_that_has_none_is_a_problem_of_its_row(self, model):
        path = type("Odd", (), {"__fspath__": lambda _: 3})()
        odd, after = model.predict_many([{"image": path}, "love"])
        assert (odd.reason, after.label) == ("unreadable", "positive")

    def test_a_text_that_is_none_leaves_the_image_to_decide(self, model):
        prediction = model.predict(b"love", BRIGHT)
        assert (prediction.used, prediction.label, prediction.reason) == ("image", "positive", "not a text")

    @pytest.mark.parametrize(
        "text",
        ["love \ud800 \udfff", "lo\x00ve love", "\U0010ffff love"],
    )
    def test_a_strange_text_is_read(self, model, text):
        prediction = model.predict(text)
        assert (prediction.used, prediction.problem) == ("text", None)

    @pytest.mark.parametrize("text", ["love " * 2_000_000, "love" + "\u0301" * 10**6])
    def test_a_text_beyond_all_bounds_is_cut_and_reported(self, model, text):
        prediction = model.predict(text)
        assert (prediction.used, prediction.reason) == ("text", "long text")
        assert prediction.problem == "Only the first 10,000 characters of its text are read."

    def test_a_long_text_is_read_in_windows(self, bundles, tmp_path):
        tokenizer = bundles.tokenizer()
        tokenizer.enable_truncation(4)
        short = Model(bundles.write_bundle(tmp_path / "b", files={"tokenizer.json": tokenizer.to_str().encode()}))
        text = "day day day day hate hate hate hate love love"  # windows of 4, 4 and 2 words
        scores = [short.predict(part).text for part in ("day day day day", "hate hate hate hate", "love love")]
        logits = np.log([score.values for score in scores]) * short.bundle.config.temperatures.text
        weights = [4, 4, 2] * (1 - softmax(logits)[:, list(short.labels).index("neutral")])
        joined = softmax(np.average(logits, axis=0, weights=weights)[None], short.bundle.config.temperatures.text)
        predicted = short.predict(text)
        assert_same(predicted.text.values, joined[0])
        assert (predicted.label, predicted.problem) == ("negative", None)
        assert_same(next(iter(short.predict_many([text, "love", text]))), predicted)

    def test_windows_of_one_strong_and_many_plain_ones_are_not_averaged_away(self, bundles, tmp_path):
        tokenizer = bundles.tokenizer()
        tokenizer.enable_truncation(4)
        files = {"tokenizer.json": tokenizer.to_str().encode()}
        short = Model(bundles.write_bundle(tmp_path / "b", files=files))
        plain = "day day day day " * 11
        assert [short.predict(text).label for text in (plain, plain + "hate hate hate hate")] == ["neutral", "negative"]

    @pytest.mark.parametrize("text", ["https://example.org/love", "@love", " @a @b http://t.co/x "])
    def test_links_and_names_alone_are_not_words(self, model, text):
        alone, beside = model.predict(text), model.predict(text, BRIGHT)
        assert (alone.label, alone.used, alone.reason) == (None, "none", "no words")
        assert (beside.used, beside.problem) == ("image", None)

    @pytest.mark.parametrize(
        "several", [["love", "sad"], ("love",), {"text": "love"}, Post("love"), np.array(["love"])]
    )
    def test_several_texts_or_a_whole_post_are_not_one_text(self, model, several):
        message = f"predict takes one text, but was given one {type(several).__name__}. .* use predict_many"
        with pytest.raises(SettingError, match=message):
            model.predict(several)

    @pytest.mark.parametrize(
        "frame", [pandas.DataFrame({"text": ["love"]}), pandas.Series(["love"]), polars.Series(["love"])]
    )
    def test_nor_is_a_column_or_a_frame(self, model, frame):
        with pytest.raises(SettingError, match="use predict_many"):
            model.predict(frame)

    def test_several_images_are_not_one_image(self, model, tmp_path):
        with pytest.raises(SettingError, match="predict takes one image, but was given one list"):
            model.predict("love", ["a.jpg", "b.jpg"])

    def test_is_predict_many_of_one(self, model):
        assert_same(model.predict_many([Post("love", BRIGHT)]), [model.predict("love", BRIGHT)])


def test_a_model_says_what_it_is(model, bundle):
    assert model.engine == "onnxruntime, float32"
    assert repr(model) == "<Model 'tiny': negative, neutral, positive>"
    assert (model.name, model.bundle) == ("tiny", bundle)
    assert list(model.labels) == list(model.predict("love").probabilities)


def test_a_graph_that_cannot_be_run_is_an_error_not_a_problem(bundles, tmp_path):
    broken = Model(bundles.write_bundle(tmp_path / "b", files={"text.onnx": b"no graph"}))
    assert broken.predict(image=BRIGHT).label == "positive"
    with pytest.raises(DamagedBundle, match="text.onnx is not a graph"):
        broken.predict("love")
    with pytest.raises(BundleError):
        list(broken.predict_many([Post("love")]))


def test_a_tokenizer_that_is_none_is_found_when_a_text_is_read(bundles, tmp_path):
    model = Model(bundles.write_bundle(tmp_path / "b", files={"tokenizer.json": b"{}"}))
    assert model.predict(image=BRIGHT).used == "image"
    with pytest.raises(DamagedBundle, match="tokenizer.json"):
        model.predict("love")


class TestWhatWasNeverTrained:
    """A classifier that learnt from no post is not asked, and what only it could tell is left out."""

    @pytest.fixture
    def partial(self, bundles, tmp_path):
        def of(*trained):
            bundle = bundles.write_bundle(tmp_path / "_".join(trained), trained=trained)
            return Model(bundle, threads=1, engine="onnxruntime")

        return of

    def test_texts_alone(self, partial, model):
        texts = partial("text")
        both, image = texts.predict_many([Post("love the day", BRIGHT), Post(image=BRIGHT)])
        assert (both.used, both.image, both.fused, both.reason) == ("text", None, None, "not trained for it")
        assert_same(both.text, model.predict("love the day").text)
        assert "not trained on images" in both.problem
        assert (image.used, image.label, image.reason) == ("none", None, "not trained for it")

    def test_no_pairs(self, partial, model):
        both, image = partial("image", "text").predict_many([Post("love the day", BRIGHT), Post(image=BRIGHT)])
        assert (both.used, both.fused, both.reason) == ("text", None, "not trained for it")
        assert_same(both.image, image.image)
        assert_same(image, model.predict(image=BRIGHT))

    def test_pairs_alone(self, partial, model):
        both, text = partial("fused").predict_many([Post("love the day", BRIGHT), Post("love the day")])
        assert (both.used, both.text, both.image, both.problem) == ("both", None, None, None)
        assert_same(both.fused, model.predict("love the day", BRIGHT).fused)
        assert (text.used, text.label, text.reason) == ("none", None, "not trained for it")
        assert "not trained on texts alone" in text.problem


class TestCall:
    def test_it_predicts(self, model):
        assert_same(model("love"), model.predict("love"))
        assert_same(model("sad", image=BRIGHT), model.predict("sad", BRIGHT))
        assert model(image=DARK).label == "negative"

    def test_it_takes_one_post(self, model):
        with pytest.raises(SettingError, match="predict takes one text"):
            model(["love", "hate"])


class TestPredictProba:
    def test_the_classifier_that_decides(self, model, posts):
        predicted = model.predict_proba(posts)
        assert predicted.shape == (60, 3)
        for row, prediction in zip(predicted, model.predict_many(posts), strict=True):
            assert_same(row.tolist(), prediction.deciding.values if prediction.deciding else [np.nan] * 3)

    def test_texts_in_any_form(self, model):
        texts = ["love", "hate"]
        expected = [model.predict(text).text.values for text in texts]
        for form in (texts, np.array(texts), pandas.Series(texts), polars.Series(texts), iter(texts)):
            assert_same(model.predict_proba(form).tolist(), expected)
        assert model.labels.names[int(model.predict_proba(["love"])[0].argmax())] == "positive"

    def test_one_classifier(self, model):
        posts = [Post("sad", BRIGHT), Post("love")]
        alone = model.predict("sad", BRIGHT)
        for name in ("text", "image", "fused"):
            first, second = model.predict_proba(posts, name)
            assert_same(first.tolist(), getattr(alone, name).values)
            assert np.isnan(second).all() == (name != "text")
        with pytest.raises(SettingError, match="no classifier 'both'. Give one of image, text, fused"):
            model.predict_proba(posts, "both")
        with pytest.raises(SettingError, match="predict_proba takes many posts"):
            model.predict_proba("love")

    def test_nothing(self, model):
        assert model.predict_proba([]).shape == (0, 3)
        assert np.isnan(model.predict_proba([None])).all()


class TestFeatures:
    def test_they_are_what_the_classifiers_see(self, model):
        posts = [Post("love", BRIGHT), Post("hate"), Post(image=DARK), Post()]
        features = model.features(posts)
        assert features.image.shape == features.text.shape == (4, 300)
        assert features.has_image.tolist() == [True, False, True, False]
        assert features.has_text.tolist() == [True, True, False, False]
        assert repr(features) == "<Features (4, 300): 2 with an image, 2 with a text>"
        logits = model._graphs.fuse(features.image[:1], features.text[:1]) / model.bundle.config.temperatures.fused
        assert_same(softmax(logits)[0].tolist(), model.predict("love", BRIGHT).fused.values)
        assert [len(problems) for problems in features.problems] == [0, 0, 0, 1]

    def test_problems(self, model):
        features = model.features([Post("love", "gone.jpg"), Post("https://example.org")])
        reasons = [[problem.reason for problem in problems] for problems in features.problems]
        assert reasons == [[Reason.MISSING_IMAGE], [Reason.NO_WORDS]]

    def test_nothing(self, model):
        assert model.features([]).image.shape == model.features([]).text.shape == (0, 300)
        assert model.features([None]).text.shape == (1, 300)

    def test_it_takes_several(self, model):
        with pytest.raises(SettingError, match="features takes many posts"):
            model.features("love")
