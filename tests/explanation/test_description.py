import pytest

from anymood.explanation.description import regions_in_words, strongest_words
from anymood.explanation.values import Explanation, RegionEffects, WordEffect
from anymood.posts import Prediction


def explained(text, effects):
    """An explanation whose words have these effects."""
    words, start = [], 0
    for word, effect in zip(text.split(), effects, strict=True):
        start = text.index(word, start)
        words.append(WordEffect(start, start + len(word), effect))
        start += len(word)
    return Explanation(Prediction("text"), "tiny", label="positive", text=text, words=tuple(words))


def test_a_word_that_comes_again_is_one_entry():
    strongest = strongest_words(explained("Good, the good day was good. ok", [0.4, 0.0, 0.2, 0.1, -0.2, -0.35, 0.05]))
    assert [name for name, _ in strongest] == ["good", "Good x2", "was", "day", "ok"]
    assert [effect for _, effect in strongest] == pytest.approx([-0.35, 0.3, -0.2, 0.1, 0.05])


def test_a_long_text_lists_different_words():
    strongest = strongest_words(explained("bad " * 20 + "fine late", [-0.8] * 20 + [0.1, -0.2]))
    assert [name for name, _ in strongest] == ["bad x20", "late", "fine"]


def test_marks_alone_are_words():
    assert [name for name, _ in strongest_words(explained("!!! :) !!!", [0.1, 0.3, 0.3]))] == [":)", "!!! x2"]


def test_a_part_of_the_image_supports_or_opposes_by_the_sum_of_its_effects():
    effects = [[0.0] * 6 for _ in range(6)]  # ninths of four regions each
    effects[0][:2] = 0.6, -0.5
    effects[5][5] = -0.2
    regions = RegionEffects((0.0, 0.0, 1.0, 1.0), tuple(map(tuple, effects)), "feature map")
    message = regions_in_words(Explanation(Prediction("image"), "tiny", label="positive", regions=regions))
    assert message == "In the image, the top left supports positive most and the bottom right opposes positive most."


def test_an_explanation_is_shown_in_one_line():
    explanation = Explanation(Prediction("text"), "tiny", "positive", 0.75, 0.5, text_effect=0.25, text="love")
    parts = "The probability of positive is 75.0%: prior 50.0%, text +25.0 points."
    assert repr(explanation) == f"<Explanation by 'tiny': {parts}>"
