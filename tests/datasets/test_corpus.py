from dataclasses import replace

import pytest

from anymood.datasets.corpus import Corpus, Example, presence
from anymood.errors import TableError
from anymood.labels import LabelSet
from anymood.posts import Post, Problem, Reason

LABELS = LabelSet(("negative", "positive"))
EXAMPLES = (
    Example(Post("good", b"pixels", "a"), 1, "train"),
    Example(Post("bad", None, "b"), 0, "train"),
    Example(Post(None, b"pixels", "c"), 1, "test"),
)
CORPUS = Corpus("posts", LABELS, EXAMPLES, (Problem(Reason.NO_LABEL, "it has no label; excluded.", "posts.csv:5"),))


@pytest.mark.parametrize(
    ("post", "expected"),
    [
        (Post("a", b"b"), "both"),
        (Post("a"), "text"),
        (Post(" \n", b"b"), "image"),
        (Post(None, b"b"), "image"),
        (Post("  "), "none"),
        (Post(), "none"),
    ],
)
def test_presence_counts_a_blank_text_as_none(post, expected):
    assert presence(post) == expected


def test_counts():
    assert len(CORPUS) == 3
    assert repr(CORPUS) == "<Corpus 'posts': 3 examples, 1 problem>"
    assert CORPUS.patterns() == {"both": 1, "text": 1, "image": 1}
    assert CORPUS.label_counts() == {"negative": 1, "positive": 2}
    assert CORPUS.problem_counts() == {"no label": 1}
    assert str(CORPUS.problems[0]) == "posts.csv:5: it has no label; excluded."


def test_select_takes_one_part():
    part = CORPUS.select("train")
    assert [example.post.id for example in part.examples] == ["a", "b"]
    assert part.name == "posts/train"
    assert len(CORPUS.select("validation")) == 0


def test_digest_ignores_order_and_texts_but_no_id_label_or_split():
    shuffled = replace(CORPUS, examples=EXAMPLES[::-1], problems=())
    assert shuffled.digest() == CORPUS.digest()
    assert CORPUS.with_labels(LabelSet(("positive", "negative"))).digest() == CORPUS.digest()
    first = EXAMPLES[0]
    changed = [
        replace(first, post=replace(first.post, id="z")),
        replace(first, label=0),
        replace(first, split="test"),
        replace(first, split=None),
    ]
    digests = {replace(CORPUS, examples=(other, *EXAMPLES[1:])).digest() for other in changed}
    assert len(digests | {CORPUS.digest()}) == 5


def test_with_labels_moves_class_indices_by_name():
    wider = LabelSet(("positive", "neutral", "negative"))
    moved = CORPUS.with_labels(wider)
    assert moved.labels == wider
    assert [moved.labels.names[e.label] for e in moved.examples] == ["positive", "negative", "positive"]


def test_with_labels_lets_go_of_a_label_that_no_post_has():
    wide = Corpus("wide", LabelSet(("negative", "positive", "unused")), EXAMPLES)
    assert wide.with_labels(LABELS).label_counts() == {"negative": 1, "positive": 2}


def test_with_labels_names_the_label_that_is_unknown():
    with pytest.raises(TableError, match=r"posts has labels that are not among positive, sad: negative\."):
        CORPUS.with_labels(LabelSet(("positive", "sad")))
