import csv
import gzip
import json
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anymood.datasets.columns import Columns
from anymood.datasets.table import FORMATS, is_table, read_rows, read_table
from anymood.errors import TableError
from anymood.labels import LabelSet
from anymood.posts import Post

MOODS = LabelSet(("negative", "positive"))


@pytest.fixture
def file(tmp_path):
    def write(text, name="t.csv"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def convert(table, target):
    """The drawn corpus in another format."""
    with table.open(encoding="utf-8", newline="") as source:
        rows = list(csv.DictReader(source))
    name = target.name.removesuffix(".gz")
    if name.endswith(".parquet"):
        pa = pytest.importorskip("pyarrow")
        pytest.importorskip("pyarrow.parquet").write_table(pa.Table.from_pylist(rows), target)
        return
    with (gzip.open if target.suffix == ".gz" else open)(target, "wt", encoding="utf-8") as out:
        if name.endswith((".csv", ".tsv")):
            writer = csv.DictWriter(out, rows[0], delimiter="\t" if name.endswith(".tsv") else ",")
            writer.writeheader()
            writer.writerows(rows)
        else:  # with keys left out where there is no value
            out.writelines(json.dumps({k: v for k, v in row.items() if v}) + "\n" for row in rows)


def test_the_drawn_corpus(table, corpus_folder):
    corpus = read_table(table)
    assert corpus.name == "posts.csv"
    assert corpus.labels.names == ("negative", "neutral", "positive")
    assert corpus.label_counts() == {"negative": 20, "neutral": 20, "positive": 20}
    assert corpus.patterns() == {"both": 36, "text": 12, "image": 12}
    assert [len(corpus.select(part)) for part in ("train", "validation", "test")] == [36, 12, 12]
    assert corpus.problems == ()
    example = next(e for e in corpus.examples if e.post.id == "pos01")
    assert example.post.image == corpus_folder / "images" / "pos01.jpg"
    assert example.label == 2


@pytest.mark.parametrize("suffix", FORMATS)
def test_every_format_gives_the_same_corpus(table, tmp_path, suffix):
    other = tmp_path / f"posts{suffix}"
    convert(table, other)
    (tmp_path / "images").symlink_to(table.parent / "images")
    expected = [(e.post.id, e.post.text, e.label, e.split) for e in read_table(table).examples]
    corpus = read_table(other)
    assert [(e.post.id, e.post.text, e.label, e.split) for e in corpus.examples] == expected
    assert corpus.patterns() == {"both": 36, "text": 12, "image": 12}
    assert is_table(other)


def test_rows_need_no_labels_and_carry_the_other_columns(file):
    path = file("author,text,when\nada,hello,3\nben,,4\n")
    first, second = read_rows(path)
    assert (first.number, first.where, first.post) == (1, "t.csv:2", Post(text="hello"))
    assert (first.label, first.split) == (None, None)
    assert first.values == {"author": "ada", "text": "hello", "when": "3"}
    assert second.post == Post()
    assert second.problems == ()


def test_rows_at_the_beginning_are_passed_over_and_images_lie_elsewhere(file, odd_images):
    webp = odd_images["webp"]
    path = file(f"image\ngone.jpg\n{webp.name}\n")
    (row,) = read_rows(path, folder=webp.parent, skip=1)
    assert (row.number, row.where, row.post.image, row.problems) == (2, "t.csv:3", webp, ())


def test_every_row_comes_out_whatever_is_wrong_with_it(file):
    path = file('id,text,image\n1,fine,\n2,"open,\n3,a,b,c,d\n4\n5,text,gone.jpg\n6,nul\0,\n')
    rows = list(read_rows(path))
    assert [(row.post.id, row.post.text, [p.reason for p in row.problems]) for row in rows] == [
        ("1", "fine", []),
        ("2", '"open', ["unbalanced quote"]),
        (None, None, ["ragged row"]),
        ("4", None, ["ragged row"]),
        ("5", "text", ["missing image"]),
        ("6", "nul", ["NUL byte"]),
    ]
    assert rows[2].values == {"id": "3", "text": "a", "image": "b,c,d"}
    assert str(rows[4].problems[0]).startswith("t.csv:6: its image 'gone.jpg' is not there")


@settings(derandomize=True, max_examples=150, deadline=None)
@given(
    suffix=st.sampled_from([".csv", ".tsv", ".jsonl"]),
    head=st.sampled_from(['id,text,image\n1,"', "id\ttext\timage\n", '{"id": 1, "text": "a", "image": null}\n', ""]),
    parts=st.lists(
        st.sampled_from([*'",;\t\r\n\\{}[]:\0', "null", "1e999", "a", "é", "\\ud83d"]) | st.binary(max_size=3)
    ),
)
def test_no_bytes_bring_the_reader_down(tmp_path_factory, suffix, head, parts):
    path = tmp_path_factory.mktemp("any") / f"t{suffix}"
    path.write_bytes(b"".join(part if isinstance(part, bytes) else part.encode() for part in [head, *parts]))
    try:
        rows = list(read_rows(path))
    except TableError as error:
        assert str(path) in str(error)
    else:
        assert [row.number for row in rows] == list(range(1, len(rows) + 1))
        json.dumps([row.post.text for row in rows], ensure_ascii=False).encode()


def test_rows_are_read_in_bounded_memory(tmp_path):
    path = tmp_path / "long.csv"
    with path.open("w", encoding="utf-8") as out:
        out.write("id,text\n")
        out.writelines(f"{n},{'word ' * 200}\n" for n in range(5000))  # 5 MB
    tracemalloc.start()
    try:
        assert sum(1 for _ in read_rows(path)) == 5000
        assert tracemalloc.get_traced_memory()[1] < 500_000
    finally:
        tracemalloc.stop()


def test_the_file_is_closed_when_the_reader_is_left(file):
    rows = read_rows(file("text\na\nb\n"))
    next(rows)
    rows.close()  # pytest turns the warning of a file left open into a failure


def test_columns_by_other_names(file):
    path = file("nr,tweet,mood\n1,hello,positive\n2,oh no,negative\n")
    corpus = read_table(path, columns=Columns(id="nr", text="tweet", label="mood"))
    assert [(e.post.id, e.post.text, e.label) for e in corpus.examples] == [("1", "hello", 1), ("2", "oh no", 0)]


def test_an_image_column_that_is_to_be_ignored(file):
    (row,) = read_rows(file("text,image\na,gone.jpg\n"), Columns(image=None))
    assert row.problems == ()
    assert row.values == {"text": "a", "image": "gone.jpg"}


def test_rows_without_label_or_content_are_counted_and_left_out(file):
    path = file(
        "id,text,image,label\n1,a,,positive\n2,b,,\n3,,,negative\n4,,gone.jpg,negative\n5,c,gone.jpg,negative\n"
    )
    corpus = read_table(path)
    assert [e.post.id for e in corpus.examples] == ["1", "5"]
    assert corpus.problem_counts() == {"empty post": 2, "missing image": 2, "no label": 1}


def test_a_post_without_id_is_named_after_its_row(file):
    corpus = read_table(file("id,text,label\n,a,positive\n7,b,negative\n"))
    assert [e.post.id for e in corpus.examples] == ["row 1", "7"]


def test_numbers_as_labels(tmp_path):
    path = tmp_path / "t.jsonl"
    path.write_text('{"text": "a", "label": 1}\n{"text": "b", "label": 0}\n{"text": "c", "label": null}\n')
    corpus = read_table(path)
    assert corpus.labels.names == ("0", "1")
    assert [e.label for e in corpus.examples] == [1, 0]
    assert corpus.problem_counts() == {"no label": 1}


def test_labels_keep_the_order_that_is_given(file):
    labels = LabelSet(("positive", "neutral", "negative"))
    corpus = read_table(file("text,label\na,negative\nb,positive\n"), labels)
    assert corpus.labels == labels
    assert [e.label for e in corpus.examples] == [2, 0]


def test_splits_in_the_usual_spellings(file):
    spellings = ["train", "Training", "val", "valid", "validation", "dev", "TEST", ""]
    rows = "".join(f"{n},{'positive' if n % 2 else 'negative'},{s}\n" for n, s in enumerate(spellings))
    corpus = read_table(file("text,label,split\n" + rows))
    assert [e.split for e in corpus.examples] == ["train"] * 2 + ["validation"] * 4 + ["test", None]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "text,label\na,Positive\nb,joy\nc,fear\nd,anger\n",
            r"unknown label in 4 rows: 'Positive' \(t.csv:2\), 'joy'.*",
        ),
        ("text,label\na,Positive\n", r"Known are: negative, positive\. Did you mean 'positive'\?"),
        ("text,label,split\na,positive,holdout\n", r"unknown split in 1 rows: 'holdout' \(t.csv:2\)"),
        ("id,text,label\n1,a,positive\n2,b,negative\n1,c,positive\n", r"id '1' stands twice: t.csv:2 and t.csv:4"),
        ("text,labels\na,positive\n", r"no label column\. Its columns are: text, labels\. Did you mean 'labels'\?"),
        ("text,label\n", "no post that can be used: it has no rows"),
        ("text,label\na,\n,positive\n", r"can be used: no label \(1\), empty post \(1\)"),
    ],
)
def test_mistakes_in_the_table_as_a_whole(file, text, told):
    with pytest.raises(TableError, match=told):
        read_table(file(text), MOODS)


