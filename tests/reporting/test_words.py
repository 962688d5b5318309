import numpy as np
import pytest

from anymood.reporting.words import MIN_POSTS, Vocabulary, distinctive_words, words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Don't STOP, it's  great!", ["don't", "stop", "it's", "great"]),
        ("@ana look: https://a.example/x?y=1 #SoSad 2024 &amp; 3rd", ["look", "#sosad"]),
        ("pic.twitter.com/AbC1 wow bit.ly/3x, Node.js and this/that", ["wow", "node", "js", "and", "this", "that"]),
        ("well-known caf\u00e9 cafe\u0301", ["well-known", "caf\u00e9", "cafe\u0301"]),
        ("\u0639\u064e\u0631\u064e\u0628\u0650\u064a \u062c\u0645\u064a\u0644",
         ["\u0639\u064e\u0631\u064e\u0628\u0650\u064a", "\u062c\u0645\u064a\u0644"]),
        ("\u0939\u093f\u0928\u094d\u0926\u0940 \u092c\u0939\u0941\u0924",
         ["\u0939\u093f\u0928\u094d\u0926\u0940", "\u092c\u0939\u0941\u0924"]),
        ("\u97f3\u697d\u597d", ["\u97f3\u697d", "\u697d\u597d"]),
        ("\u0e14\u0e35\u0e21", ["\u0e14\u0e35", "\u0e35\u0e21"]),
        ("so\U0001f600\U0001f600", ["so", "\U0001f600", "\U0001f600"]),
        ("", []),
        (None, []),
    ],
)  # fmt: skip
def test_words_in_any_script(text, words):
    assert words_of(text) == words


def drawn(groups, rare=0):
    """Texts of common words; those of group 1 have 'zebra' in half of them."""
    generator = np.random.default_rng(0)
    common = ["the", "a", "of", "to", "day", "work", "home", "well"]
    return [
        " ".join([*generator.choice(common, 5), *(["zebra"] if group == 1 and number % 2 else [])])
        for number, group in enumerate(groups)
    ]


def test_the_word_that_distinguishes_a_group():
    groups = np.repeat([0, 1], 200)
    distinctive = distinctive_words(Vocabulary.of(drawn(groups)), groups, 2)
    assert [[each.word for each in words] for words in distinctive] == [[], ["zebra"]]
    [zebra] = distinctive[1]
    assert (zebra.posts, zebra.share, zebra.elsewhere) == (100, 0.5, 0.0)


def test_nothing_is_reported_groups_that_do_not_differ():
    texts = drawn(np.zeros(600, int))
    for seed in range(5):
        groups = np.random.default_rng(seed).integers(0, 6, 600)
        assert distinctive_words(Vocabulary.of(texts), groups, 6) == [[]] * 6


def test_a_rare_word_of_one_of_many_groups_may_be_chance(monkeypatch):
    generator = np.random.default_rng(0)
    rare = [f"w{chr(97 + a)}{chr(97 + b)}" for a in range(26) for b in range(26)]
    groups = np.repeat(np.arange(50), 160)
    texts = [f"{text} {word}" for text, word in zip(drawn(groups * 0), generator.choice(rare, 8000), strict=True)]
    for post in (*range(5), *range(400, 407)):  # 5 of its 12 posts are in the first group: by chance in 2 of a million
        texts[post] += " zebra"
    vocabulary = Vocabulary.of(texts)
    assert distinctive_words(vocabulary, groups, 50, tests=50) == [[]] * 50
    monkeypatch.setattr("anymood.reporting.words.MANY_POSTS", 0)
    assert [each.word for each in distinctive_words(vocabulary, groups, 50, tests=50)[0]] == ["zebra"]


def test_a_word_said_often_in_one_post_counts_once():
    texts = ["zebra " * 50, *["the day"] * 40, *["a well"] * 40]
    groups = np.array([1, *[0] * 40, *[1] * 40])
    distinctive = distinctive_words(Vocabulary.of(texts), groups, 2)
    assert "zebra" not in {each.word for each in distinctive[1]}
    assert MIN_POSTS > 1


def test_posts_without_a_group_are_left_out():
    groups = np.repeat([0, 1], 200)
    vocabulary = Vocabulary.of(drawn(groups))
    assert distinctive_words(vocabulary, np.where(groups == 0, groups, -1), 2) == [[], []]
    assert distinctive_words(vocabulary, np.full(400, -1), 2) == [[], []]
    assert distinctive_words(Vocabulary.of([]), np.array([], int), 2) == [[], []]


def test_words_of_a_phrase_are_one():
    groups = np.repeat([0, 1], 200)
    texts = [text.replace("zebra", "was on hold for hours") for text in drawn(groups)]
    [_, distinctive] = distinctive_words(Vocabulary.of(texts), groups, 2, example=lambda posts: texts[posts[0]])
    assert [each.phrase for each in distinctive] == ["was on hold for hours"]
    assert distinctive[0].example == texts[201]


def test_a_phrase_holds_what_most_uses_of_its_word_have():
    groups = np.repeat([0, 1], 200)
    tails = ["on hold", "on hold again", "hold it", "a hold"]
    texts = [text.replace("zebra", tails[number // 2 % 4]) for number, text in enumerate(drawn(groups))]
    [_, distinctive] = distinctive_words(Vocabulary.of(texts), groups, 2)
    assert {each.word: each.phrase for each in distinctive}["hold"] == "hold"  # half of the uses are not most
    texts = [text.replace("a hold", "on hold") for text in texts]
    [_, distinctive] = distinctive_words(Vocabulary.of(texts), groups, 2)
    assert {each.word: each.phrase for each in distinctive}["hold"] == "on hold"


def test_a_phrase_ends_with_the_post_and_needs_no_blanks():
    groups = np.repeat([0, 1], 200)
    texts = ["the day"] * 200 + ["\u97f3\u697d\u597d"] * 200
    [_, distinctive] = distinctive_words(Vocabulary.of(texts), groups, 2)
    assert [each.phrase for each in distinctive] == ["\u97f3\u697d\u597d"]
