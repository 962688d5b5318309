from statistics import median

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from same import assert_same

import anymood
from anymood.errors import SettingError
from anymood.explanation.explain import explain, shapley_of_two
from anymood.posts import Reason
from anymood.runtime.predictor import Model

BRIGHT = np.full((30, 40, 3), 250, np.uint8)
DARK = np.full((30, 40, 3), 5, np.uint8)
LONG = "the day is a report and love is the best train table meeting of a day but the awful report is lost"


def value(model, label, text=None, image=None):
    return model.predict(text, image).probabilities[label]


def test_text_and_image_add_up_to_the_probability(model):
    explanation = explain("love the awful day", BRIGHT, model=model)
    assert explanation.label == explanation.prediction.label
    assert explanation.probability == pytest.approx(explanation.prediction.probabilities[explanation.label], abs=1e-5)
    assert explanation.base + explanation.text_effect + explanation.image_effect == pytest.approx(
        explanation.probability, abs=1e-5
    )


def test_text_and_image_are_shapley_values_of_the_three_classifiers(model):
    text, image = "love the day", DARK
    explanation = explain(text, image, model=model, label="positive")
    alone, other = value(model, "positive", text), value(model, "positive", image=image)
    both = value(model, "positive", text, image)
    assert explanation.base == pytest.approx(1 / 3)
    assert_same(explanation.text_effect, (alone - 1 / 3 + both - other) / 2)
    assert_same(explanation.image_effect, (other - 1 / 3 + both - alone) / 2)
    assert explanation.text_effect > 0 > explanation.image_effect


def test_without_a_post_the_probability_is_the_prior(bundles, tmp_path):
    trained = {"negative": 0.2, "neutral": 0.5, "positive": 0.3}
    bundle = bundles.write_bundle(tmp_path / "prior", prior=trained)
    assert explain("love", model=Model(bundle)).base == pytest.approx(0.3)
    expected = {"negative": 0.1, "neutral": 0.1, "positive": 0.8}
    assert explain("love", model=Model(bundle, prior=expected)).base == pytest.approx(0.8)


@pytest.mark.parametrize(("text", "image"), [("love the day", None), (None, BRIGHT)])
def test_one_modality_alone_has_all_of_the_effect(model, text, image):
    explanation = explain(text, image, model=model)
    effects = [explanation.text_effect, explanation.image_effect]
    assert effects.count(None) == 1
    message = sum(effect for effect in effects if effect is not None)
    assert message == pytest.approx(explanation.probability - explanation.base, abs=1e-5)
    assert (explanation.words == ()) == (text is None)
    assert (explanation.regions is None) == (image is None)
    assert explanation.text == text


def test_another_label_is_explained(model):
    positive, negative = (explain("love the day", model=model, label=label) for label in ("positive", "negative"))
    assert positive.text_effect > 0 > negative.text_effect
    assert negative.prediction.label == "positive"
    with pytest.raises(SettingError, match="Unknown label 'joy'. The labels are: negative, neutral, positive"):
        explain("love", model=model, label="joy")
    with pytest.raises(SettingError, match="Unknown label 1. The labels are: negative, neutral, positive"):
        explain("love", model=model, label=1)


def added(model, words, index, rest, passage, image=None):
    """The mean of what a word adds beyond the median word, and to the rest of its passage, by whole predictions."""
    alone = [value(model, "positive", word, image) for word in words]
    fall = value(model, "positive", passage, image) - value(model, "positive", rest, image)
    return (alone[index] - median(alone) + fall) / 2


def test_the_effect_of_a_word_is_what_it_adds_alone_and_to_the_rest(model):
    text = "love, the awful day"
    explanation = explain(text, BRIGHT, model=model, label="positive")
    words = ["love,", "the", "awful", "day"]
    assert [explanation.word(word) for word in explanation.words] == words
    rests = ("the awful day", "love, awful day", "love, the day", "love, the awful")
    for index, rest in enumerate(rests):
        assert_same(explanation.words[index].effect, added(model, words, index, rest, text, BRIGHT))


def test_in_a_long_text_a_word_stands_beside_its_passage(model):
    explanation = explain(LONG, model=model, label="positive")
    words = [explanation.word(word) for word in explanation.words]
    assert " ".join(words) == LONG
    passage = words[:7]
    for index, effect in enumerate(explanation.words[:7]):
        rest = " ".join(passage[:index] + passage[index + 1 :])
        assert_same(effect.effect, added(model, words, index, rest, " ".join(passage)))


def test_a_word_may_stand_beside_the_whole_text(model):
    explanation = explain(LONG, model=model, label="positive", whole_text=True)
    words = [explanation.word(word) for word in explanation.words]
    index = words.index("awful")
    rest = " ".join(words[:index] + words[index + 1 :])
    assert_same(explanation.words[index].effect, added(model, words, index, rest, LONG))
    assert explanation.words[index].effect < 0


def test_words_that_say_nothing_add_little_beside_an_image(model):
    explanation = explain("the love is a day", DARK, model=model, label="positive")
    love = explanation.words[1]
    assert all(abs(word.effect) < love.effect / 4 for word in explanation.words if word is not love)


