import pytest

from anymood.datasets.corpora.semeval import SemEval, is_semeval, plain, semeval_files
from anymood.errors import TableError


@pytest.fixture
def folder(tmp_path):
    def write(**files):
        for name, content in files.items():
            path = tmp_path / f"{name}.txt"
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return tmp_path

    return write


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (r"I\u2019m here\u002c now", "I\u2019m here, now"),
        (r"\ud83d\ude00 and \ud83d", "😀 and \ufffd"),
        (r"\ud83dab\ude00c", "\ufffdab\ufffdc"),
        ('"all of it"', "all of it"),
        ('"she said ""no"" to me"', 'she said "no" to me'),
        (r'"read: \""Chelsea\"""', 'read: "Chelsea"'),
        ('"cut off, she said ""no', '"cut off, she said "no'),
        ('"a" is b', '"a" is b'),
        ('"', '"'),
        (r"rock on \m/ \o/", r"rock on \m/ \o/"),
        ("  a \x0b b ", "a b"),
        ("fish &amp; chips", "fish &amp; chips"),
    ],
)
def test_plain_undoes_the_quoting_of_the_release(written, text):
    assert plain(written) == text


def test_one_file(folder):
    path = folder(a='1\tpositive\tgood\n\n2\tneutral\t"so, so"\t\n3\tnegative\tbad\r\n') / "a.txt"
    corpus = SemEval().read(path)
    assert corpus.labels.names == ("negative", "neutral", "positive")
    assert [(e.post.id, e.post.text, e.label, e.split) for e in corpus.examples] == [
        ("1", "good", 2, None),
        ("2", "so, so", 1, None),
        ("3", "bad", 0, None),
    ]
    assert corpus.patterns() == {"both": 0, "text": 3, "image": 0}
    assert corpus.problems == ()


def test_lines_that_are_left_out(folder):
    lines = (
        b"1\tpositive\tgood\n2\tpositive\tNot Available\n3\tpositive\t\n4\tgreat\tgood\n5\tpositive\n"
        b"\tpositive\tgood\nwords\n6\tneutral\tol\xe9\n"
    )
    corpus = SemEval().read(folder(a=lines) / "a.txt")
    assert [(e.post.id, e.post.text) for e in corpus.examples] == [("1", "good"), ("6", "olé")]
    assert [(p.where, p.reason) for p in corpus.problems] == [
        ("a.txt:2", "missing text"),
        ("a.txt:3", "missing text"),
        ("a.txt:4", "unknown label"),
        ("a.txt:5", "missing text"),
        ("a.txt:6", "malformed"),
        ("a.txt:7", "malformed"),
        ("a.txt:8", "encoding"),
    ]


def test_the_first_of_an_id_counts_in_the_order_of_file_names(folder):
    root = folder(
        b="1\tnegative\tfrom b\n2\tneutral\tfrom b\n3\tneutral\tonly b\n",
        a="1\tpositive\tfrom a\n2\tneutral\tfrom a\n",
        LICENSE="MIT License\n",
    )
    assert [path.name for path in semeval_files(root)] == ["a.txt", "b.txt"]
    corpus = SemEval().read(root)
    assert [(e.post.id, e.post.text) for e in corpus.examples] == [("1", "from a"), ("2", "from a"), ("3", "only b")]
    assert corpus.problem_counts() == {"conflicting label": 1, "duplicate id": 1}


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.txt", b"1\tpositive\tgood", True),
        ("a.tsv", b"\n1\tpositive\tgood\t\n", True),
        ("a.tsv", b"id\tlabel\ttext\n1\tpositive\tgood\n", False),
        ("a.csv", b"1\tpositive\tgood\n", False),
        ("a.txt", b"", False),
        ("a.txt", b"\n", False),
        ("a.txt", b"PK\x03\x04", False),
    ],
)
def test_recognised_by_the_first_line(tmp_path, name, content, expected):
    (tmp_path / name).write_bytes(content)
    assert is_semeval(tmp_path / name) is expected


def test_nothing_to_read(folder, tmp_path):
    with pytest.raises(TableError, match="has no SemEval tweets"):
        SemEval().read(tmp_path)
    with pytest.raises(TableError, match="has no SemEval tweets"):
        SemEval().read(folder(a="words\n") / "a.txt")
    with pytest.raises(TableError, match="does not exist"):
        SemEval().read(tmp_path / "nowhere.txt")


def test_the_real_tweets(real_data):
    corpus = SemEval().read(real_data / "semeval_tweets")
    assert len(corpus) == 49_570
    assert corpus.problem_counts() == {"duplicate id": 680, "conflicting label": 84}
    assert not any("\\u" in e.post.text for e in corpus.examples)
