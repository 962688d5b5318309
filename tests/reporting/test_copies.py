import numpy as np
import pytest

from anymood.reporting.copies import copy_groups
from anymood.reporting.words import Vocabulary

LONG = "win two tickets for the lake festival follow us and share this post with three of your friends today"


def groups_of(*texts):
    return copy_groups(Vocabulary.of(texts))


def same(*texts):
    groups = groups_of(*texts)
    return len(set(groups.tolist())) == 1


@pytest.mark.parametrize(
    "other",
    [
        LONG.upper(),
        f"{LONG}!!! https://a.example/123",
        f"@ana @bo {LONG} 99",
        LONG.replace("three", "four"),
        f"hurry and {LONG}",
    ],
)
def test_copies(other):
    assert same(LONG, other)


@pytest.mark.parametrize(
    "other",
    [
        " ".join(reversed(LONG.split())),
        "what a wonderful day at the lake with all of your friends and family",
        LONG + " " + " ".join(f"word{chr(97 + n)}" for n in range(20)),
    ],
)
def test_other_texts(other):
    assert not same(LONG, other)


def test_short_texts_are_no_copies():
    assert len(set(groups_of("good morning", "good morning", "good morning all", "").tolist())) == 4


def test_the_first_of_a_set_is_its_number():
    assert groups_of("one", LONG, "two", LONG + "!", LONG).tolist() == [0, 1, 2, 1, 1]


def test_many_at_once():
    generator = np.random.default_rng(0)
    words = [f"w{chr(97 + a)}{chr(97 + b)}" for a in range(26) for b in range(26)]
    texts = [" ".join(generator.choice(words, 14)) for _ in range(500)]
    changed = [text.rsplit(" ", 1)[0] + " end" for text in texts]
    groups = groups_of(*texts, *changed)
    share = (groups[:500] == groups[500:]).mean()
    assert share > 0.9  # a similarity of about 0.85
    assert len(set(groups[:500].tolist())) == 500


def test_no_texts():
    assert groups_of().tolist() == []
    assert groups_of(None, None).tolist() == [0, 1]
