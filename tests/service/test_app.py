import re
from pathlib import Path

import pytest

from anymood.service import app as module

PAGE = Path(module.PAGE)
ORIGIN = "https://example.org"


@pytest.mark.parametrize("path", ["/", "/docs", "/openapi.json", "/v1/models", "/none", "/page/none.js", "/metrics"])
def test_every_answer_has_the_security_headers(client, path):
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] in {"no-store", "no-cache"}
    assert "access-control-allow-origin" not in headers


def test_predictions_are_not_cached(client):
    assert client.post("/v1/predict", json={"text": "love"}).headers["cache-control"] == "no-store"


def test_other_sites_may_ask_only_when_they_are_named(serving):
    closed, opened = serving(), serving(origins=[ORIGIN])
    headers = {"Origin": ORIGIN, "Access-Control-Request-Method": "POST"}
    assert "access-control-allow-origin" not in closed.options("/v1/predict", headers=headers).headers
    assert opened.options("/v1/predict", headers=headers).headers["access-control-allow-origin"] == ORIGIN
    other = opened.get("/v1/models", headers={"Origin": "https://example.com"})
    assert "access-control-allow-origin" not in other.headers


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Origin": "http://testserver"}, 200),
        ({"Origin": "https://testserver", "Sec-Fetch-Site": "same-origin"}, 200),
        ({"Origin": "https://mood.example.org", "Sec-Fetch-Site": "same-origin"}, 200),  # behind a proxy
        ({"Origin": ORIGIN, "Sec-Fetch-Site": "cross-site"}, 200),
        ({"Origin": "https://example.com"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://[::1"}, 403),
        ({"Origin": "http://testserver:81"}, 403),
        ({"Origin": "https://www.example.org", "Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
    ],
)
def test_a_form_of_another_site_is_refused_unless_it_is_named(serving, headers, status):
    client = serving(origins=[ORIGIN])
    answer = client.post("/v1/predict", files={"text": (None, "love")}, headers=headers)
    assert answer.status_code == status
    if status == 403:
        assert answer.json()["type"] == "/docs#other-site"
        assert "content-security-policy" in answer.headers
        assert 'anymood_problems_total{reason="other-site"} 1.0' in client.get("/metrics").text


@pytest.mark.parametrize("path", ["/v1/predict/", "/docs/", "/page", "/live/"])
def test_nobody_is_sent_to_another_address(client, path):
    answer = client.post(path, json={"text": "love"}, follow_redirects=False)
    assert answer.status_code in (404, 405)
    assert "location" not in answer.headers
    assert answer.json()["detail"].endswith("See /docs for the API.")


@pytest.mark.parametrize("path", ["/", "/docs", "/live", "/ready", "/metrics", "/v1/models", "/openapi.json"])
def test_the_head_of_what_can_be_got(client, path):
    assert client.head(path).status_code == client.get(path).status_code == 200


def test_the_description_has_examples_that_work(client):
    described = client.get("/openapi.json").json()
    assert {problem["name"] for problem in described["x-problems"]} > {"overloaded", "unusable-image"}
    single, batch = (
        described["paths"][path]["post"]["requestBody"]["content"] for path in ("/v1/predict", "/v1/predict/batch")
    )
    for example in single["application/json"]["examples"].values():
        assert client.post("/v1/predict", json=example["value"]).json()["problem"] is None
    form = {name: (None, value) for name, value in single["multipart/form-data"]["example"].items()}
    assert client.post("/v1/predict", files=form).json()["used"] == "text"
    plain = single["application/x-www-form-urlencoded"]["example"]
    assert client.post("/v1/predict", data=plain).json()["used"] == "text"
    answer = client.post("/v1/predict/batch", json=batch["application/json"]["example"]).json()
    assert [each["used"] for each in answer["predictions"]] == ["text", "image"]


def test_every_reference_of_the_description_can_be_followed(client):
    text = client.get("/openapi.json").text
    described = client.get("/openapi.json").json()
    for name in re.findall(r'"\$ref":"#/components/schemas/(\w+)"', text):
        assert name in described["components"]["schemas"]
    assert '"$defs"' not in text


def test_the_pages_name_no_other_host_and_have_nothing_inline(client):
    for path in ("/", "/docs"):
        html = client.get(path).text
        assert not re.search(r"(src|href)=\"(https?:)?//", html)
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", html)
        for file in re.findall(r"(?:src|href)=\"(/page/[^\"]+)\"", html):
            assert client.get(file).status_code == 200, file


def test_nothing_outside_the_page_is_served(client):
    for path in ("/page/../app.py", "/page/%2e%2e/app.py", "/page/..%2fapp.py"):
        assert client.get(path).status_code == 404
