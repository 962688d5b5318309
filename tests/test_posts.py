import json
import pickle
import re
from html.parser import HTMLParser

import pytest

from anymood.posts import Prediction, Problem, Reason, Scores, has_text


def scores(*values, labels=("bad", "so-so", "good")):
    return Scores(labels, values)


BOTH = Prediction(
    "both",
    text=scores(0.1, 0.2, 0.7),
    image=scores(0.5, 0.25, 0.25),
    fused=scores(0.06, 0.0, 0.94),
    id="7",
)
NOTHING = Prediction("none", problems=(Problem(Reason.NOTHING_TO_SEE, "There is nothing <to> see."),))


def test_it_begins_with_the_label_and_its_probability():
    assert repr(BOTH) == (
        "Prediction('good', 0.940, used='both', text=Scores({'bad': 0.100, 'so-so': 0.200, 'good': 0.700}), "
        "image=Scores({'bad': 0.500, 'so-so': 0.250, 'good': 0.250}), "
        "fused=Scores({'bad': 0.060, 'so-so': 0.000, 'good': 0.940}), id='7')"
    )
    assert repr(NOTHING) == (
        "Prediction(None, used='none', problem='There is nothing <to> see.', reason='nothing to see')"
    )


class Page(HTMLParser):
    """Texts by the element that they stand in; fails where one is not closed."""

    def __init__(self, html):
        super().__init__()
        self.open, self.texts = [], []
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append((self.open[-1], data))


def test_a_notebook_shows_a_table():
    assert Page(BOTH._repr_html_()).texts == [
        ("b", "good"),
        *(("th", name) for name in ("fused (decides)", "text", "image")),
        *(("th", "bad"), ("td", "6.0%"), ("td", "10.0%"), ("td", "50.0%")),
        *(("th", "so-so"), ("td", "0.0%"), ("td", "20.0%"), ("td", "25.0%")),
        *(("th", "good"), ("td", "94.0%"), ("td", "70.0%"), ("td", "25.0%")),
    ]


def test_a_notebook_shows_what_was_wrong():
    assert Page(NOTHING._repr_html_()).texts == [("b", "no label"), ("i", "There is nothing <to> see.")]


def test_labels_and_problems_are_escaped():
    problems = (Problem(Reason.EMPTY, "<b>"),)
    html = Prediction("text", text=scores(1.0, 0.0, labels=("<script>", "&")), problems=problems)._repr_html_()
    assert "<script>" not in html
    assert ("th", "<script>") in Page(html).texts


@pytest.mark.parametrize("prediction", [BOTH, NOTHING])
def test_a_notebook_may_be_dark(prediction):
    html = prediction._repr_html_()
    assert re.findall(r"#[0-9a-f]{3}|rgb|black|white|class=", html) == []
    assert html.count("<table") == html.count('<table style="color: inherit"')


@pytest.mark.parametrize("text", [None, "", " ", "\n\t\u3000\xa0"])
def test_blank_is_not_text(text):
    assert not has_text(text)


def test_a_problem_is_reported_with_its_place():
    problem = Problem(Reason.ENCODING, "it is not UTF-8.")
    assert str(problem) == "it is not UTF-8."
    assert str(problem.at("t.csv:2")) == "t.csv:2: it is not UTF-8."


def test_a_prediction_tells_all_problems_and_is_counted_by_the_first():
    first, second = Problem(Reason.ENCODING, "it is not UTF-8.", "t.csv:2"), Problem(Reason.TRUNCATED, "It ends early.")
    prediction = Prediction("none", problems=(first, second))
    assert prediction.problem == "t.csv:2: it is not UTF-8. It ends early."
    assert prediction.reason == "encoding"
    assert Prediction("none").problem is Prediction("none").reason is None


def test_a_reason_is_its_phrase_wherever_it_is_written():
    assert len({reason.value for reason in Reason}) == len(Reason)
    assert [reason for reason in Reason if not reason.meaning] == []
    values = Prediction("none", problems=(Problem(Reason.NUL_BYTE, "a"),)).to_dict()
    assert json.loads(json.dumps(values))["reason"] == "NUL byte"
    assert type(values["reason"]) is str
    assert pickle.loads(pickle.dumps(Reason.NUL_BYTE)) is Reason.NUL_BYTE  # noqa: S301 - its own
