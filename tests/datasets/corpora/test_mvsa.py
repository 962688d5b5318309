import pytest

from anymood.datasets.corpora.mvsa import Mvsa, majority, pair_label
from anymood.datasets.corpus import SENTIMENT
from anymood.errors import TableError

SINGLE = "ID\ttext,image\n"
MULTIPLE = "ID\ttext,image\ttext,image\ttext,image\n"


@pytest.fixture
def folder(tmp_path):
    """A function that writes a folder in MVSA's layout: the label file, and texts as bytes by id."""

    def write(labels, texts, images=None):
        (tmp_path / "data").mkdir()
        (tmp_path / "labelResultAll.txt").write_text(labels)
        for key, text in texts.items():
            (tmp_path / "data" / f"{key}.txt").write_bytes(text)
        for key in texts if images is None else images:
            (tmp_path / "data" / f"{key}.jpg").touch()
        return tmp_path

    return write


@pytest.fixture
def listed(folder):
    """A folder of six pairs with lists of their ids."""
    labels = "".join(f"{n}\tpositive,neutral\n" for n in range(1, 7))
    root = folder(SINGLE + labels, dict.fromkeys(range(1, 7), b"a\n"))

    def write(protocol, **lists):
        (root / "splits" / protocol).mkdir(parents=True, exist_ok=True)
        for name, ids in lists.items():
            (root / "splits" / protocol / f"{name}.txt").write_text("\n".join(map(str, ids)) + "\n")
        return root

    return write


@pytest.mark.parametrize(
    ("text", "image", "label"),
    [
        ("positive", "positive", "positive"),
        ("neutral", "neutral", "neutral"),
        ("neutral", "negative", "negative"),
        ("positive", "neutral", "positive"),
        ("positive", "negative", None),
        ("negative", "positive", None),
    ],
)
def test_label_of_a_pair(text, image, label):
    assert pair_label(text, image) == label


def test_majority():
    assert majority(["a", "b", "a"]) == "a"
    assert majority(["a", "b", "c"]) is None
    assert majority(["a"]) == "a"


def test_single(folder):
    labels = SINGLE + "3\tpositive,positive\n5\tneutral,negative\n\n7\tpositive,negative\n"
    root = folder(labels, {3: b" a  b\r\nc \n", 5: b"d\n", 7: b"e\n"})
    corpus = Mvsa().read(root)
    assert Mvsa().recognises(root)
    assert (corpus.name, corpus.labels) == ("MVSA-Single", SENTIMENT)
    assert [(e.post.id, e.post.text, e.post.image, e.label, e.split) for e in corpus.examples] == [
        ("3", "a b c", root / "data" / "3.jpg", 2, None),
        ("5", "d", root / "data" / "5.jpg", 0, None),
    ]
    (problem,) = corpus.problems
    assert str(problem) == "labelResultAll.txt:5: its text is positive and its image negative; excluded."
    assert problem.reason == "contradiction"


def test_multiple_takes_the_majority_of_each_modality_first(folder):
    labels = MULTIPLE + (
        "1\tpositive,neutral\tpositive,neutral\tnegative,negative\n"  # positive and neutral
        "2\tneutral,negative\tneutral,negative\tpositive,positive\n"  # neutral and negative
        "3\tneutral,positive\tpositive,positive\tnegative,positive\n"  # no majority for the text
        "4\tpositive,negative\tpositive,negative\tneutral,neutral\n"  # positive against negative
    )
    corpus = Mvsa().read(folder(labels, dict.fromkeys(range(1, 5), b"a\n")))
    assert corpus.name == "MVSA-Multiple"
    assert [(e.post.id, corpus.labels.names[e.label]) for e in corpus.examples] == [
        ("1", "positive"),
        ("2", "negative"),
    ]
    assert corpus.problem_counts() == {"no majority": 1, "contradiction": 1}


def test_rows_that_are_broken(folder):
    labels = SINGLE + "1\tpositive\n2\tpositive,sad\n3\n4\tpositive,positive\n4\tnegative,negative\n"
    corpus = Mvsa().read(folder(labels, dict.fromkeys(range(1, 5), b"a\n")))
    assert [(e.post.id, e.label) for e in corpus.examples] == [("4", 2)]
    assert corpus.problem_counts() == {"malformed": 2, "unknown label": 1, "duplicate id": 1}


def test_missing_files(folder):
    labels = SINGLE + "".join(f"{n}\tpositive,positive\n" for n in range(1, 5))
    corpus = Mvsa().read(folder(labels, {1: b"a\n", 3: b" \n"}, images=[1, 2]))
    assert [(e.post.id, e.post.text, e.post.image is not None) for e in corpus.examples] == [
        ("1", "a", True),
        ("2", None, True),
    ]
    assert corpus.problem_counts() == {"missing text": 2, "missing image": 2, "empty post": 2}


