import numpy as np
import pytest
from PIL import Image

from anymood.datasets.corpora.mvsa import Mvsa
from anymood.datasets.corpus import Corpus, Example
from anymood.datasets.duplicates import comparable, image_digest, shared_with
from anymood.labels import LabelSet
from anymood.posts import Post


def corpus(*posts):
    return Corpus("posts", LabelSet(("a", "b")), tuple(Example(post, 0) for post in posts))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  Best  DAY\never ", "best day ever"),
        ("RT @Ada_L: look https://t.co/x1 www.a.org/b http:/…", "rt : look"),
        ("mail me", "mail me"),
        ("@ben http://t.co/x", None),
        ("  ", None),
        (None, None),
    ],
)
def test_comparable(text, expected):
    assert comparable(text) == expected


def test_texts_are_shared_in_spite_of_case_links_and_mentions():
    train = corpus(Post("Best day http://t.co/1", id="1"), Post("http://t.co/2", id="2"), Post(None, b"x", "3"))
    test = corpus(
        Post("@ada best  DAY", id="a"), Post("http://t.co/3", id="b"), Post("worst day", id="c"), Post("best day")
    )
    assert shared_with(train, test) == {"texts": 2, "images": 0}


def test_images_are_shared_when_their_bytes_are(tmp_path):
    (tmp_path / "1.jpg").write_bytes(b"same")
    (tmp_path / "2.jpg").write_bytes(b"same")
    (tmp_path / "3.jpg").write_bytes(b"other")
    train = corpus(Post(image=tmp_path / "1.jpg", id="1"), Post(image=tmp_path / "gone.jpg", id="2"))
    test = corpus(
        Post(image=str(tmp_path / "2.jpg"), id="a"),
        Post(image=tmp_path / "3.jpg", id="b"),
        Post(image=b"same", id="c"),
        Post(image=tmp_path / "gone.jpg", id="d"),
    )
    assert shared_with(train, test) == {"texts": 0, "images": 2}


def test_images_in_memory_are_recognised_by_their_pixels():
    grey = np.zeros((2, 3), np.uint8)
    assert image_digest(grey) == image_digest(Image.fromarray(grey))
    assert image_digest(grey) != image_digest(grey.reshape(3, 2))
    assert image_digest(None) is None
    red, blue = (Image.new("RGB", (2, 3), colour).quantize() for colour in ("red", "blue"))
    assert np.array_equal(np.asarray(red), np.asarray(blue))  # places in two palettes
    assert image_digest(red) != image_digest(blue)
    assert image_digest("no\0path.jpg") is None


def test_the_real_release(real_data):
    whole = Mvsa().read(real_data / "mvsa_single", "clmlf")
    assert shared_with(whole.select("train"), whole.select("test")) == {"texts": 37, "images": 8}
