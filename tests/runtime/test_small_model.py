"""The bundled model for many texts."""

import numpy as np
import pytest
from same import assert_same

import anymood
from anymood.posts import Post, Reason
from anymood.preparation.word_ids import reads_word_by_word


@pytest.fixture(scope="module")
def model() -> anymood.Model:
    return anymood.load("sentiment-small", threads=1, engine="onnxruntime")


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("best day ever", "positive"),
        ("Thank you all for the birthday wishes!", "positive"),
        ("worst customer service i have ever dealt with", "negative"),
        ("not happy about this at all", "negative"),
        ("so tired of this rain \U0001f629", "negative"),
        ("The meeting starts at 3pm in room 204", "neutral"),
        ("President visits Berlin on Tuesday", "neutral"),
        ("Estoy muy feliz hoy", "positive"),
    ],
)
def test_plain_posts_get_their_label(model: anymood.Model, text: str, label: str) -> None:
    assert model.predict(text).label == label


def test_an_image_is_left_out_with_a_reason(model: anymood.Model) -> None:
    text = "best day ever"
    [prediction] = model.predict_together([Post(text, np.zeros((8, 8), np.uint8))])
    assert (prediction.used, prediction.reason) == ("text", Reason.NOT_TRAINED)
    assert_same(prediction.text.values, model.predict(text).text.values)


def test_a_post_hangs_on_itself_alone(model: anymood.Model) -> None:
    texts = ["meh", "I love it " * 200, "\U0001f602", "the food was cold but the staff were lovely", "http://a.b"] * 20
    for text, prediction in zip(texts, model.predict_many(texts, 64), strict=True):
        alone = model.predict(text)
        assert prediction.used == alone.used
        if alone.text is not None:
            assert_same(prediction.text.values, alone.text.values)


def test_words_are_read_one_by_one(model: anymood.Model) -> None:
    assert reads_word_by_word(model.bundle.text_preparation().tokenizer)  # what its speed depends on
    assert set(model.prior) == set(model.labels)
