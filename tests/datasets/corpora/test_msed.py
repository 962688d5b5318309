"""MSED in its original layout, drawn small; the real one is nowhere to be had without a network."""

import csv
from pathlib import Path

import pytest
from PIL import Image

from anymood.datasets import open_corpus
from anymood.datasets.corpora.msed import Msed
from anymood.datasets.corpus import EMOTION
from anymood.errors import TableError

HEADER = ("Title", "Caption", "Sentiment", "Emotion", "Desire", "Inference Sequence")
ROWS = {
    "train": [
        ("Laughing man", "Laughing man by the sea", "positive", "happiness", "romance", "S-E-D"),
        ("One message", "A woman looks at a screen", "neutral", "neutral", "none", "S-E-D"),
    ],
    "dev": [
        ("Lonely", "lonely  boy", "negative", "sad", "none", "S-E-D"),
        ("Angry crowd", "A WOMAN looks at a screen", "negative", "anger", "vengeance", "S-E-D"),
    ],
    "test": [
        ("Spider", "A spider", "negative", "fear", "none", "S-E-D"),
        ("Lonely", "Another caption", "negative", "sad", "none", "S-E-D"),
        ("Old food", "It smells", "negative", "disgust", "none", "S-E-D"),
    ],
}


@pytest.fixture
def msed(tmp_path: Path) -> Path:
    shade = 0
    for part, rows in ROWS.items():
        (tmp_path / part / "images").mkdir(parents=True)
        with (tmp_path / part / f"{part}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([HEADER, *rows])
        for number in range(1, len(rows) + 1):
            Image.new("L", (8, 8), shade).save(tmp_path / part / "images" / f"{number}.jpg")
            shade += 20
    return tmp_path


def test_rows_become_posts_with_title_and_caption(msed):
    corpus = open_corpus(msed)
    assert (corpus.name, corpus.labels, len(corpus), corpus.problems) == ("MSED", EMOTION, 7, ())
    first, second, third = corpus.examples[:3]
    assert (first.post.id, first.post.text) == ("train/1", "Laughing man by the sea")
    assert second.post.text == "One message A woman looks at a screen"
    assert third.post.text == "lonely boy"
    assert (first.post.image, first.split) == (msed / "train" / "images" / "1.jpg", "train")
    assert [EMOTION.names[e.label] for e in corpus.examples] == [
        "happiness", "neutral", "sadness", "anger", "fear", "sadness", "disgust"
    ]  # fmt: skip


def test_deduplicated_leaves_out_what_an_earlier_part_has(msed):
    (msed / "test" / "images" / "3.jpg").write_bytes((msed / "train" / "images" / "2.jpg").read_bytes())
    corpus = open_corpus(msed, protocol="deduplicated")
    assert corpus.name == "MSED deduplicated"
    # dev/2 repeats a caption of train, test/2 a title of dev, test/3 an image of train.
    assert [e.post.id for e in corpus.examples] == ["train/1", "train/2", "dev/1", "test/1"]
    assert corpus.problem_counts() == {"duplicate post": 3}
    assert str(corpus.problems[0]).startswith("dev.csv:3: its title, caption or image is also in an earlier part")


def test_problems_are_named(msed):
    (msed / "train" / "images" / "1.jpg").unlink()
    with (msed / "test" / "test.csv").open("a", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("a", "b", "positive", "joyful", "", ""), ("a", "b", "positive", "", "", "")])
    corpus = Msed().read(msed)
    assert corpus.problem_counts() == {"missing image": 3, "unknown label": 1, "no label": 1}
    assert corpus.examples[0].post.image is None


def test_what_is_not_msed(msed, tmp_path):
    with pytest.raises(TableError, match=r"no protocol 'clmlf' for MSED. Available: deduplicated"):
        open_corpus(msed, protocol="clmlf")
    with pytest.raises(TableError, match="has no folds"):
        open_corpus(msed, fold=1)
    (msed / "dev" / "dev.csv").unlink()
    assert not Msed().recognises(msed)
    with pytest.raises(TableError, match="is not MSED: it should have train/train.csv, dev/dev.csv"):
        Msed().read(msed)
