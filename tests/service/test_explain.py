import base64

import pytest
from same import assert_same

from anymood.explanation.explain import explain


def test_a_post_is_explained_as_by_the_library(client, tiny, bright):
    answer = client.post("/v1/explain", data={"text": "love the day", "id": "7"}, files={"image": bright})
    assert answer.status_code == 200
    message = answer.json()
    expected = explain("love the day", bright, model=tiny).to_dict()
    assert message["prediction"].pop("id") == "7"
    assert expected["prediction"].pop("id") is None
    expected["regions"] |= {name: list(expected["regions"][name]) for name in ("box", "effects")}
    assert_same(message, expected, by=tiny)


@pytest.mark.parametrize("how", ["json", "data"])
def test_a_label_may_be_requested(client, how):
    answer = client.post("/v1/explain", **{how: {"text": "love", "label": "negative"}})
    assert answer.status_code == 200
    assert (answer.json()["label"], answer.json()["prediction"]["label"]) == ("negative", "positive")
    assert answer.json()["text_effect"] < 0


def test_a_label_that_the_model_lacks_is_reported(client):
    answer = client.post("/v1/explain", json={"text": "love", "label": "joy"})
    assert answer.status_code == 422
    assert "The labels are: negative, neutral, positive." in answer.json()["detail"]


def test_prediction_takes_no_label(client):
    for how in ("json", "data"):
        assert client.post("/v1/predict", **{how: {"text": "love", "label": "negative"}}).status_code == 422


def test_no_text_or_image_is_a_problem(client):
    answer = client.post("/v1/explain", json={"text": "http://a.b/c"})
    assert answer.status_code == 422
    assert answer.json()["reason"] == "no words"


def test_a_broken_image_is_a_problem_and_the_text_explained(client, bright):
    broken = base64.b64encode(bright[:60]).decode()
    answer = client.post("/v1/explain", json={"text": "love", "image": broken})
    assert answer.status_code == 200
    assert answer.json()["regions"] is None
    assert "is truncated" in answer.json()["prediction"]["problem"]
    assert client.post("/v1/explain", json={"image": broken}).status_code == 422


def test_an_image_with_too_many_pixels_is_left_out(serving, bright):
    from anymood.service.limits import Limits

    client = serving(limits=Limits(image_pixels=100))
    answer = client.post("/v1/explain", data={"text": "love"}, files={"image": bright})
    assert (answer.status_code, answer.json()["prediction"]["reason"]) == (200, "too large")


def test_explanations_are_counted_as_predictions(client):
    client.post("/v1/explain", json={"text": "love"})
    assert 'anymood_predictions_total{model="tiny",used="text"} 1.0' in client.get("/metrics").text
