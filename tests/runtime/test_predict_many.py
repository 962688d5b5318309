import dataclasses
import itertools
import threading
import time
import tracemalloc

import numpy as np
import pandas
import polars
import pyarrow
import pytest
from PIL import Image
from same import assert_same

from anymood.errors import SettingError
from anymood.posts import Post, Reason
from anymood.runtime.bundle import Bundle
from anymood.runtime.encoding import TOKENS_PER_RUN
from anymood.runtime.finding import find_bundle
from anymood.runtime.predictor import Model

BRIGHT = np.full((30, 40, 3), 250, np.uint8)
DARK = np.full((30, 40), 5, np.uint8)


def test_order_and_ids_stay(model, posts):
    predictions = list(model.predict_many(posts, batch_size=7))
    assert [prediction.id for prediction in predictions] == [post.id for post in posts]
    assert {prediction.used for prediction in predictions} == {"both", "text", "image", "none"}


@pytest.mark.parametrize("batch_size", [1, 5, 32, 100])
@pytest.mark.parametrize("engine", ["onnxruntime", "openvino"])
def test_neighbours_and_padding_change_nothing(bundle, posts, engine, batch_size):
    model = Model(bundle, threads=2, engine=engine)
    alone = [dataclasses.replace(model.predict(post.text, post.image), id=post.id) for post in posts]
    assert_same(model.predict_many(posts, batch_size), alone, by=model)
    assert_same(model.predict_many(reversed(posts), batch_size), reversed(alone), by=model)
    assert_same(model.predict_together(posts[:batch_size]), alone[:batch_size], by=model)


@pytest.mark.parametrize("engine", ["onnxruntime", "openvino"])
def test_nor_do_they_with_the_bundled_model(engine):
    model = Model(Bundle.open(find_bundle("sentiment")), engine=engine)
    texts = ["love it", "the worst day of a whole long year, I hate all of this so much", "ok", "rain " * 30]
    images = np.random.default_rng(0).integers(0, 256, (4, 64, 64, 3), dtype=np.uint8)
    posts = [Post(text, image) for text, image in zip(texts, images, strict=True)]
    alone = [model.predict(post.text, post.image) for post in posts]
    assert_same(model.predict_many(posts), alone, by=model)


def test_threads_change_nothing(bundle, model, posts):
    one = Model(bundle, threads=1, engine="onnxruntime")
    assert_same(one.predict_many(posts), model.predict_many(posts))


def test_a_stream_that_is_left_waits_for_no_batch(model, monkeypatch):
    encode, encoded = model._graphs.encode_text, []

    def slowly(ids):
        encoded.append(len(ids))
        time.sleep(0.2 if sum(encoded) > 1000 else 0)  # the second batch takes at least 20 seconds
        return encode(ids)

    monkeypatch.setattr(model._graphs, "encode_text", slowly)
    stream = model.predict_many((Post("love " * 40) for _ in range(5000)), batch_size=1000)
    next(stream)
    stream.close()
    assert sum(encoded) < 2000


def test_graphs_see_texts_by_tokens(model, monkeypatch):
    encode, seen = model._graphs.encode_text, []

    def noting(ids):
        seen.append(ids.shape)
        return encode(ids)

    monkeypatch.setattr(model._graphs, "encode_text", noting)
    texts = ["love " * (number % 20 + 1) for number in range(300)]
    assert all(prediction.used == "text" for prediction in model.predict_many(texts, batch_size=300))
    assert sum(count for count, _ in seen) == 300
    _, *full = sorted(seen, key=lambda shape: shape[1])  # the last group has the shortest texts, and may have few
    assert all(count * tokens <= TOKENS_PER_RUN < (count + 1) * tokens for count, tokens in full)


def test_mappings_are_posts(model):
    [first, second] = model.predict_many([{"text": "love", "id": "a"}, {"image": DARK, "text": float("nan")}])
    assert (first.label, first.used, first.id) == ("positive", "text", "a")
    assert (second.label, second.used, second.problem) == ("negative", "image", None)


def test_a_bad_row_stands_alone(model):
    rows = [
        ("a", "tuple"),
        {"text": "love", "Image": "x"},
        None,
        Post("hate"),
        {"text": b"love"},
        Post("love", "none.jpg"),
    ]
    predictions = list(model.predict_many(rows))
    assert [prediction.used for prediction in predictions] == ["none", "text", "none", "text", "none", "text"]
    assert [prediction.reason for prediction in predictions] == [
        "not a post",
        "unknown field",
        "nothing to see",
        None,
        "not a text",
        "missing image",
    ]


