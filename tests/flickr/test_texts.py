import pytest

from anymood.flickr.texts import Info, from_html, from_title, one_line

ANSWER = {
    "photo": {
        "title": {"_content": "A title"},
        "description": {"_content": "<b>bold</b>"},
        "tags": {"tag": [{"raw": "New York"}, {"raw": "cat"}]},
        "server": "38",
        "secret": "0a",
    }
}


def test_an_answer():
    assert Info.from_answer(ANSWER) == Info("A title", "<b>bold</b>", ("New York", "cat"), "38", "0a")


@pytest.mark.parametrize("answer", [{}, [], None, {"photo": []}, {"photo": ANSWER["photo"] | {"title": "plain"}}])
def test_other_answers(answer):
    with pytest.raises((KeyError, TypeError)):
        Info.from_answer(answer)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("plain", "plain"),
        ("", ""),
        ("one\n\n two\tthree ", "one two three"),
        ('see <a href="http://x.org/?a=1&amp;b=2" rel="nofollow">my <b>blog</b></a>!', "see my blog!"),
        ("rock &amp; roll &quot;live&quot; &#39;69 &lt;3 &Uuml;ber", 'rock & roll "live" \'69 <3 Über'),
        ("first<br />second<p>third</p>fourth", "first second third fourth"),
        ("un<i>believ</i>able", "unbelievable"),
        ("I <3 you, 1 < 2 & 3 > 2", "I <3 you, 1 < 2 & 3 > 2"),
        ("before <img src=x alt='y'> after", "before after"),
        ("so <blockquote>they said</blockquote> this", "so they said this"),
        ("never <!-- seen --> closed <a href='x'>link", "never closed link"),
    ],
)
def test_descriptions(html, text):
    assert from_html(html) == text


def test_titles_are_not_html():
    assert from_title("  Cats &amp; dogs\n<b> ") == "Cats & dogs <b>"


def test_what_no_file_can_hold():
    assert one_line("a\0b \ud83d c \ud83d\ude00") == "a b \ufffd c 😀"
