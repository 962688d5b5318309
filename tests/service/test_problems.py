import inspect
import time

import pytest

from anymood.errors import AnymoodError, BundleError
from anymood.service import problems
from anymood.service.problems import KINDS


def test_every_error_of_the_service_has_a_kind():
    kinds = [each for each in vars(problems).values() if inspect.isclass(each) and each.__module__ == problems.__name__]
    errors = [each for each in kinds if issubclass(each, AnymoodError)]
    assert len(errors) > 8
    for error in errors:
        assert error in KINDS or error is problems.RequestError


def test_kinds_have_statuses_and_names_of_their_own():
    names = [kind.name for kind in KINDS.values()]
    assert len(set(names)) == len(names)
    assert all(400 <= kind.status < 600 for kind in KINDS.values())


@pytest.mark.parametrize("error", [BundleError("graph of /secret/place is broken"), RuntimeError("secret post")])
def test_a_fault_is_reported_in_general_and_logged(client, monkeypatch, caplog, error):
    def fail(*_):
        raise error

    monkeypatch.setattr("anymood.runtime.predictor.Model.predict_together", fail)
    answer = client.post("/v1/predict", json={"text": "love"})
    assert answer.status_code == 500
    assert answer.json()["type"] == "/docs#fault"
    assert "secret" not in answer.text
    message = [record.getMessage() for record in caplog.records if record.name == "anymood.service"]
    assert message[-1].startswith("POST /v1/predict: ")
    assert "secret post" not in caplog.text
    assert answer.headers["cache-control"] == "no-store"
    assert 'anymood_problems_total{reason="fault"} 1.0' in client.get("/metrics").text
    assert client.app.state.admission.active == 0


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (BundleError("the graph is broken"), "warming up: the graph is broken"),
        (MemoryError(), "warming up: The model tiny cannot be run: MemoryError. Restart the service"),
    ],
)
def test_a_model_that_cannot_run_is_never_ready(serving, monkeypatch, caplog, error, message):
    def fail(*_):
        raise error

    monkeypatch.setattr("anymood.runtime.predictor.Model.predict", fail)
    client = serving()
    deadline = time.monotonic() + 30
    while (answer := client.get("/ready")).status_code == 503:
        assert time.monotonic() < deadline, answer.text
        time.sleep(0.01)
    assert answer.status_code == 500
    assert answer.json()["type"] == "/docs#fault"
    assert client.get("/ready").status_code == 500
    logged = [record.getMessage() for record in caplog.records if record.name == "anymood.service"]
    assert logged[0].startswith(message)


def test_unknown_paths_and_methods_are_problems(client):
    missing, method = client.get("/none"), client.get("/v1/predict")
    for answer, status in ((missing, 404), (method, 405)):
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["type"] == "about:blank"
    assert method.headers["allow"] == "POST"
    assert method.json()["detail"] == "Use POST here. See /docs for the API."
