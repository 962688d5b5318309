import pytest

from anymood.datasets.corpora.goemotions import GROUP_OF, GoEmotions
from anymood.datasets.corpus import EMOTION
from anymood.datasets.reader import open_corpus
from anymood.errors import TableError
from anymood.labels import LabelSet

LABELS = list(GROUP_OF)


@pytest.fixture
def folder(tmp_path):
    def line(text, key, *labels):
        return f"{text}\t{','.join(str(LABELS.index(label)) for label in labels)}\t{key}\n"

    parts = {
        "train": line("so happy", "a", "joy", "love") + line("mad", "b", "anger") + line("what", "c", "surprise"),
        "dev": line("mixed", "d", "joy", "sadness")
        + "no tabs\n"
        + line("again", "a", "fear")
        + "odd\t99\te\n"
        + "odd\t-1\th\n",
        "test": line(" sad  and sorry ", "f", "remorse") + "\t1\tg\n",
    }
    for part, content in parts.items():
        (tmp_path / f"{part}.tsv").write_text(content, encoding="utf-8")
    (tmp_path / "labels.txt").write_text("\n".join(LABELS), encoding="utf-8")
    return tmp_path


def test_all_28_labels_have_a_group():
    assert len(LABELS) == 28


def test_comments_of_one_group(folder):
    corpus = open_corpus(folder)
    assert corpus.labels == EMOTION
    assert [(e.post.text, e.post.id, EMOTION.names[e.label], e.split) for e in corpus.examples] == [
        ("so happy", "a", "happiness", "train"),
        ("mad", "b", "anger", "train"),
        ("sad and sorry", "f", "sadness", "test"),
    ]
    assert corpus.patterns() == {"both": 0, "text": 3, "image": 0}


def test_what_is_left_out_is_named(folder):
    assert [(p.where, p.reason) for p in GoEmotions().read(folder).problems] == [
        ("train.tsv:3", "unknown label"),
        ("dev.tsv:1", "tie"),
        ("dev.tsv:2", "malformed"),
        ("dev.tsv:3", "duplicate id"),
        ("dev.tsv:4", "malformed"),
        ("dev.tsv:5", "malformed"),
        ("test.tsv:2", "malformed"),
    ]


def test_other_labels_are_refused(folder):
    with pytest.raises(TableError, match="has labels that are not among good, bad"):
        open_corpus(folder, LabelSet(("good", "bad")))


def test_what_is_not_goemotions(folder):
    (folder / "labels.txt").write_text("joy\nwrath\n", encoding="utf-8")
    with pytest.raises(TableError, match="labels that GoEmotions does not: wrath"):
        GoEmotions().read(folder)
    (folder / "labels.txt").write_text("\n".join(LABELS), encoding="utf-8")
    for part in ("train", "dev", "test"):
        (folder / f"{part}.tsv").write_text("what\t27\tc\n", encoding="utf-8")
    with pytest.raises(TableError, match="no comment that can be used: 3 unknown label"):
        GoEmotions().read(folder)
    (folder / "dev.tsv").unlink()
    assert not GoEmotions().recognises(folder)
    with pytest.raises(TableError, match="is not GoEmotions"):
        GoEmotions().read(folder)