def test_the_encoding_is_that_of_the_release(folder):
    # The fourth is valid UTF-8 too, and would read "Ц".
    texts = {1: "a…", 2: "“И как”", 3: "いい", 4: "笑", 5: "plain"}
    labels = SINGLE + "".join(f"{n}\tpositive,positive\n" for n in texts)
    raw = {key: text.encode("gb18030") for key, text in texts.items()}
    corpus = Mvsa().read(folder(labels, raw))
    assert [e.post.text for e in corpus.examples] == list(texts.values())
    assert corpus.problems == ()


def test_a_converted_copy_is_utf8(folder):
    texts = {1: "a…", 2: "“И как”", 3: "いい"}
    labels = SINGLE + "".join(f"{n}\tpositive,positive\n" for n in texts) + "4\tpositive,positive\n"
    raw = {key: text.encode() for key, text in texts.items()} | {4: b"\xef\xbb\xbfol\xe9"}
    corpus = Mvsa().read(folder(labels, raw))
    assert [e.post.text for e in corpus.examples] == [*texts.values(), "ol\ufffd"]
    assert corpus.problem_counts() == {"encoding": 1}


def test_a_protocol(listed):
    root = listed("clmlf", train=[1, 2, 9], val=[3], test=[4, 5])
    corpus = Mvsa().read(root, "clmlf")
    assert corpus.name == "MVSA-Single clmlf"
    assert [(e.post.id, e.split) for e in corpus.examples] == [
        ("1", "train"),
        ("2", "train"),
        ("3", "validation"),
        ("4", "test"),
        ("5", "test"),
    ]
    assert [(p.where, p.reason) for p in corpus.problems] == [
        ("clmlf", "unlisted"),
        ("clmlf/train.txt:3", "missing pair"),
    ]


def test_a_fold(listed):
    lists = {"train_1": [1], "val_1": [2], "test_1": [3, 4, 5, 6], "train_2": [6], "val_2": [1], "test_2": [2, 3, 4, 5]}
    root = listed("ten_folds", **lists)
    corpus = Mvsa().read(root, "ten_folds", 2)
    assert corpus.name == "MVSA-Single ten_folds 2"
    assert [e.split for e in corpus.examples] == ["validation", "test", "test", "test", "test", "train"]


@pytest.mark.parametrize(
    ("protocol", "fold", "message"),
    [
        ("other", None, r"no protocol 'other' .* Available: clmlf, ten_folds\."),
        ("ten_folds", None, r"has several folds. Give one of them: \[1\]"),
        ("ten_folds", 11, r"Give one of them: \[1\]"),
        ("clmlf", 1, "'clmlf' has no folds"),
        (None, 1, "Fold 1 requires a protocol"),
        ("clmlf", None, r"The id 2 is in two parts: clmlf/train.txt:2 and clmlf/test.txt:1\."),
    ],
)
def test_protocols_that_cannot_be_read(listed, protocol, fold, message):
    listed("ten_folds", train_1=[1], val_1=[2], test_1=[3])
    root = listed("clmlf", train=[1, 2], val=[3], test=[2])
    with pytest.raises(TableError, match=message):
        Mvsa().read(root, protocol, fold)


def test_a_release_without_lists(folder):
    root = folder(SINGLE + "1\tpositive,positive\n", {1: b"a"})
    with pytest.raises(TableError, match=r"'clmlf' in .*splits\. Available: none\. .* with train\.txt, val\.txt"):
        Mvsa().read(root, "clmlf")


def test_folders_that_are_not_mvsa(tmp_path, folder):
    with pytest.raises(TableError, match=r"not MVSA: it has no labelResultAll\.txt"):
        Mvsa().read(tmp_path)
    root = folder("ID\tlabel\n1\tpositive\n", {})
    with pytest.raises(TableError, match="should begin with 'ID' and 'text,image', not 'ID label'"):
        Mvsa().read(root)
    (root / "labelResultAll.txt").write_bytes(b"\xef\xbb\xbf")
    with pytest.raises(TableError, match="should begin with 'ID' and 'text,image', not ''"):
        Mvsa().read(root)
    (root / "labelResultAll.txt").write_text(SINGLE)
    with pytest.raises(TableError, match="no pair that can be used: the label file is empty"):
        Mvsa().read(root)
    (root / "data").rmdir()
    with pytest.raises(TableError, match="no folder 'data'"):
        Mvsa().read(root)


def test_the_real_release(real_data):
    corpus = Mvsa().read(real_data / "mvsa_single", "clmlf")
    assert corpus.label_counts() == {"negative": 1358, "neutral": 470, "positive": 2683}
    assert [len(corpus.select(part)) for part in ("train", "validation", "test")] == [3611, 450, 450]
    assert corpus.patterns() == {"both": 4511, "text": 0, "image": 0}
    assert corpus.problems == ()