def test_what_has_no_words_adds_nothing_alone(model):
    explanation = explain("http://a.b/c love", model=model, label="positive")
    fall = value(model, "positive", "http://a.b/c love") - value(model, "positive", "love")
    assert_same(explanation.words[0].effect, fall / 2)
    assert explanation.words[1].effect > explanation.words[0].effect


def test_a_single_word_has_all_that_is_there(model):
    [word] = explain(" love ", model=model).words
    assert (word.start, word.end) == (1, 5)
    explanation = explain("love", BRIGHT, model=model)
    assert_same(explanation.words[0].effect, explanation.probability - value(model, explanation.label, image=BRIGHT))


def test_places_are_those_of_the_text_as_given(model):
    text = "&amp; LOVE\u00a0the  #sunnyday 😂😂 http://a.b/c"
    explanation = explain(text, model=model)
    assert [explanation.word(word) for word in explanation.words] == [
        "&amp;",
        "LOVE",
        "the",
        "#sunnyday",
        "😂😂",
        "http://a.b/c",
    ]
    assert explanation.text == text


@pytest.mark.parametrize("text", [None, "", "  ", "http://a.b/c @user"])
def test_no_text_or_image_is_reported(model, text):
    explanation = explain(text, model=model)
    assert (explanation.label, explanation.probability, explanation.text_effect, explanation.words) == (
        None,
        None,
        None,
        (),
    )
    assert explanation.prediction.problem


def test_an_image_that_cannot_be_read_is_reported_and_the_text_explained(model, tmp_path):
    explanation = explain("love", tmp_path / "gone.png", model=model)
    assert explanation.prediction.reason is Reason.MISSING_IMAGE
    assert (explanation.image_effect, explanation.regions, explanation.picture) == (None, None, None)
    assert explanation.words[0].effect > 0


def test_a_text_too_long_is_explained_as_far_as_it_is_read(model):
    explanation = explain("love " * 4000, model=model)
    assert explanation.prediction.reason is Reason.LONG_TEXT
    assert explanation.words[-1].end <= 10_000


def test_several_texts_are_refused(model):
    with pytest.raises(SettingError, match="explain takes one text"):
        explain(["love", "hate"], model=model)


def test_a_model_of_pairs_alone_has_the_prior_for_one_modality(bundles, tmp_path):
    pairs = Model(bundles.write_bundle(tmp_path / "pairs", trained=("fused",)))
    explanation = explain("love", BRIGHT, model=pairs)
    assert explanation.text_effect == pytest.approx(explanation.image_effect, abs=1e-5)
    assert explanation.base + 2 * explanation.text_effect == pytest.approx(explanation.probability, abs=1e-5)
    assert explain("love", model=pairs).label is None


def test_threads_change_nothing(bundle):
    one, three = (explain(LONG * 3, model=Model(bundle, threads, "onnxruntime")) for threads in (1, 3))
    assert_same([word.effect for word in one.words], [word.effect for word in three.words])


def test_the_public_function_takes_a_model_its_name_or_its_folder(model, bundle):
    loaded = anymood.explain("love", model=model)
    assert isinstance(loaded, anymood.Explanation)
    assert_same(anymood.explain("love", model=bundle.folder).words[0].effect, loaded.words[0].effect, by=anymood.load())


def test_json_has_all_but_the_picture(model):
    message = explain("love the day", Image.fromarray(BRIGHT), model=model).to_dict()
    assert [word["word"] for word in message["words"]] == ["love", "the", "day"]
    assert set(message["words"][0]) == {"word", "start", "end", "effect"}
    assert message["regions"]["method"] == "occlusion"
    assert message["prediction"]["label"] == message["label"]


@pytest.mark.parametrize(("text", "label"), [("I love this so much", "positive"), ("I hate this so much", "negative")])
def test_the_bundled_model_on_a_clear_post(text, label):
    explanation = anymood.explain(text)
    assert explanation.label == label
    assert explanation.words[1].effect > 0
    assert explanation.text_effect == pytest.approx(explanation.probability - explanation.base, abs=1e-5)


probability = st.floats(0, 1)


def test_shapley_values_of_an_example():
    first, second = shapley_of_two(nothing=0.2, first=0.6, second=0.3, both=0.9)
    assert first == pytest.approx((0.4 + 0.6) / 2)
    assert second == pytest.approx((0.1 + 0.3) / 2)


@settings(deadline=None)
@given(probability, probability, probability, probability)
def test_shapley_values_sum_to_the_difference(nothing, first, second, both):
    assert sum(shapley_of_two(nothing, first, second, both)) == pytest.approx(both - nothing)


@settings(deadline=None)
@given(probability, probability, probability)
def test_shapley_values_of_equal_players_are_equal(nothing, alone, both):
    first, second = shapley_of_two(nothing, alone, alone, both)
    assert first == second


@settings(deadline=None)
@given(probability, probability)
def test_the_shapley_value_of_a_player_that_adds_nothing_is_0(nothing, first):
    assert shapley_of_two(nothing, first, nothing, first) == pytest.approx((first - nothing, 0))