@pytest.mark.parametrize("posts", ["love", b"love", {"text": "love"}, Post("love"), None, 3])
def test_one_post_is_not_many(model, posts):
    message = f"was given one {type(posts).__name__}. Put it into a list, or use predict"
    with pytest.raises(SettingError, match=message):
        model.predict_many(posts)
    with pytest.raises(SettingError, match=message):
        model.predict_together(posts)


@pytest.mark.parametrize("kind", [list, tuple, iter, np.array, pandas.Series, pandas.Index, polars.Series])
def test_texts_are_posts(model, kind):
    predictions = list(model.predict_many(kind(["I love it", "so sad"])))
    assert [(each.label, each.used, each.problem) for each in predictions] == [
        ("positive", "text", None),
        ("negative", "text", None),
    ]


def test_a_column_may_have_gaps(model):
    for column in (
        pandas.Series(["love", None, np.nan]),
        pandas.Series(["love", pandas.NA, pandas.NaT], dtype=object),
    ):
        love, *gaps = model.predict_many(column)
        assert love.label == "positive"
        assert [gap.reason for gap in gaps] == ["nothing to see"] * 2


@pytest.mark.parametrize("dtype", [None, object])
def test_masked_items_of_an_array_are_missing(model, dtype):
    texts = np.ma.array(["love", "hate", "love"], mask=[False, True, False], dtype=dtype)
    assert_same(model.predict_many(texts), model.predict_many(["love", None, "love"]))
    assert np.isnan(model.predict_proba(texts)).any(axis=1).tolist() == [False, True, False]


def test_an_image_with_masked_values_is_not_used(model):
    image = np.ma.array(BRIGHT, mask=False)
    assert_same([model.predict("hate", image)], [model.predict("hate", BRIGHT)])
    image[0, 0] = np.ma.masked
    prediction = model.predict("hate", image)
    assert (prediction.used, prediction.reason) == ("text", Reason.UNREADABLE)
    assert "must not have masked values" in prediction.problem


def test_a_batch_has_at_least_one_post(model):
    with pytest.raises(SettingError, match="'batch_size' is 0. Give a positive integer"):
        model.predict_many([], batch_size=0)
    with pytest.raises(SettingError, match="'batch_size' is '3'"):
        model.predict_many([], batch_size="3")


def test_no_posts_are_not_predictions(model):
    assert list(model.predict_many([])) == []


def test_no_more_than_two_batches_are_in_hand(model):
    taken = []
    stream = model.predict_many((taken.append(n) or Post("love") for n in itertools.count()), batch_size=4)
    assert taken == []
    for number in range(10):
        next(stream)
        assert len(taken) == (number // 4 + 2) * 4
    stream.close()


def test_an_error_of_the_source_comes_after_what_it_gave(model):
    def source():
        yield from [Post("love", id="0"), Post("hate", id="1"), Post("day", id="2")]
        raise OSError("the disk is gone")

    predictions = []
    with pytest.raises(OSError, match="the disk is gone"):
        for prediction in model.predict_many(source(), batch_size=2):
            predictions.append(prediction.id)  # noqa: PERF401 - what came before the error counts
    assert predictions == ["0", "1", "2"]


def test_memory_does_not_grow_with_the_number_of_posts(model):
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


def test_the_engines_agree(bundle, model, posts):
    other = Model(bundle, engine="openvino")
    assert_same(other.predict_many(posts), model.predict_many(posts), by=other)


def test_many_threads_may_share_a_model(bundle, model, posts):
    expected = list(model.predict_many(posts))
    fresh, by_thread = Model(bundle, threads=2, engine="onnxruntime"), {}

    def work(number):
        by_thread[number] = list(fresh.predict_many(posts, batch_size=3 + number))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(by_thread) == 6
    for predictions in by_thread.values():
        assert_same(predictions, expected)


def test_many_posts_may_share_an_image_that_is_not_read_yet(bundle, tmp_path):
    # Pillow reads the file when an image is first used, and two threads at once would mix up its rows.
    pixels = np.random.default_rng(0).integers(0, 256, (400, 400, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "lazy.png")
    model = Model(bundle, threads=4)
    for _ in range(10):
        with Image.open(tmp_path / "lazy.png") as image:
            assert_same(model.predict_many([Post(image=image)] * 6), [model.predict(image=pixels)] * 6, by=model)


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


def test_scalars_of_arrow_are_texts(model):
    column = pyarrow.array(["love", None, "hate"])
    assert [prediction.label for prediction in model.predict_many(column)] == ["positive", None, "negative"]


def test_an_array_without_a_dimension_is_one_post(model):
    with pytest.raises(SettingError, match="takes many posts, but was given one ndarray"):
        model.predict_many(np.array("love"))
