import pytest

from anymood.preparation.cleaning import clean
from anymood.preparation.quotes import without_quotes


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("> so sad\n\nI love it", "I love it"),
        (">so sad\nI love it\n>> awful\n👍", "I love it thumbs up"),
        ("&gt; so sad\nI love it", "I love it"),
        ("&amp;gt; so sad\nI love it", "I love it"),
        ("On 15 Jan 2024, at 10:30, Bo <bo@example.org> wrote:\n> so sad\n\nI love it", "I love it"),
        ("Am 15.01.2024 um 10:30 schrieb Bo:\r\n\r\n> so sad\r\nschön", "schön"),
        ("<blockquote><p>so<br>sad</p></blockquote><p>I love it</p>", "I love it"),
        ("<p>I love it</p><blockquote>so sad</blockquote>", "I love it"),
    ],
)
def test_quoted_lines_are_not_the_authors(text, own):
    assert clean(text) == own


@pytest.mark.parametrize(
    "text",
    [
        "> so sad",
        ">be me\n>so sad",
        "5 > 3\nso sad",
        "> 5 people\nso sad",
        ">:(\nso sad",
        ">_< so sad\nx",
        ">!so sad!<\nI know",
        "-> so sad",
        "a\n>",
    ],
)
def test_other_texts_stay(text):
    assert without_quotes(text) == text


def test_places_stay():
    text = "> so sad\nI love it\n> awful"
    own = without_quotes(text)
    assert (len(own), own.split()) == (len(text), ["I", "love", "it"])
    assert own.index("love") == text.index("love")
