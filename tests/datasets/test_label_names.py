import pytest

from anymood.datasets.corpus import folded, one_edit_apart, similar_labels


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        ("positve", "positive", True),
        ("positivee", "positive", True),
        ("positiwe", "positive", True),
        ("postiive", "positive", True),
        ("positive", "positive", False),
        ("negative", "positive", False),
        ("evitisop", "positive", False),
        ("happy", "unhappy", False),
        ("", "a", True),
    ],
)
def test_one_edit(one, other, apart):
    assert one_edit_apart(one, other) is apart
    assert one_edit_apart(other, one) is apart


def test_a_rare_label_one_letter_from_a_frequent_one():
    assert similar_labels({"positive": 90, "positve": 2, "negative": 50}) == [("positve", "positive")]
    assert similar_labels({"mad": 40, "sad": 50}) == []
    assert similar_labels({"mad": 2, "sad": 50, "glad": 9}) == [("mad", "sad")]
    assert similar_labels({"mad": 5, "sad": 200}) == []
    assert similar_labels({"mad": 5, "sad": 200}, few_share=0.05) == [("mad", "sad")]
    assert similar_labels({"Neg": 50, "neu": 2, "nex": 1}) == [("nex", "Neg")]
    assert similar_labels({"negativ": 50, "negativo": 2}) == [("negativo", "negativ")]


@pytest.mark.parametrize(
    "names", [("1", "-1"), ("+", "-"), ("\U0001f600", "\U0001f621"), ("4", "5"), ("p", "n"), ("B+", "B-")]
)
def test_signs_digits_and_single_letters_are_names_of_their_own(names):
    assert similar_labels(dict(zip(names, (50, 2), strict=True))) == []


def test_case_blanks_and_punctuation_make_no_label():
    assert similar_labels({"not sure": 30, "not_sure": 20, "Not-Sure": 10}) == [
        ("not_sure", "not sure"),
        ("Not-Sure", "not sure"),
    ]


@pytest.mark.parametrize(("one", "other"), [("\u2764", "\u2764\ufe0f"), ("\u0130yi", "iyi")])
def test_labels_that_look_the_same_are_the_same_when_folded(one, other):
    assert folded(one) == folded(other)
