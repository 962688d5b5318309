from collections import Counter

import pytest

from anymood.datasets.corpora.flickr_emotion import EMOTIONS, FlickrEmotion, voted_photos
from anymood.datasets.corpus import presence
from anymood.errors import TableError

URL = "http://farm4.staticflickr.com/38/{}_0a.jpg"


@pytest.fixture
def votes(tmp_path):
    """A function that writes files of votes."""

    def write(*files):
        (tmp_path / "agg").mkdir()
        for number, text in enumerate(files):
            (tmp_path / "agg" / f"{number}.csv").write_text(text)
        return tmp_path

    return write


@pytest.fixture
def release(make, tmp_path):
    """A function that draws the release with a manifest."""

    def draw(texts=None, photos=None):
        urls = make.draw_flickr_emotion(tmp_path)
        make.draw_manifest(tmp_path, urls if photos is None else photos, texts or {})
        return tmp_path

    return draw


def vote(emotion, key, disagree, agree):
    return f"{emotion},{URL.format(key)},{disagree},{agree}\n"


def test_votes_add_up_over_files(votes):
    root = votes(vote("awe", 1, 3, 2) + vote("fear", 2, 0, 5), vote("awe", 1, 0, 5))
    problems = []
    photos = voted_photos(root, problems)
    assert FlickrEmotion().recognises(root)
    assert [(p.id, p.secret, EMOTIONS.names[p.label], p.unanimous, p.where) for p in photos] == [
        ("1", "0a", "awe", False, "agg/0.csv:1"),
        ("2", "0a", "fear", True, "agg/0.csv:2"),
    ]
    assert photos[0].url == URL.format(1)
    assert problems == []


def test_a_photo_of_two_emotions_is_unanimous_if_nobody_agrees_with_the_other(votes):
    root = votes(vote("awe", 1, 0, 5) + vote("fear", 1, 5, 0) + vote("awe", 2, 0, 5) + vote("fear", 2, 4, 1))
    assert [photo.unanimous for photo in voted_photos(root, [])] == [True, False]


def test_photos_without_a_majority_are_named(votes):
    root = votes(
        vote("awe", 1, 2, 2)
        + vote("awe", 2, 3, 2)
        + vote("fear", 2, 4, 1)
        + vote("awe", 3, 1, 4)
        + vote("fear", 3, 2, 3)
        + vote("awe", 4, 0, 0)
    )
    problems = []
    assert voted_photos(root, problems) == []
    assert [(p.where, p.reason, p.message) for p in problems] == [
        ("agg/0.csv:1", "tie", "equal numbers of workers agree and disagree with awe; excluded."),
        ("agg/0.csv:2", "no majority", "most of its workers do not agree with awe nor with fear; excluded."),
        ("agg/0.csv:4", "contradiction", "its workers agree with awe and with fear; excluded."),
        ("agg/0.csv:6", "no majority", "most of its workers do not agree with awe; excluded."),
    ]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("awe," + URL.format(1), "malformed"),
        ("awe," + URL.format(1) + ",0,five", "malformed"),
        ("awe," + URL.format(1) + ",0,-5", "malformed"),
        ("awe,http://example.org/cat.jpg,0,5", "malformed"),
        ("awe,http://example.org/38/1_0a.jpg,0,5", "malformed"),
        ("awe,file:///farm4.staticflickr.com/38/1_0a.jpg,0,5", "malformed"),
        ("joy," + URL.format(1) + ",0,5", "unknown label"),
    ],
)
def test_lines_that_are_broken(votes, line, reason):
    problems = []
    (photo,) = voted_photos(votes(line + "\n\n" + vote("Awe", 2, 0, 5), ""), problems)
    assert photo.id == "2"
    assert [(problem.where, problem.reason) for problem in problems] == [("agg/0.csv:1", reason)]


def test_a_fifth_of_the_pairs_is_held_out_from_the_unanimous(release):
    root = release()
    corpus = FlickrEmotion().read(root)
    assert (corpus.name, corpus.labels, len(corpus)) == ("Flickr Emotion", EMOTIONS, 64)
    # 20 % of 64 pairs are 13: validation gets the odd one.
    assert [len(corpus.select(part)) for part in ("train", "validation", "test")] == [51, 7, 6]
    unanimous = {photo.id for photo in voted_photos(root, []) if photo.unanimous}
    assert {e.post.id for e in corpus.examples if e.split != "train"} <= unanimous
    assert corpus.problem_counts() == {"tie": 8, "no majority": 8}


def test_unpaired_posts_train(release):
    root = release(texts={"1000": "", "2000": "  "})
    (root / "images" / "3000.jpg").unlink()
    corpus = FlickrEmotion().read(root)
    assert corpus.patterns() == {"both": 61, "text": 1, "image": 2}
    assert {e.split for e in corpus.examples if presence(e.post) != "both"} == {"train"}
    assert corpus.problem_counts()["missing image"] == 1


def test_too_few_unanimous_examples_are_all_taken(votes, make):
    lines = [vote("awe", n, 1, 4) for n in range(10, 28)] + [vote("fear", n, 0, 5) for n in (1, 2)]
    root = votes("".join(lines))
    make.draw_manifest(root, [str(n) for n in (1, 2, *range(10, 28))])
    corpus = FlickrEmotion().read(root)
    assert Counter(e.split for e in corpus.examples) == {"train": 18, "validation": 1, "test": 1}
    (problem,) = corpus.problems
    assert problem.reason == "few unanimous"
    assert str(problem) == "agg: 20% of the pairs are 4, but only 2 unanimous ones can be held out: all are."


def test_a_text_that_trains_is_not_held_out(votes, make):
    root = votes("".join(vote("awe", n, n % 2, 4) for n in range(1, 21)))
    keys = [str(n) for n in range(1, 21)]
    make.draw_manifest(root, keys, dict.fromkeys(keys[:18], "one album one text for all"))
    held = [e.post.id for e in FlickrEmotion().read(root).examples if e.split != "train"]
    assert held == ["20"]


def test_photos_that_were_not_fetched_are_named(release):
    root = release(photos=[str(key) for key in (*range(1000, 1008), *range(2000, 2008))], texts={"1000": ""})
    (root / "images" / "1000.jpg").unlink()
    corpus = FlickrEmotion().read(root)
    assert len(corpus) == 15
    counts = corpus.problem_counts()
    assert (counts["not fetched"], counts["empty post"], counts["missing image"]) == (48, 1, 1)


def test_folders_that_cannot_be_read(tmp_path, votes, make):
    with pytest.raises(TableError, match=r"is not Flickr Emotion: it has no agg/\*\.csv"):
        FlickrEmotion().read(tmp_path)
    root = votes(vote("awe", 1, 5, 0))
    with pytest.raises(TableError, match=r"anymood data flickr-emotion"):
        FlickrEmotion().read(root)
    make.draw_manifest(root, ["1"])
    with pytest.raises(TableError, match="no photo that can be used: 1 no majority"):
        FlickrEmotion().read(root)