def test_labels_that_differ_in_case_alone_are_one_mistake(file):
    with pytest.raises(TableError, match=r"'good' in 2 rows and 'Good' in 1, first in t\.csv:3\. Write them alike"):
        read_table(file("text,label\na,good\nb,Good\nc,good\nd,bad\n"))


def test_one_label_alone_teaches_nothing(file):
    with pytest.raises(TableError, match="only one label, 'positive'"):
        read_table(file("text,label\na,positive\nb,positive\n"))


def test_mistakes_show_before_the_first_row_is_asked_for(file, tmp_path):
    with pytest.raises(TableError, match="is not there"):
        read_rows(tmp_path / "nowhere.csv")
    with pytest.raises(TableError, match="is a folder"):
        read_rows(tmp_path)
    with pytest.raises(TableError, match=r"should end in one of \.csv"):
        read_rows(file("text\n", "t.xlsx"))
    with pytest.raises(TableError, match="neither a text nor an image"):
        read_rows(file("a,b\n1,2\n"))
    with pytest.raises(TableError, match="is empty"):
        read_rows(file(""))


def test_relative_images_of_a_table_behind_a_url(tmp_path):
    path = tmp_path / "posts.csv"
    path.write_text("image\nmy photo#1.jpg\n", encoding="utf-8")

    def image(folder):
        return next(read_rows(path, folder=folder, links=True)).post.image

    assert image("https://x.org/a") == "https://x.org/a/my%20photo%231.jpg"
    assert image("s3://bucket/a") == "s3://bucket/a/my photo#1.jpg"
