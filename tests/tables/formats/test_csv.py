import contextlib
import gzip

import pytest

from anymood import csv_rows
from anymood.errors import TableError
from anymood.tables.format import Dialect
from anymood.tables.formats.csv import Csv
from anymood.tables.formats.tsv import Tsv
from anymood.tables.rows import Table


def has_posts(names):
    return "text" in names


def head(path, **dialect):
    known = Tsv() if ".tsv" in path.name.lower() else Csv()
    return known, known.head(path, Dialect(**dialect), has_posts)


def records(path, **dialect):
    known, columns = head(path, **dialect)
    return known.records(path, columns)


@pytest.fixture
def rows(tmp_path):
    def read(text, name="t.csv", **dialect):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return [
            (record.number, record.where, list(record.values.values()), [p.reason for p in record.problems])
            for record in records(path, **dialect)
        ]

    return read


def test_quotes_line_ends_and_blank_lines(rows):
    text = 'id,text\r\n1,"a, ""b"""\r\n\r\n2,"two\nlines"\r\n3,\r\n'
    assert rows(text) == [
        (1, "t.csv:2", ["1", 'a, "b"'], []),
        (2, "t.csv:4", ["2", "two\nlines"], []),
        (3, "t.csv:6", ["3", ""], []),
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_end_is_known_and_the_last_may_lack(rows, end):
    assert [row[2] for row in rows(end.join(["id,text", "1,a", "2,b"]))] == [["1", "a"], ["2", "b"]]


@pytest.mark.parametrize(("name", "mark"), [("t.tsv", "\t"), ("t.TSV", "\t"), ("t.csv", ";"), ("t.csv", "\t")])
def test_delimiter_by_suffix_and_header(rows, name, mark):
    assert rows(f"id{mark}text\n1{mark}a\n", name)[0][2] == ["1", "a"]


@pytest.mark.parametrize("header", ["text, as written;likes;id", '"a;b;c;d",text,id'])
def test_a_name_may_hold_another_delimiter(rows, header):
    mark = ";" if header.endswith(";id") else ","
    assert rows(f"{header}\n1{mark}2{mark}3\n")[0][2] == ["1", "2", "3"]


def test_gzipped_tsv(rows):
    assert rows(gzip.compress(b"id\ttext\n1\ta, b\n"), "t.tsv.gz")[0][2] == ["1", "a, b"]


def test_a_stray_quote_costs_no_other_row(rows):
    text = 'id,text,label\n1,"never closed,pos\n2,plain,neg\n3,"fine, too",pos\n'
    assert rows(text) == [
        (1, "t.csv:2", ["1", '"never closed', "pos"], ["unbalanced quote"]),
        (2, "t.csv:3", ["2", "plain", "neg"], []),
        (3, "t.csv:4", ["3", "fine, too", "pos"], []),
    ]


def test_a_stray_quote_in_the_last_cell_reads_to_the_end_and_back(rows):
    text = 'id\ttext\n1\t"never closed\n2\tb\n3\t"shut" and on\n4\td\n'
    assert [(row[2], row[3]) for row in rows(text, "t.tsv")] == [
        (["1", '"never closed'], ["unbalanced quote"]),
        (["2", "b"], []),
        (["3", '"shut" and on'], ["unbalanced quote"]),
        (["4", "d"], []),
    ]


def test_quotes_in_an_unquoted_tsv_make_no_row_of_several(rows):
    text = 'id\ttext\n1\t"begins\n2\tis between\n3\tends"\n4\t"two\nlines"\n5\t"quoted"\n'
    assert [(row[2], row[3]) for row in rows(text, "t.tsv")] == [
        (["1", '"begins'], ["unbalanced quote"]),
        (["2", "is between"], []),
        (["3", 'ends"'], []),
        (["4", "two\nlines"], []),
        (["5", "quoted"], []),
    ]


def test_a_stray_quote_is_followed_only_so_far(rows, tmp_path, monkeypatch):
    # The limit of the csv module is the process's and is only ever raised: a short one is set for this test alone.
    before = csv_rows.csv.field_size_limit(1000)
    monkeypatch.setattr(csv_rows, "CELL_LIMIT", 1000)
    try:
        read = rows('id,text\n1,"open\n' + "2,plain\n" * 1000)
        with contextlib.closing(records(tmp_path / "t.csv")) as again:
            message = next(again).problems[0].message
    finally:
        csv_rows.csv.field_size_limit(before)
    assert "its quotes are unbalanced, or a cell has more than" in message
    assert len(read) == 1001
    assert read[0][3] == ["unbalanced quote"]
    assert all(not row[3] for row in read[1:])


def test_a_cell_of_ten_megabytes(rows):
    long = "word " * 2_000_000
    assert rows(f'id,text\n1,"{long}"\n2,b\n')[0][2] == ["1", long]


def test_ragged_rows(rows):
    assert rows("id,text,label\n1,a\n2,a,b,c\n3,a,b,,\n") == [
        (1, "t.csv:2", ["1", "a"], ["ragged row"]),
        (2, "t.csv:3", ["2", "a", "b,c"], ["ragged row"]),
        (3, "t.csv:4", ["3", "a", "b"], []),
    ]


@pytest.mark.parametrize("between", ["", "\ufeff"])
def test_a_header_in_the_middle_is_no_post(rows, between):
    # cat may.csv june.csv > both.csv
    read = rows(f'id,text,,id\n1,a,,2\n{between}"id", text ,,id\n1,text,,id\n')
    assert [row[3] for row in read] == [[], ["repeated header"], []]
    assert rows("text\na\ntext\n")[1][3] == ["repeated header"]
    assert all(not row[3] for row in rows("id,text\nid,text\n", header=False))


def test_a_header_in_the_middle_has_no_post_and_no_label(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("text,label\ngood,positive\ntext,label\n", encoding="utf-8")
    first, second = Table(path).rows()
    assert (first.post.text, second.post.text, second.label) == ("good", None, None)
    assert second.values == {"text": "text", "label": "label"}  # the row is kept in the output


def test_a_row_in_another_encoding(rows):
    read = rows("id,text\n1,olé\n".encode() + b"2,ol\xe9\n" + b'3,"a\nol\xe9"\n')
    assert [(row[2][1], row[3]) for row in read] == [
        ("olé", []),
        ("olé", ["encoding"]),
        ("a\nolé", ["encoding"]),
    ]


def test_header_names(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text('\ufeff\n id ,"the\ntext",\n1,a,b\n', encoding="utf-8")
    assert head(path)[1].columns == ("id", "the\ntext", "column 3")
    assert next(records(path)).values == {"id": "1", "the\ntext": "a", "column 3": "b"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\n\n", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (b"i\0d\0,\0t\0", "NUL bytes"),
        (b'id,"text\n1,a\n', "unbalanced quotes"),
    ],
)
def test_a_header_that_cannot_be_one(tmp_path, content, message):
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    with pytest.raises(TableError, match=message):
        head(path)


@pytest.mark.parametrize("mark", [";", ",", "\t"])
def test_the_first_line_may_name_the_delimiter(rows, mark):
    assert rows(f"\ufeffsep={mark}\r\nid{mark}text\r\n1{mark}a b c\r\n") == [(1, "t.csv:3", ["1", "a b c"], [])]


def test_in_a_single_column_a_delimiter_is_a_part_of_the_text(rows):
    assert rows('text\nbest, day, ever\n"a, b"\n') == [
        (1, "t.csv:2", ["best, day, ever"], []),
        (2, "t.csv:3", ["a, b"], []),
    ]
