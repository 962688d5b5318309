import pytest

from anymood.explanation.word_effects import PASSAGE, passages, words_of


def texts_of(text):
    return [text[part[0].start : part[-1].end] for part in passages(text, words_of(text))]


@pytest.mark.parametrize("count", [1, 2, 8, 11])
def test_a_short_text_is_one_passage(count):
    text = " ".join(["word"] * count)
    assert texts_of(text) == [text]


@pytest.mark.parametrize("count", [12, 13, 30, 100, 1001])
def test_a_long_text_has_passages_of_about_the_same_length(count):
    words = words_of(" ".join(["word"] * count))
    parts = passages("word " * count, words)
    assert [word for part in parts for word in part] == words
    assert all(abs(len(part) - PASSAGE) <= 2 for part in parts)


def test_a_passage_ends_at_a_mark_that_is_near():
    text = "We came late, the staff was kind. But the food was cold and the room was loud"
    assert texts_of(text) == ["We came late, the staff was kind.", "But the food was cold and the room was loud"]
