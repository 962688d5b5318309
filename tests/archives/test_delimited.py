import io

from anymood.archives import delimited
from anymood.archives.delimited import rows


def read(data, delimiter=","):
    return list(rows(io.BytesIO(data), delimiter))


def test_rows_with_line_breaks_and_their_places():
    found = read(b'id,text\r\n1,"a\nb, ""c"""\r\n\r\n2,d\r\n')
    assert [row.cells for row in found] == [["id", "text"], ["1", 'a\nb, "c"'], ["2", "d"]]
    assert [row.place for row in found] == ["line 1", "line 2", "line 5"]


def test_a_mark_and_lines_in_latin_1():
    found = read(b"\xef\xbb\xbfid,text\n1,caf\xe9\n2,caf\xc3\xa9\n")
    assert [row.cells for row in found] == [["id", "text"], ["1", "café"], ["2", "café"]]


def test_a_file_that_ends_within_quotes():
    found = read(b'id,text\n1,ok\n2,"cut')
    assert found[-1].problem.reason == "truncated file"
    assert "line 3" in found[-1].problem.message


def test_a_quote_within_a_cell_is_no_end():
    found = read(b'id,text\n1,a 5" screen\n2,b\n')
    assert [row.cells for row in found[1:]] == [["1", 'a 5" screen'], ["2", "b"]]


def test_rows_beyond_the_limit(monkeypatch):
    monkeypatch.setattr(delimited, "MAX_ROW", 100)
    found = read(b'id,text\n1,"' + b"x\n" * 200 + b'"\n2,b\n')
    assert found[1].problem.reason == "invalid CSV"
    assert "more than 100 characters" in found[1].problem.message


def test_tabs():
    assert read(b"a\tb\n", "\t")[0].cells == ["a", "b"]


def test_a_stream_that_fails_is_told():
    class Failing(io.BytesIO):
        def readline(self, *args):
            line = super().readline(*args)
            if not line:
                raise EOFError("Compressed file ended")
            return line

    found = list(rows(Failing(b"a,b\n1,2\n")))
    assert found[1].cells == ["1", "2"]
    assert found[2].problem.reason == "truncated file"
