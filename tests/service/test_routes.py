import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from same import assert_same

import anymood
from anymood.service.limits import Limits
from anymood.service.security import Keys


def problem(response, status, kind):
    """The body of an answer that must be a problem of this kind."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body = response.json()
    assert body["type"] == f"/docs#{kind}"
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]
    return body


def test_a_form_and_json_say_what_the_model_says(client, tiny, bright, bright64):
    expected = tiny.predict("awful day", bright).to_dict() | {"model": "tiny", "id": "7"}
    form = client.post("/v1/predict", data={"text": "awful day", "id": "7"}, files={"image": ("a.png", bright)})
    json = client.post("/v1/predict", json={"text": "awful day", "id": "7", "image": bright64, "model": "tiny"})
    assert_same([form.json(), json.json()], [expected, expected], by=tiny)
    assert expected["used"] == "both"
    assert expected["disagreement"] > 0.9


def test_text_or_image_alone(client, bright):
    text = client.post("/v1/predict", json={"text": "love"}).json()
    image = client.post("/v1/predict", files={"image": bright}).json()
    assert (text["used"], text["label"], text["image"], text["fused"]) == ("text", "positive", None, None)
    assert (image["used"], image["label"], image["text"]) == ("image", "positive", None)


@pytest.mark.parametrize("path", ["/v1/predict", "/v1/predict/batch"])
def test_what_stands_in_the_address_is_refused(client, path):
    message = problem(client.post(f"{path}?model=tiny", json={"text": "love"}), 422, "malformed-request")
    assert "in the body" in message["detail"]


def test_what_the_model_never_learnt_from_is_not_the_images_fault(serving, bundles, tmp_path):
    pictures = anymood.load(bundles.write_bundle(tmp_path / "pictures", trained=("image",)).folder, threads=1)
    client = serving(models={"pictures": pictures})
    message = problem(client.post("/v1/predict", json={"text": "love"}), 422, "nothing-to-see")
    assert (message["reason"], "not trained on texts" in message["detail"]) == ("not trained for it", True)


def test_a_file_field_left_empty_by_a_browser_is_not_an_image(client):
    boundary = "x"
    part = '--x\r\nContent-Disposition: form-data; name="{}"{}\r\n\r\n{}\r\n'
    body = part.format("text", "", "love") + part.format("image", '; filename=""', "") + "--x--\r\n"
    headers = {"content-type": f"multipart/form-data; boundary={boundary}"}
    answer = client.post("/v1/predict", content=body.encode(), headers=headers)
    assert answer.json()["used"] == "text"
    assert answer.json()["problem"] is None


def test_the_text_decides_for_a_broken_image(client, bright):
    answer = client.post("/v1/predict", data={"text": "sad"}, files={"image": bright[:60]})
    assert answer.status_code == 200
    assert answer.json()["used"] == "text"
    assert answer.json()["reason"] == "truncated"


def test_an_image_with_too_many_pixels_is_kept_from_the_model(serving, bright):
    client = serving(limits=Limits(image_pixels=700))
    answer = client.post("/v1/predict", data={"text": "sad"}, files={"image": bright}).json()
    assert (answer["used"], answer["reason"]) == ("text", "too large")
    assert "32 x 24 pixels, more than 700" in answer["problem"]
    body = problem(client.post("/v1/predict", files={"image": bright}), 422, "unusable-image")
    assert body["reason"] == "too large"
    assert "neither" not in body["detail"]


@pytest.mark.parametrize(("shape", "reason"), [(b"", "empty"), (b"no image", "not an image")])
def test_a_bad_image_alone_is_a_problem(client, shape, reason):
    assert problem(client.post("/v1/predict", files={"image": shape}), 422, "unusable-image")["reason"] == reason


@pytest.mark.parametrize("body", [{}, {"text": " "}, {"text": None, "image": None}])
def test_no_text_or_image(client, body):
    assert problem(client.post("/v1/predict", json=body), 422, "nothing-to-see")["reason"] == "nothing to see"


def test_a_batch_fails_item_by_item(client, tiny, bright64):
    posts = [
        {"id": "a", "text": "love"},
        "no post",
        {"id": "c", "image": "https://example.org/x.jpg"},
        {"id": "d", "image": "AAAA"},
        {"id": "e", "text": "sad", "image": bright64},
        {"id": 7, "text": 7},
        {"id": "g", "text": "x" * 10_001},
    ]
    answer = client.post("/v1/predict/batch", json={"posts": posts})
    assert answer.status_code == 200
    predictions = answer.json()["predictions"]
    assert [each["label"] for each in predictions] == ["positive", None, None, None, "neutral", None, None]
    assert [each["id"] for each in predictions] == ["a", None, "c", "d", "e", "7", "g"]
    assert [each["reason"] for each in predictions] == [
        None,
        "malformed",
        "malformed",
        "not an image",
        None,
        "malformed",
        "malformed",
    ]
    assert "not supported" in predictions[2]["problem"]
    assert_same(predictions[0]["text"], tiny.predict("love").text, by=tiny)


def test_a_long_batch_is_the_posts_one_by_one(client, tiny):
    texts = ["love", "sad", "the meeting", "best day"] * 5
    answer = client.post("/v1/predict/batch", json={"posts": [{"text": text} for text in texts]}).json()
    assert_same([each["text"] for each in answer["predictions"]], [tiny.predict(text).text for text in texts], by=tiny)


@pytest.mark.parametrize(
    ("value", "named"), [(7, "7"), (1234567890123456789, "1234567890123456789"), (7.0, "7"), (-1, "-1"), ("7", "7")]
)
def test_a_whole_number_may_be_an_id_as_in_tables(client, value, named):
    assert client.post("/v1/predict", json={"text": "love", "id": value}).json()["id"] == named
    answer = client.post("/v1/predict/batch", json={"posts": [{"text": "love", "id": value}]}).json()
    assert [each["id"] for each in answer["predictions"]] == [named]


@pytest.mark.parametrize("value", [True, 7.5, [7], {}, "x" * 201, 10**300])
def test_nothing_else_may_be_an_id(client, value):
    message = problem(client.post("/v1/predict", json={"text": "love", "id": value}), 422, "malformed-request")
    assert message["detail"].startswith("id")


def test_an_empty_batch(client):
    assert client.post("/v1/predict/batch", json={"posts": []}).json() == {"model": "tiny", "predictions": []}


def test_models_and_limits(client):
    answer = client.get("/v1/models").json()
    assert [model["name"] for model in answer["models"]] == ["tiny"]
    assert answer["models"][0]["labels"] == ["negative", "neutral", "positive"]
    assert answer["limits"]["batch_posts"] == Limits().batch_posts


@pytest.mark.parametrize("path", ["/v1/predict", "/v1/predict/batch"])
def test_an_unknown_model(client, path):
    answer = client.post(path, json={"posts": [], "model": "huge"} if "batch" in path else {"model": "huge"})
    assert "Available: tiny" in problem(answer, 404, "unknown-model")["detail"]


def test_ready_once_it_is_warm(serving):
    client = serving()
    deadline = time.monotonic() + 30
    while (answer := client.get("/ready")).status_code != 200:
        problem(answer, 503, "not-ready")
        assert time.monotonic() < deadline
    assert client.get("/live").json() == {"status": "live"}


def test_keys_are_required_only_for_the_api(serving):
    client = serving(keys=Keys(["k" * 20, "another-key-of-mine"]))
    answer = client.post("/v1/predict", json={"text": "love"})
    problem(answer, 401, "no-key")
    assert answer.headers["www-authenticate"] == "Bearer"
    problem(client.get("/v1/models", headers={"Authorization": "Bearer " + "k" * 19}), 401, "no-key")
    headers = {"Authorization": "Bearer another-key-of-mine"}
    assert client.post("/v1/predict", json={"text": "love"}, headers=headers).status_code == 200
    assert client.get("/live").status_code == 200
    assert "HTTPBearer" in client.get("/openapi.json").json()["components"]["securitySchemes"]


def test_beyond_the_limit_of_concurrent_requests(serving):
    client = serving(limits=Limits(max_concurrent=1))
    with client.app.state.admission.admit():
        answer = client.post("/v1/predict", json={"text": "love"})
        problem(answer, 503, "overloaded")
        assert answer.headers["retry-after"] == "1"
        assert client.get("/live").status_code == 200
    assert client.post("/v1/predict", json={"text": "love"}).status_code == 200
    assert client.app.state.admission.active == 0


class Held:
    """A model that predicts once it is let go, and notes how many posts it was given together."""

    def __init__(self, model):
        self.model, self.together = model, []
        self.begun, self.go = threading.Event(), threading.Event()

    def __getattr__(self, name):
        return getattr(self.model, name)

    def predict_together(self, posts):
        self.together.append(len(posts))
        self.begun.set()
        assert self.go.wait(30)
        return self.model.predict_together(posts)


def series(client, name):
    return float(next(line for line in client.get("/metrics").text.splitlines() if line.startswith(name)).split()[-1])


def test_requests_that_wait_are_predicted_together_and_each_gets_its_own(serving, tiny, bright):
    held = Held(tiny)
    client = serving({"held": held}, limits=Limits(max_concurrent=6))
    bodies = [
        {"json": {"text": "love"}},
        {"json": {"text": "sad"}},
        {"files": {"image": bright}},
        {"data": {"text": "love"}, "files": {"image": bright[:60]}},
        {"files": {"image": b"no image"}},
    ]
    with ThreadPoolExecutor(5) as pool:
        answers = [pool.submit(client.post, "/v1/predict", **bodies[0])]
        assert held.begun.wait(30)
        for number, body in enumerate(bodies[1:], 1):
            answers.append(pool.submit(client.post, "/v1/predict", **body))
            deadline = time.monotonic() + 30
            while series(client, "anymood_requests_waiting") < number:
                assert time.monotonic() < deadline
        held.go.set()
        love, sad, image, both, broken = (answer.result() for answer in answers)
    assert held.together == [1, 4]
    expected = [tiny.predict("love"), tiny.predict("sad"), tiny.predict(None, bright)]
    for answer, prediction in zip((love, sad, image), expected, strict=True):
        assert_same(answer.json(), {"model": "tiny", **prediction.to_dict()}, by=tiny)
    assert (both.json()["used"], both.json()["reason"]) == ("text", "truncated")
    problem(broken, 422, "unusable-image")
    assert series(client, "anymood_batch_posts_sum") == 5


def test_metrics_count_answers_posts_and_problems(client, bright):
    client.post("/v1/predict", json={"text": "love"})
    client.post("/v1/predict", data={"text": "sad"}, files={"image": bright[:60]})
    client.post("/v1/predict/batch", json={"posts": [{"text": "sad"}] * 3})
    client.post("/v1/predict", json={"text": "\u200b"})
    client.post("/v1/predict", content=b"{")
    for path in ("/such/a/path", "/page/index.html", "/page/such", "/openapi.json", "/", "/v1/predict"):
        client.get(path)
    answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    for line in (
        'anymood_requests_total{method="POST",route="/v1/predict",status="200"} 2.0',
        'anymood_requests_total{method="POST",route="/v1/predict",status="415"} 1.0',
        'anymood_requests_total{method="GET",route="other",status="404"} 1.0',
        'anymood_requests_total{method="GET",route="/page",status="200"} 1.0',
        'anymood_requests_total{method="GET",route="/page",status="404"} 1.0',
        'anymood_requests_total{method="GET",route="/openapi.json",status="200"} 1.0',
        'anymood_requests_total{method="GET",route="/",status="200"} 1.0',
        'anymood_requests_total{method="GET",route="/v1/predict",status="405"} 1.0',
        'anymood_request_seconds_count{route="/v1/predict/batch"} 1.0',
        "anymood_request_posts_sum 6.0",
        "anymood_batch_posts_sum 6.0",
        'anymood_predictions_total{model="tiny",used="text"} 5.0',
        'anymood_problems_total{reason="nothing to see"} 1.0',
        'anymood_problems_total{reason="truncated"} 1.0',
        'anymood_problems_total{reason="unknown-media"} 1.0',
        "anymood_requests_in_progress 0.0",
        "anymood_requests_waiting 0.0",
        "anymood_arriving_body_bytes 0.0",
    ):
        assert line in answer.text.splitlines()
    assert "_created" not in answer.text
