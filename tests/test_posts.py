import re
from html.parser import HTMLParser

import pytest

from anymood.posts import Prediction, Scores


def scores(*values, labels=("bad", "so-so", "good")):
    return Scores(labels, values)


BOTH = Prediction(
    "both",
    text=scores(0.1, 0.2, 0.7),
    image=scores(0.5, 0.25, 0.25),
    fused=scores(0.06, 0.0, 0.94),
    id="7",
)
NOTHING = Prediction("none", problem="There is nothing <to> see.", reason="nothing to see")


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
    html = Prediction("text", text=scores(1.0, 0.0, labels=("<script>", "&")), problem="<b>")._repr_html_()
    assert "<script>" not in html
    assert ("th", "<script>") in Page(html).texts


@pytest.mark.parametrize("prediction", [BOTH, NOTHING])
def test_a_notebook_may_be_dark(prediction):
    html = prediction._repr_html_()
    assert re.findall(r"#[0-9a-f]{3}|rgb|black|white|class=", html) == []
    assert html.count("<table") == html.count('<table style="color: inherit"')
