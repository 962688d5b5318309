import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anymood.explanation.word_effects import PASSAGE, Word, passages, without, words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        (" \n ", []),
        ("love", ["love"]),
        ("I don't like it!!!", ["I", "don't", "like", "it!!!"]),
        ("good,bad...really", ["good,", "bad...", "really"]),
        ("so well-made :)", ["so", "well-made", ":)"]),
        ('he said "yes"', ["he", "said", '"yes"']),
        ("#best_day with @user, 1,000", ["#best_day", "with", "@user,", "1,000"]),
        ("see https://x.co/a?b=1. now", ["see", "https://x.co/a?b=1.", "now"]),
        ("great😂😂👍🏽 ok", ["great", "😂😂👍🏽", "ok"]),
        ("我爱北京。太好了！", ["我", "爱", "北", "京。", "太", "好", "了！"]),
        ("とても楽しかった", ["とても", "楽", "しかった"]),
        ("안녕하세요 정말", ["안녕하세요", "정말"]),
        ("मुझे यह पसंद है।", ["मुझे", "यह", "पसंद", "है।"]),
        ("می\u200cخواهم خوب،", ["می\u200cخواهم", "خوب،"]),
        ("ไม่ดี", ["ไม่ดี"]),
    ],
)
def test_words(text, words):
    assert [text[word.start : word.end] for word in words_of(text)] == words


def test_a_thai_vowel_stays_with_its_consonant():
    words = words_of("ฉันรักเธอมากที่สุดในโลก")
    assert len(words) > 2
    assert all("ฉันรักเธอมากที่สุดในโลก"[word.start] not in "\u0e31\u0e34\u0e35\u0e48\u0e49" for word in words)


@settings(deadline=None)
@given(st.text())
def test_words_cover_all_but_blanks_once_and_in_order(text):
    end = 0
    for word in words_of(text):
        assert not text[end : word.start].strip()
        assert word.start < word.end
        assert not any(map(str.isspace, text[word.start : word.end]))
        end = word.end
    assert not text[end:].strip()


def test_a_word_left_out_leaves_its_neighbours_apart():
    assert without("a b c", [Word(2, 3)]) == "a   c"
    assert without("great😂ok", [Word(5, 6)]) == "great ok"


def test_in_a_script_without_blanks_none_comes_in():
    assert without("我爱北京", [Word(1, 2)]) == "我北京"


def test_several_words_and_none():
    assert without("a b c", [Word(0, 1), Word(4, 5)]).split() == ["b"]
    assert without("a b c", []) == "a b c"


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
