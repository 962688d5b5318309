import dataclasses
import itertools
import threading
import time
import tracemalloc

import numpy as np
import pandas
import polars
import pytest
from PIL import Image
from same import assert_same

from anymood.errors import BundleError, DamagedBundle, SettingError
from anymood.posts import Post, Prediction, Problem, Reason
from anymood.probabilities import softmax
from anymood.runtime.bundle import Bundle
from anymood.runtime.finding import find_bundle
from anymood.runtime.predictor import Model

BRIGHT = np.full((30, 40, 3), 250, np.uint8)
DARK = np.full((30, 40), 5, np.uint8)


@pytest.fixture(scope="module")
def posts(bundles):
    """60 posts of every kind, among them broken ones, in no order."""
    rng = np.random.default_rng(3)
    words = list(bundles.VALENCES)[2:]
    made = []
    for number in range(60):
        text = " ".join(rng.choice(words, rng.integers(1, 40))) if number % 3 else None
        image = rng.integers(0, 256, (*rng.integers(20, 90, 2), 3), dtype=np.uint8) if number % 4 else None
        if number % 10 == 9:
            image = b"no image at all"
        made.append(Post(text, image, str(number)))
    return [made[index] for index in rng.permutation(60)]


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

    @pytest.mark.parametrize("text", [None, "", "   ", "\u200b", "\x00\x01"])
    def test_nothing_to_see(self, model, text):
        prediction = model.predict(text)
        assert prediction == Prediction(
            "none",
            problems=(Problem(Reason.NOTHING_TO_SEE, "There is neither an image to see nor a text to read."),),
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
    def test_whatever_is_no_image_is_a_problem(self, model, image):
        alone, beside = model.predict(image=image), model.predict("love", image)
        assert (alone.used, alone.label, beside.used, beside.label) == ("none", None, "text", "positive")
        assert alone.problem == beside.problem
        assert alone.reason == beside.reason in {"missing image", "image is a URL", "empty", "unreadable"}

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
    def test_a_text_beyond_all_bounds_is_cut_and_told(self, model, text):
        prediction = model.predict(text)
        assert (prediction.used, prediction.reason) == ("text", "long text")
        assert prediction.problem == "Of its text, the first 10,000 characters are read."

    def test_a_long_text_is_read_in_windows(self, bundles, tmp_path):
        tokenizer = bundles.tokenizer()
        tokenizer.enable_truncation(4)
        short = Model(bundles.write_bundle(tmp_path / "b", files={"tokenizer.json": tokenizer.to_str().encode()}))
        text = "day day day day hate hate hate hate love love"  # windows of 4, 4 and 2 words
        scores = [short.predict(part).text for part in ("day day day day", "hate hate hate hate", "love love")]
        logits = np.log([score.values for score in scores]) * short.bundle.config.temperatures.text
        joined = softmax(np.average(logits, axis=0, weights=[4, 4, 2])[None], short.bundle.config.temperatures.text)
        found = short.predict(text)
        assert_same(found.text.values, joined[0])
        assert (found.label, found.problem) == ("negative", None)
        assert_same(next(iter(short.predict_many([text, "love", text]))), found)

    @pytest.mark.parametrize("text", ["https://example.org/love", "@love", " @a @b http://t.co/x "])
    def test_links_and_names_alone_are_no_words(self, model, text):
        alone, beside = model.predict(text), model.predict(text, BRIGHT)
        assert (alone.label, alone.used, alone.reason) == (None, "none", "no words")
        assert (beside.used, beside.problem) == ("image", None)

    @pytest.mark.parametrize(
        "several", [["love", "sad"], ("love",), {"text": "love"}, Post("love"), np.array(["love"])]
    )
    def test_several_texts_or_a_whole_post_are_not_one_text(self, model, several):
        told = f"predict takes one text, but was given one {type(several).__name__}. .* there is predict_many"
        with pytest.raises(SettingError, match=told):
            model.predict(several)

    @pytest.mark.parametrize(
        "frame", [pandas.DataFrame({"text": ["love"]}), pandas.Series(["love"]), polars.Series(["love"])]
    )
    def test_nor_is_a_column_or_a_frame(self, model, frame):
        with pytest.raises(SettingError, match="there is predict_many"):
            model.predict(frame)

    def test_several_images_are_not_one_image(self, model, tmp_path):
        with pytest.raises(SettingError, match="predict takes one image, but was given one list"):
            model.predict("love", ["a.jpg", "b.jpg"])

    def test_is_predict_many_of_one(self, model):
        assert_same(model.predict_many([Post("love", BRIGHT)]), [model.predict("love", BRIGHT)])


class TestPredictMany:
    def test_order_and_ids_stay(self, model, posts):
        predictions = list(model.predict_many(posts, batch_size=7))
        assert [prediction.id for prediction in predictions] == [post.id for post in posts]
        assert {prediction.used for prediction in predictions} == {"both", "text", "image", "none"}

    @pytest.mark.parametrize("batch_size", [1, 5, 32, 100])
    @pytest.mark.parametrize("engine", ["onnxruntime", "openvino"])
    def test_neighbours_and_padding_change_nothing(self, bundle, posts, engine, batch_size):
        model = Model(bundle, threads=2, engine=engine)
        alone = [dataclasses.replace(model.predict(post.text, post.image), id=post.id) for post in posts]
        assert_same(model.predict_many(posts, batch_size), alone, by=model)
        assert_same(model.predict_many(reversed(posts), batch_size), reversed(alone), by=model)
        assert_same(model.predict_together(posts[:batch_size]), alone[:batch_size], by=model)

    @pytest.mark.parametrize("engine", ["onnxruntime", "openvino"])
    def test_nor_do_they_with_the_bundled_model(self, engine):
        model = Model(Bundle.open(find_bundle("sentiment")), engine=engine)
        texts = ["love it", "the worst day of a whole long year, I hate all of this so much", "ok", "rain " * 30]
        images = np.random.default_rng(0).integers(0, 256, (4, 64, 64, 3), dtype=np.uint8)
        posts = [Post(text, image) for text, image in zip(texts, images, strict=True)]
        alone = [model.predict(post.text, post.image) for post in posts]
        assert_same(model.predict_many(posts), alone, by=model)

    def test_threads_change_nothing(self, bundle, model, posts):
        one = Model(bundle, threads=1, engine="onnxruntime")
        assert_same(one.predict_many(posts), model.predict_many(posts))

    def test_a_stream_that_is_left_waits_for_no_batch(self, model, monkeypatch):
        encode, encoded = model._graphs.encode_text, []

        def slowly(ids):
            encoded.append(len(ids))
            time.sleep(0.01)
            return encode(ids)

        monkeypatch.setattr(model._graphs, "encode_text", slowly)
        stream = model.predict_many((Post("love") for _ in range(5000)), batch_size=1000)
        next(stream)
        stream.close()
        assert sum(encoded) < 2000

    def test_mappings_are_posts(self, model):
        [first, second] = model.predict_many([{"text": "love", "id": "a"}, {"image": DARK, "text": float("nan")}])
        assert (first.label, first.used, first.id) == ("positive", "text", "a")
        assert (second.label, second.used, second.problem) == ("negative", "image", None)

    def test_a_bad_row_stands_alone(self, model):
        rows = [
            ("a", "tuple"),
            {"text": "love", "Image": "x"},
            None,
            Post("hate"),
            {"text": b"love"},
            Post("love", "none.jpg"),
        ]
        found = list(model.predict_many(rows))
        assert [prediction.used for prediction in found] == ["none", "text", "none", "text", "none", "text"]
        assert [prediction.reason for prediction in found] == [
            "not a post",
            "unknown field",
            "nothing to see",
            None,
            "not a text",
            "missing image",
        ]

    @pytest.mark.parametrize("posts", ["love", b"love", {"text": "love"}, Post("love"), None, 3])
    def test_one_post_is_not_many(self, model, posts):
        told = f"was given one {type(posts).__name__}. Put it into a list, or call predict"
        with pytest.raises(SettingError, match=told):
            model.predict_many(posts)
        with pytest.raises(SettingError, match=told):
            model.predict_together(posts)

    @pytest.mark.parametrize("kind", [list, tuple, iter, np.array, pandas.Series, pandas.Index, polars.Series])
    def test_texts_are_posts(self, model, kind):
        predictions = list(model.predict_many(kind(["I love it", "so sad"])))
        assert [(each.label, each.used, each.problem) for each in predictions] == [
            ("positive", "text", None),
            ("negative", "text", None),
        ]

    def test_a_column_may_have_gaps(self, model):
        for column in (
            pandas.Series(["love", None, np.nan]),
            pandas.Series(["love", pandas.NA, pandas.NaT], dtype=object),
        ):
            love, *gaps = model.predict_many(column)
            assert love.label == "positive"
            assert [gap.reason for gap in gaps] == ["nothing to see"] * 2

    def test_a_batch_has_at_least_one_post(self, model):
        with pytest.raises(SettingError, match="'batch_size' is 0. Give a whole number of at least 1"):
            model.predict_many([], batch_size=0)

    def test_no_posts_are_no_predictions(self, model):
        assert list(model.predict_many([])) == []

    def test_no_more_than_two_batches_are_in_hand(self, model):
        taken = []
        stream = model.predict_many((taken.append(n) or Post("love") for n in itertools.count()), batch_size=4)
        assert taken == []
        for number in range(10):
            next(stream)
            assert len(taken) == (number // 4 + 2) * 4
        stream.close()

    def test_an_error_of_the_source_comes_after_what_it_gave(self, model):
        def source():
            yield from [Post("love", id="0"), Post("hate", id="1"), Post("day", id="2")]
            raise OSError("the disk is gone")

        found = []
        with pytest.raises(OSError, match="the disk is gone"):
            for prediction in model.predict_many(source(), batch_size=2):
                found.append(prediction.id)  # noqa: PERF401 - what came before the error counts
        assert found == ["0", "1", "2"]

    def test_memory_does_not_grow_with_the_number_of_posts(self, model):
        def peak(number):
            posts = (Post(f"love the day {n}", DARK.copy() if n % 4 else None) for n in range(number))
            tracemalloc.start()
            try:
                assert sum(prediction.used == "both" for prediction in model.predict_many(posts)) == number * 3 // 4
                return tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()

        peak(64)
        assert peak(5000) < peak(500) + 300_000  # bytes; 4,500 more posts are 6 million

    def test_the_engines_agree(self, bundle, model, posts):
        other = Model(bundle, engine="openvino")
        assert_same(other.predict_many(posts), model.predict_many(posts), by=other)

    def test_many_threads_may_share_a_model(self, bundle, model, posts):
        expected = list(model.predict_many(posts))
        fresh, found = Model(bundle, threads=2, engine="onnxruntime"), {}

        def work(number):
            found[number] = list(fresh.predict_many(posts, batch_size=3 + number))

        threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(found) == 6
        for predictions in found.values():
            assert_same(predictions, expected)

    def test_many_posts_may_share_an_image_that_is_not_read_yet(self, bundle, tmp_path):
        # Pillow reads the file when an image is first used, and two threads at once would mix up its rows.
        pixels = np.random.default_rng(0).integers(0, 256, (400, 400, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / "lazy.png")
        model = Model(bundle, threads=4)
        for _ in range(10):
            with Image.open(tmp_path / "lazy.png") as image:
                assert_same(model.predict_many([Post(image=image)] * 6), [model.predict(image=pixels)] * 6, by=model)


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


def test_a_tokenizer_that_is_none_is_found_at_once(bundles, tmp_path):
    bundle = bundles.write_bundle(tmp_path / "b", files={"tokenizer.json": b"{}"})
    with pytest.raises(DamagedBundle, match="tokenizer.json"):
        Model(Bundle.open(bundle.folder))


def test_a_batch_of_large_posts_is_full_before_its_size(model, monkeypatch):
    monkeypatch.setattr("anymood.runtime.batches.LOAD", 100)
    taken = []

    def posts():
        for number in range(6):
            taken.append(number)
            yield {"text": "love " * 10}

    stream = model.predict_many(posts(), batch_size=32)
    next(stream)
    assert taken == [0, 1, 2, 3]  # two batches of two
    assert len(list(stream)) == 5


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
        assert "never learnt from images" in both.problem
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
        assert "never learnt from texts alone" in text.problem


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
        found = model.predict_proba(posts)
        assert found.shape == (60, 3)
        for row, prediction in zip(found, model.predict_many(posts), strict=True):
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
