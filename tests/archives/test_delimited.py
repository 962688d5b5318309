import csv
import io

from anymood import csv_rows
from anymood.archives.delimited import rows


def read(data, delimiter=","):
    return list(rows(io.BufferedReader(io.BytesIO(data)), delimiter))


def test_rows_with_line_breaks_and_their_places():
    records = read(b'id,text\r\n1,"a\nb, ""c"""\r\n\r\n2,d\r\n')
    assert [row.cells for row in records] == [["id", "text"], ["1", 'a\nb, "c"'], ["2", "d"]]
    assert [row.place for row in records] == ["line 1", "line 2", "line 5"]


def test_a_mark_and_lines_in_latin_1():
    records = read(b"\xef\xbb\xbfid,text\n1,caf\xe9\n2,caf\xc3\xa9\n")
    assert [row.cells for row in records] == [["id", "text"], ["1", "café"], ["2", "café"]]


def test_a_file_that_ends_within_quotes():
    records = read(b'id,text\n1,ok\n2,"cut')
    assert records[-1].problem.reason == "truncated file"
    assert "line 3" in records[-1].problem.message


def test_quotes_within_cells():
    records = read(b'id,text\n1,a 5" screen\n2,"so" good\n3,"a \\"fine\\"\nday"\n4,b\n')
    assert [row.cells for row in records[1:]] == [
        ["1", 'a 5" screen'],
        ["2", "so good"],
        ["3", 'a "fine"\nday'],
        ["4", "b"],
    ]


def test_a_stray_quote_takes_no_other_rows():
    assert [row.cells for row in read(b'id,text\n1,"so good\n2,b\n')[1:]] == [["1", "so good\n"], ["2", "b"]]


def test_cells_beyond_the_limit(monkeypatch):
    before = csv.field_size_limit(1000)
    monkeypatch.setattr(csv_rows, "CELL_LIMIT", 1000)
    try:
        records = read(b"id,text\n1," + b"x" * 2000 + b"\n2,b\n")
    finally:
        csv.field_size_limit(before)
    assert records[1].problem.reason == "invalid CSV"
    assert "line 2" in records[1].problem.message
    assert records[2].cells == ["2", "b"]


def test_tabs():
    assert read(b"a\tb\n", "\t")[0].cells == ["a", "b"]


def test_a_stream_that_fails_is_reported():
    class Failing(io.BufferedReader):
        def read1(self, *args):
            data = super().read1(*args)
            if not data:
                raise EOFError("Compressed file ended")
            return data

    records = list(rows(Failing(io.BytesIO(b"a,b\n1,2\n"))))
    assert records[1].cells == ["1", "2"]
    assert records[2].problem.reason == "truncated file"
