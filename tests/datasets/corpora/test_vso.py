import pytest

from anymood.datasets.corpora.vso import Vso, pair_sentiments, paired_photos
from anymood.errors import TableError


@pytest.fixture
def release(make, tmp_path):
    """A function that draws the release with a manifest."""

    def draw(texts=None, leave_out=()):
        photos = make.draw_vso(tmp_path)
        make.draw_manifest(tmp_path, [key for key in photos if key not in leave_out], texts or {})
        return tmp_path

    return draw


def test_a_label_is_the_sign_of_the_pair(release):
    root = release()
    corpus = Vso().read(root)
    assert Vso().recognises(root)
    assert (corpus.name, corpus.labels.names) == ("VSO", ("negative", "positive"))
    assert corpus.label_counts() == {"negative": 20, "positive": 20}
    assert {e.label for e in corpus.examples if e.post.id.startswith("4")} == {1}  # 0.01 is positive
    assert corpus.problems == ()


def test_splits_are_80_10_10(release):
    root = release()
    corpus = Vso().read(root)
    assert [len(corpus.select(part)) for part in ("train", "validation", "test")] == [32, 4, 4]
    assert corpus.digest() == Vso().read(root).digest()


def test_texts_have_5_to_150_words(release):
    texts = {
        "1000": "w " * 4 + "1000",
        "1001": "w " * 3 + "1001",
        "1002": "w " * 149 + "1002",
        "1003": "w " * 150 + "1003",
        "1004": "",
    }
    root = release(texts, leave_out=["1005"])
    (root / "images" / "1006.jpg").unlink()
    corpus = Vso().read(root)
    ids = {e.post.id for e in corpus.examples}
    assert ids & {"1000", "1001", "1002", "1003", "1004", "1005", "1006"} == {"1000", "1002"}
    message = {p.reason: str(p) for p in corpus.problems if p.where.startswith("bi_concepts")}
    where = "bi_concepts1553/sad_dog/100"
    assert message == {
        "too few words": f"{where}1_00000003e9.jpg: its text has 4 words, fewer than 5; excluded.",
        "too many words": f"{where}3_00000003eb.jpg: its text has 151 words, more than 150; excluded.",
        "missing text": f"{where}4_00000003ec.jpg: it has no text, or was deleted from Flickr; excluded.",
        "not fetched": f"{where}5_00000003ed.jpg: its text was not fetched; excluded.",
        "missing image": f"{where}6_00000003ee.jpg: it has no image; excluded.",
    }


def test_folders_without_a_line_are_counted(release):
    root = release()
    (root / "bi_concepts1553" / "grey_goose").mkdir()
    (root / "bi_concepts1553" / "grey_goose" / "1_0a.jpg").touch()
    (root / "bi_concepts1553" / "Thumbs.db").touch()
    corpus = Vso().read(root)
    assert [str(problem) for problem in corpus.problems] == [
        "bi_concepts1553/grey_goose: grey_goose has no line in 3244ANPs.txt; its 1 photos are excluded."
    ]
    assert corpus.problem_counts() == {"unknown pair": 1}


def test_photos_in_several_folders(release):
    root = release()
    images = root / "bi_concepts1553"
    for source, target in (("sad_dog/1000_00000003e8", "sad_eyes"), ("sad_dog/1001_00000003e9", "sunny_day")):
        (images / target / f"{source.partition('/')[2]}.jpg").write_bytes((images / f"{source}.jpg").read_bytes())
    (images / "sad_dog" / "portrait.jpg").touch()
    problems = []
    photos = paired_photos(root, problems)
    assert len(photos) == 39
    assert [photo.where for photo in photos if photo.id in {"1000", "1001"}] == [
        "bi_concepts1553/sad_dog/1000_00000003e8.jpg"
    ]
    assert [problem.reason for problem in problems] == ["malformed", "duplicate id", "contradiction"]


def test_folders_that_cannot_be_read(tmp_path, make):
    with pytest.raises(TableError, match=r"is not VSO: it has no 3244ANPs\.txt"):
        Vso().read(tmp_path)
    (tmp_path / "3244ANPs.txt").write_text("1. sad [sentiment: -1.00] [#images: 1]\n")
    with pytest.raises(TableError, match="no folder 'bi_concepts1553'"):
        Vso().read(tmp_path)
    (tmp_path / "bi_concepts1553").mkdir()
    with pytest.raises(TableError, match="has no line like"):
        Vso().read(tmp_path)
    make.draw_vso(tmp_path)
    with pytest.raises(TableError, match="Run: anymood data vso"):
        Vso().read(tmp_path)
    make.draw_manifest(tmp_path, ["7"])
    with pytest.raises(TableError, match="no photo that can be used: 40 not fetched"):
        Vso().read(tmp_path)


def test_the_real_list(real_data):
    sentiments = pair_sentiments(real_data / "vso" / "3244ANPs.txt")
    assert len(sentiments) == 3244
    assert sum(value > 0 for value in sentiments.values()) == 1789
    assert sum(value < 0 for value in sentiments.values()) == 1455
    assert sentiments["beautiful_flower"] == 1.77
