import pytest

MOODS = {"love happy": "positive", "awful sad": "negative"}


@pytest.fixture
def rows(client):
    """Rows as a client has them once they are predicted."""
    texts = [text for text in MOODS for _ in range(30)]
    predictions = client.post("/v1/predict/batch", json={"posts": [{"text": text} for text in texts]}).json()
    return [
        {"text": text, "image": "/etc/passwd", "team": "ab"[number % 2], "created": "2024-05-01"}
        | {name: each[name] for name in ("label", "used", "disagreement", "problem", "reason")}
        | {f"p_{label}": value for label, value in each["probabilities"].items()}
        for number, (text, each) in enumerate(zip(texts, predictions["predictions"], strict=True))
    ]


def test_a_report_of_predicted_rows(client, rows):
    answer = client.post("/v1/report", json={"rows": rows, "by": ["team"], "source": "posts.csv", "title": "Mine"})
    assert answer.status_code == 200
    report = answer.json()["report"]
    assert (report["title"], report["source"], report["rows"]) == ("Mine", "posts.csv", 60)
    counted = {each["label"]: round(60 * each["counted"]) for each in report["total"]["shares"]}
    assert counted == {"negative": 30, "neutral": 0, "positive": 30}
    assert [group["posts"] for group in report["breakdowns"][0]["groups"]] == [30, 30]
    assert report["series"]["column"] == "created"
    assert "<h2" in answer.json()["html"]
    assert all(each["thumbnail"] is None for posts in report["extremes"].values() for each in posts)


def test_the_text_may_have_another_name(client, rows):
    renamed = [{("message" if name == "text" else name): value for name, value in row.items()} for row in rows]
    answer = client.post("/v1/report", json={"rows": renamed, "text_column": "message"})
    assert answer.json()["report"]["extremes"]["positive"][0]["text"] == "love happy"


@pytest.mark.parametrize(
    ("change", "status", "message"),
    [
        ({"rows": [{"text": "love"}]}, 422, "not predicted by tiny"),
        ({"rows": []}, 422, "rows"),
        ({"by": ["tem"]}, 422, "no column 'tem'"),
        ({"model": "gone"}, 404, "no model 'gone'"),
        ({"heading": "x"}, 422, "heading"),
    ],
)
def test_what_cannot_be_reported_is_a_problem(client, rows, change, status, message):
    answer = client.post("/v1/report", json={"rows": rows[:3], **change})
    assert answer.status_code == status
    assert message in answer.json()["detail"]


@pytest.mark.parametrize("odd", [{"used": {"a": 1}}, {"used": [1]}, {"p_positive": 10**400}, {"reason": {"a": 1}}])
def test_values_of_other_types_are_read_as_far_as_possible(client, rows, odd):
    answer = client.post("/v1/report", json={"rows": [*rows, rows[0] | odd]})
    assert answer.status_code == 200
    assert answer.json()["report"]["rows"] == 61


def test_rows_without_a_label(client, rows):
    unseen = [row | {"label": None, "used": "none", "p_negative": None, "reason": "nothing to see"} for row in rows[:2]]
    answer = client.post("/v1/report", json={"rows": unseen})
    assert answer.status_code == 400
    assert "2 posts, none with a label" in answer.json()["detail"]
