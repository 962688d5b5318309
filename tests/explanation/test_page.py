import re
from html.parser import HTMLParser

import numpy as np
import pytest

from anymood.explanation.explain import explain
from anymood.explanation.page import fragment, page

EMPTY = {"br", "img", "input", "meta", "rect"}


class Elements(HTMLParser):
    """The elements of a page; one that is not closed is an error."""

    def __init__(self, text):
        super().__init__()
        self.open, self.found = [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in EMPTY:
            assert self.open.pop() == tag

    def all(self, tag):
        return [attrs for name, attrs in self.found if name == tag]


@pytest.fixture(scope="module")
def explanation(mapped, quarter):
    return explain('love <b>the</b> "awful" day', quarter, model=mapped, label="positive")


def test_a_page_needs_no_other_file_and_no_script(explanation):
    text = page(explanation)
    elements = Elements(text)
    assert not re.search(r"https?://|//[a-z]", text.replace("data:image", ""))
    assert elements.all("script") == []
    assert [each["src"][:23] for each in elements.all("img")] == ["data:image/jpeg;base64,"]


def test_words_are_marked_in_the_text_as_given(explanation):
    elements = Elements(fragment(explanation))
    marks = elements.all("mark")
    assert {"against" in each.get("class", "") for each in marks} == {True, False}
    assert any("strong" in each.get("class", "") for each in marks)
    assert all(re.fullmatch(r"[+-]\d+\.\d", each["title"]) for each in marks)
    assert "&lt;b&gt;" in fragment(explanation)
    assert "<b>" not in fragment(explanation)


def test_the_overlay_is_off_and_told_in_words(explanation):
    elements = Elements(fragment(explanation))
    [box] = elements.all("input")
    assert box["type"] == "checkbox"
    assert "checked" not in box
    assert "id" not in box  # a notebook may show several explanations
    [drawing] = elements.all("svg")
    assert "the top left supports positive most" in drawing["aria-label"]
    assert len(elements.all("rect")) == 16


def test_a_notebook_shows_the_fragment(explanation):
    assert explanation._repr_html_() == fragment(explanation)


def test_without_a_label_the_problem_stands(mapped):
    text = page(explain(model=mapped, image=np.zeros(3)))
    Elements(text)
    assert "No label" in text
