import pytest

from anymood.datasets.corpus import Corpus, Example
from anymood.errors import TableError
from anymood.evaluation.corpus import CorpusResults, select_posts
from anymood.labels import LabelSet
from anymood.posts import Post, Prediction, Scores

LABELS = LabelSet(("negative", "positive"))
TRAIN = Example(Post("love"), 1, "train"), Example(Post("best"), 1, "train"), Example(Post("sad"), 0, "train")
TEST = Example(Post("awful"), 0, "test"), Example(Post("love"), 1, "test")
CORPUS = Corpus("posts.csv", LABELS, (*TRAIN, *TEST))


def results(**facts):
    scores = Scores(LABELS.names, (0.9, 0.1))
    predictions = [Prediction("text", text=scores, image=None, fused=None) for _ in TEST]
    posts, part = select_posts(CORPUS, None)
    return CorpusResults.of(predictions, posts, part, TRAIN, model="tiny", data="posts.csv", **facts)


def test_the_test_part_is_the_default():
    assert [example.post.text for example in select_posts(CORPUS, None)[0].examples] == ["awful", "love"]
    assert select_posts(CORPUS, "train")[1] == "train"
    whole, part = select_posts(Corpus("posts.csv", LABELS, TRAIN), None)
    assert (len(whole), part) == (3, "all")


def test_held_out_posts_are_the_default_without_a_test_part():
    posts, part = select_posts(Corpus("posts.csv", LABELS, TRAIN), None, TEST)
    assert (posts.examples, part) == (TEST, "validation")


def test_a_part_without_posts_is_an_error():
    with pytest.raises(TableError, match=r"no post of the split validation; there are 3 train, 2 test\."):
        select_posts(CORPUS, "validation")


def test_results_name_the_majority_and_what_the_model_has_seen():
    evaluated = results(fold=1)
    values = evaluated.to_dict()
    assert (values["split"], values["fold"]) == ("test", 1)
    assert {whose: one["label"] for whose, one in values["majority"].items()} == {
        "evaluated": "negative",
        "train": "positive",
    }
    assert values["shared_with_train"] == {"posts_in_train": 3, "texts": 1, "images": 0}
    assert values["intervals"]["accuracy"]["high"] == pytest.approx(1)
    assert values["metrics"]["text"]["all"]["accuracy"] == pytest.approx(0.5)
    assert evaluated.notes() == [
        "Always predicting 'negative', the most frequent label of these posts, is right for 50.0%. The most frequent "
        "label of the training posts, 'positive', is right for 50.0%.",
        "95 % intervals on 2 posts (bootstrap): accuracy 0.0 to 100.0, macro F1 0.0 to 50.0. On fewer than 30 posts, "
        "they are too narrow.",
        "1 text and 0 images of these posts also occur in the 3 training posts.",
    ]


def test_problems_are_noted():
    notes = results(held_out=True, problems_on_reading={"missing image": 2}).notes()
    assert notes[2].startswith("These are the validation posts of the run")
    assert notes[-1] == "Problems on reading the data: 2 missing image."


def test_no_error_among_few_posts_does_not_mean_that_there_are_none():
    scores = Scores(LABELS.names, (0.9, 0.1))
    posts = [Example(Post(f"awful {n}"), 0, "test") for n in range(60)]
    predictions = [Prediction("text", text=scores, image=None, fused=None) for _ in posts]
    corpus = Corpus("posts.csv", LABELS, tuple(posts))
    evaluated = CorpusResults.of(predictions, corpus, "test", TRAIN, model="tiny", data="posts.csv")
    absent, sure = evaluated.notes()[2:4]
    assert absent == "No post has the label 'positive', whose F1 of 0 lowers the macro F1."
    assert "With a confidence of 95 %, at most 4.9% of the predictions on such posts are wrong." in sure
