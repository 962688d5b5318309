import json
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anymood.errors import SettingError, TableError
from anymood.posts import Post
from anymood.tables.columns import Columns
from anymood.tables.format import Dialect
from anymood.tables.rows import Table, read_rows


@pytest.fixture
def file(tmp_path):
    def write(text, name="t.csv"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_rows_need_no_labels_and_carry_the_other_columns(file):
    path = file("author,text,when\nada,hello,3\nben,,4\n")
    first, second = read_rows(path)
    assert (first.number, first.where, first.post) == (1, "t.csv:2", Post(text="hello"))
    assert (first.label, first.split) == (None, None)
    assert first.values == {"author": "ada", "text": "hello", "when": "3"}
    assert second.post == Post()
    assert second.problems == ()


def test_texts_within_objects_in_cells_are_found(file):
    path = file('id,record,n\n1,,0\n2,"{""text"": ""hello"", ""n"": [1]}",1\n3,"{\'text\': \'ciao\'}",2\n4,x,3\n')
    assert Table(path, guess=True).columns.text == "record.text"
    assert [row.post.text for row in read_rows(path, Columns(text="record.text"))] == [None, "hello", "ciao", None]


def test_cells_of_texts_are_not_searched_for_other_texts(file):
    path = file('id,Comment\n1,"{""text"":""so ""}"\n2,"{""text"":""so ""},{""text"":""sad""}"\n')  # Google Takeout
    table = Table(path, guess=True)
    assert (table.columns.text, table.head.nested) == ("Comment", frozenset())
    assert [row.post.text for row in table.rows()] == ["so ", "so sad"]


def test_a_repeated_header_stays_one_in_a_scored_table(file):
    path = file("id,text,label,used,reason\n1,a,positive,text,\nid,text,,none,repeated header\n")
    assert [(row.post.text, [p.reason for p in row.problems]) for row in read_rows(path)] == [
        ("a", []),
        (None, ["repeated header"]),
    ]
    path = file("id,text,reason\n1,a,repeated header\n")  # not scored
    assert [row.post.text for row in read_rows(path)] == ["a"]


def test_rows_at_the_beginning_are_passed_over_and_images_lie_elsewhere(file, odd_images):
    webp = odd_images["webp"]
    path = file(f"image\ngone.jpg\n{webp.name}\n")
    (row,) = read_rows(path, image_folder=webp.parent, skip=1)
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
    assert str(rows[4].problems[0]).startswith("t.csv:6: its image 'gone.jpg' does not exist")


@settings(derandomize=True, max_examples=150, deadline=None)
@given(
    suffix=st.sampled_from([".csv", ".tsv", ".jsonl"]),
    head=st.sampled_from(['id,text,image\n1,"', "id\ttext\timage\n", '{"id": 1, "text": "a", "image": null}\n', ""]),
    parts=st.lists(
        st.sampled_from([*'",;\t\r\n\\{}[]:\0', "null", "1e999", "a", "é", "\\ud83d"]) | st.binary(max_size=3)
    ),
)
def test_any_bytes_are_read_without_an_exception(tmp_path_factory, suffix, head, parts):
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


def test_an_image_column_that_is_to_be_ignored(file):
    (row,) = read_rows(file("text,image\na,gone.jpg\n"), Columns(image=None))
    assert row.problems == ()
    assert row.values == {"text": "a", "image": "gone.jpg"}


def test_mistakes_show_before_the_first_row_is_requested(file, tmp_path):
    with pytest.raises(TableError, match="does not exist"):
        read_rows(tmp_path / "nowhere.csv")
    with pytest.raises(TableError, match="is a folder"):
        read_rows(tmp_path)
    with pytest.raises(TableError, match=r"must end in one of \.csv"):
        read_rows(file("text\n", "t.docx"))
    with pytest.raises(TableError, match="neither a text nor an image"):
        read_rows(file("a,b\n1,2\n"))
    with pytest.raises(TableError, match="is empty"):
        read_rows(file(""))


def test_relative_images_of_a_table_behind_a_url(tmp_path):
    path = tmp_path / "posts.csv"
    path.write_text("image\nmy photo#1.jpg\n", encoding="utf-8")

    def image(folder):
        return next(read_rows(path, image_folder=folder, links=True)).post.image

    assert image("https://x.org/a") == "https://x.org/a/my%20photo%231.jpg"
    assert image("s3://bucket/a") == "s3://bucket/a/my photo#1.jpg"


def test_the_texts_of_several_columns_are_joined(tmp_path):
    file = tmp_path / "reddit.csv"
    file.write_text("Title,selftext,stars\nWhat a day,I love it,5\n,terrible service,1\nTitle alone,,3\n,N/A,\n")
    texts = [row.post.text for row in read_rows(file, Columns(text="title+selftext"))]
    assert texts == ["What a day\nI love it", "terrible service", "Title alone", None]


def test_a_column_whose_name_has_the_sign_of_joining_is_not_joined(tmp_path):
    file = tmp_path / "sums.csv"
    file.write_text("a,b,a+b\nI,love,\nI,love,it\n")
    assert [row.post.text for row in read_rows(file, Columns(text="a+b"))] == [None, "it"]


@pytest.mark.parametrize(
    ("dialect", "message"),
    [
        (Dialect(skip_lines=0), r"--skip-lines only applies to .*excel.*text"),
        (Dialect(header=False), "--no-header only applies"),
        (Dialect(delimiter=";"), r"--delimiter only applies to .*tsv"),
    ],
)
def test_options_that_do_not_apply_to_a_format_are_refused(file, dialect, message):
    path = file('{"text": "a"}\n', "t.jsonl")
    with pytest.raises(SettingError, match=rf"t.jsonl is read as jsonl, but {message}.*give another --format"):
        read_rows(path, dialect=dialect)


def test_columns_must_be_columns(tmp_path):
    (tmp_path / "a.csv").write_text("body\nlove\n", encoding="utf-8")
    with pytest.raises(SettingError, match=r"Columns\(text='body'\), not a dict"):
        read_rows(tmp_path / "a.csv", {"text": "body"})


def test_a_dialect_is_not_text(tmp_path):
    (tmp_path / "a.csv").write_text("text;b\nlove;1\n", encoding="utf-8")
    with pytest.raises(SettingError, match=r"Dialect\(delimiter=';'\), not a str"):
        read_rows(tmp_path / "a.csv", dialect=";")


@pytest.mark.parametrize("wrong", [{"delimiter": 5}, {"delimiter": ";;"}, {"skip_lines": "2"}, {"skip_lines": -1}])
def test_parts_of_a_dialect_of_another_type(wrong):
    with pytest.raises(SettingError, match=r"is invalid\. Give a single character|cannot be skipped\. Give an integer"):
        Dialect(**wrong)


@pytest.mark.parametrize(
    ("lines", "skipped"),
    [
        ("id,text\n(int),(string)\n1,hi\n", 1),
        ("id,text\nbigint,varchar(280)\n1,hi\n", 1),
        ("text\n(text)\nhi\n", 1),
        ("text\n(laughs)\nhi\n", 0),
        ("text\nstring\nhi\n", 0),
        ("text,image\n(laughs),\nhi,\n", 0),
        ('Q1,text\nHow?,Why?\n"{""ImportId"":""QID1""}","{""ImportId"":""QID2""}"\n1,hi\n', 2),
    ],
)
def test_types_and_questions_below_the_header_are_no_posts(file, lines, skipped):
    table = Table(file(lines))
    rows = list(table.rows())
    assert [bool(row.problems) for row in rows] == [True] * skipped + [False] * (len(rows) - skipped)
    assert all(row.post == Post() for row in rows[:skipped])
    assert [row.post.text for row in rows][-1] == "hi"
    assert len(table.notes) == bool(skipped)


@pytest.mark.parametrize(
    ("first", "what"),
    [
        (b"\x89PNG\r\n\x1a\n", "a PNG image"),
        (b"PK\x03\x04", "a zip file"),
        (b"PAR1", "a Parquet file"),
        (b"SQLite format 3\0", "an SQLite database"),
        (bytes(range(128, 256)), "a binary file"),
    ],
)
@pytest.mark.parametrize("name", ["t.csv", "t.jsonl"])
def test_a_binary_file_is_named_and_its_bytes_are_not_shown(tmp_path, name, first, what):
    path = tmp_path / name
    path.write_bytes(first + bytes(range(256)))
    with pytest.raises(
        TableError, match=f"{name} is {what}.* not text.* Save .* as CSV in UTF-8, or correct its suffix"
    ):
        Table(path)
