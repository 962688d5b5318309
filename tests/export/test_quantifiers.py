import numpy as np
import pytest

from anymood import load
from anymood.datasets.corpus import Example
from anymood.errors import InputError
from anymood.evaluation.quantification import MIN_POSTS_PER_CLASS, quantifiers_from_json
from anymood.export.quantifiers import add_to_bundle, quantifiers_of
from anymood.posts import Post
from anymood.runtime.bundle import MODEL_CARD, QUANTIFICATION, Bundle

WORDS = ("awful sad", "table report", "love wonderful")  # of each label, to the model of the tests


def examples(of_each=MIN_POSTS_PER_CLASS):
    return [Example(Post(text=f"{words} day"), label) for label, words in enumerate(WORDS) for _ in range(of_each)]


def test_only_classifiers_that_saw_posts(bundle):
    learnt = quantifiers_of(load(bundle.folder), examples())
    assert list(learnt) == ["text"]
    assert learnt["text"].counts.sum(1).tolist() == [MIN_POSTS_PER_CLASS] * 3


def test_with_images(bundle):
    bright = np.full((8, 8, 3), 255, np.uint8)
    posts = [Example(Post(example.post.text, bright), example.label) for example in examples()]
    assert list(quantifiers_of(load(bundle.folder), posts)) == ["text", "image", "fused"]


def test_too_few_posts(bundle):
    with pytest.raises(InputError, match="19 negative, 19 neutral, 19 positive.*at least 20"):
        quantifiers_of(load(bundle.folder), examples(MIN_POSTS_PER_CLASS - 1))


def test_a_bundle_gets_the_file(bundles, tmp_path):
    before = bundles.write_bundle(tmp_path / "mine")
    learnt = quantifiers_of(load(before.folder), examples())
    after = add_to_bundle(before, learnt, "60 posts")
    assert Bundle.open(before.folder) == after
    assert set(after.config.files) == {*before.config.files, QUANTIFICATION}
    assert (after.folder / MODEL_CARD).exists()
    read, source = quantifiers_from_json(after.path(QUANTIFICATION).read_bytes(), after.labels)
    assert (list(read), source) == (["text"], "60 posts")
    again = add_to_bundle(after, learnt, "60 other posts")
    assert b"60 other posts" in again.path(QUANTIFICATION).read_bytes()
