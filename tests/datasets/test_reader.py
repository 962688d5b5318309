import shutil

import pytest

from anymood.datasets.reader import open_corpus
from anymood.errors import TableError
from anymood.labels import LabelSet

MIXED = LabelSet(("positive", "neutral", "negative"))


@pytest.fixture
def mvsa(corpus_folder, tmp_path):
    root = tmp_path / "mvsa"
    (root / "data").mkdir(parents=True)
    for name in ("pos01", "neg01"):
        shutil.copy(corpus_folder / "images" / f"{name}.jpg", root / "data")
        (root / "data" / f"{name}.txt").write_text("text\n")
    (root / "labelResultAll.txt").write_text("ID\ttext,image\npos01\tpositive,neutral\nneg01\tnegative,negative\n")
    (root / "splits" / "mine").mkdir(parents=True)
    for name, ids in (("train", "pos01\n"), ("val", "\n"), ("test", "neg01\n")):
        (root / "splits" / "mine" / f"{name}.txt").write_text(ids)
    return root


@pytest.fixture
def tweets(tmp_path):
    root = tmp_path / "tweets"
    root.mkdir()
    (root / "a.txt").write_text("1\tpositive\tgood\n")
    return root


def test_a_table(table):
    assert open_corpus(table).name == "posts.csv"
    assert open_corpus(str(table), MIXED).labels == MIXED


def test_mvsa(mvsa):
    assert open_corpus(mvsa).name == "MVSA-Single"
    corpus = open_corpus(mvsa, MIXED, protocol="mine")
    assert [(e.label, e.split) for e in corpus.examples] == [(0, "train"), (2, "test")]


def test_semeval_as_a_folder_and_as_a_file(tweets):
    for source in (tweets, tweets / "a.txt"):
        corpus = open_corpus(source, MIXED)
        assert (corpus.name, corpus.examples[0].label) == ("SemEval", 0)


def test_flickr_emotion_and_vso(make, tmp_path):
    emotion, vso = tmp_path / "emotion", tmp_path / "vso"
    make.draw_manifest(emotion, make.draw_flickr_emotion(emotion))
    make.draw_manifest(vso, make.draw_vso(vso))
    assert open_corpus(emotion).name == "Flickr Emotion"
    corpus = open_corpus(vso, MIXED)
    assert (corpus.name, corpus.label_counts()) == ("VSO", {"positive": 20, "neutral": 0, "negative": 20})


def test_a_tsv_with_a_header_is_a_table(tmp_path):
    path = tmp_path / "a.tsv"
    path.write_text("id\tlabel\ttext\n1\tpositive\tgood\n2\tnegative\tbad\n")
    assert open_corpus(path).name == "a.tsv"


def test_what_cannot_be_opened(tmp_path, table, tweets):
    with pytest.raises(
        TableError, match=r"not the folder of a known corpus\. Known: Flickr Emotion .* MSED .* SemEval .* and VSO"
    ):
        open_corpus(tmp_path)
    with pytest.raises(TableError, match="does not exist"):
        open_corpus(tmp_path / "nowhere")
    for data in (table, tweets):
        with pytest.raises(TableError, match="has no protocol and no folds, unlike the folders of MVSA and MSED"):
            open_corpus(data, protocol="clmlf")
    with pytest.raises(TableError, match="not the folder of a known corpus"):
        open_corpus(tmp_path, protocol="clmlf", fold=1)
    with pytest.raises(TableError, match="not among negative, joy: positive"):
        open_corpus(tweets, LabelSet(("negative", "joy")))
