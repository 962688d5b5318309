"""The bundled model for many texts."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas
import pytest
from same import assert_same

import anymood
from anymood.jobs import predict_files
from anymood.jobs.inputs import Inputs
from anymood.posts import Post, Reason
from anymood.preparation.word_ids import reads_word_by_word
from anymood.progress import Update


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
        ("boring", "negative"),
        ("this is awful", "negative"),
        ("nice", "positive"),
    ],
)
def test_plain_posts_get_their_label(model: anymood.Model, text: str, label: str) -> None:
    assert model.predict(text).label == label


def test_an_image_is_left_out_with_a_reason(model: anymood.Model) -> None:
    text = "best day ever"
    [prediction] = model.predict_together([Post(text, np.zeros((8, 8), np.uint8))])
    assert (prediction.used, prediction.reason) == ("text", Reason.NOT_TRAINED)
    assert_same(prediction.text.values, model.predict(text).text.values)


def test_no_column_of_images_is_suggested(model: anymood.Model, tmp_path: Path) -> None:
    frame = pandas.DataFrame({"text": ["best day ever"], "Datei": ["1.jpg"]})
    frame.to_csv(tmp_path / "posts.csv", index=False)
    notes: list[str] = []

    @contextmanager
    def progress(inputs: Inputs) -> Iterator[Update]:
        notes.extend(inputs.notes)
        yield lambda _: None

    predict_files(model, tmp_path / "posts.csv", tmp_path / "scored.csv", progress=progress)
    model.predict_frame(frame)  # warnings are errors
    assert notes == []
    for posts in (frame, tmp_path / "posts.csv"):
        assert anymood.report(posts, model=model).method.reading == ()


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
