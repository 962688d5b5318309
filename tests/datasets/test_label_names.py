import pytest

from anymood.datasets import open_corpus, read_table
from anymood.datasets.label_names import folded, one_edit_apart, similar_labels
from anymood.errors import SettingError
from anymood.labels import LabelSet


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


@pytest.mark.parametrize("names", ["ab", None, ("a", 3), ("a", None), {"a", "b"}, (True, False)])
def test_a_label_set_has_names(names):
    with pytest.raises(SettingError, match="The labels must be a tuple of str"):
        LabelSet(names)


def test_a_list_of_names_is_a_label_set():
    assert LabelSet(["b", "a"]) == LabelSet(("b", "a"))
    with pytest.raises(SettingError, match="a tuple of str"):
        LabelSet.of(["a", 3, None])


def test_names_in_place_of_a_label_set(tmp_path):
    table = tmp_path / "posts.csv"
    table.write_text("text,label\nx,a\ny,b\n", encoding="utf-8")
    for read in (read_table, open_corpus):
        with pytest.raises(SettingError, match="'labels' is a LabelSet, .*not a list"):
            read(table, ["a", "b"])
