"""Rows that programs write by other rules than RFC 4180, and headers that stand elsewhere."""

import pytest

from anymood.errors import SettingError, TableError
from anymood.tables.columns import DEFAULT_COLUMNS, Columns
from anymood.tables.format import Dialect
from anymood.tables.rows import Table


@pytest.fixture
def table(tmp_path):
    def table(content, name="posts.csv", columns=DEFAULT_COLUMNS, **dialect):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return Table(path, columns, dialect=Dialect(**dialect), guess=True)

    return table


@pytest.fixture
def texts(table):
    def texts(*frames, **how):
        rows = list(table(*frames, **how).rows())
        assert [problem for row in rows for problem in row.problems] == []
        return [row.post.text for row in rows]

    return texts


def test_a_quote_behind_a_backslash_as_spark_writes_it(texts):
    content = 'id,text\n1,"She said \\"love it\\", and left"\n2,plain\n3,"a \\"b\\"\nc, d \\\\ \\"e\\""\n'
    assert texts(content) == ['She said "love it", and left', "plain", 'a "b"\nc, d \\ "e"']


def test_backslashes_that_escape_nothing_stay(texts):
    assert texts('id,text\n1,C:\\new\\"x"\n2,"C:\\old, \\d"\n3,"ends\\"\n') == [
        'C:\\new\\"x"',
        "C:\\old, \\d",
        "ends\\",
    ]


def test_blanks_before_quotes(texts):
    assert texts('id, text\n1, fine\n2, "rain, and cold"\n') == ["fine", "rain, and cold"]
    assert texts('id,text\n1, fine\n2, "rain, and cold"\n3,"so"\n') == [" fine", "rain, and cold", "so"]
    assert texts('text, id\n "a, \\"b\\"", 1\n') == ['a, "b"']


def test_a_carriage_return_within_a_cell_ends_no_row(texts):
    assert texts('id,text,n\r\n1,happy\rday,3\r\n2,"sad\rday",4\r\n3,a\rb\rc,5\r\n') == [
        "happy\rday",
        "sad\rday",
        "a\rb\rc",
    ]
    assert texts("id,text\r\n1,happy\rday\r\n2,b\r") == ["happy\rday", "b"]
    assert texts("text\r\nhappy\rday\r\nb\r\n") == ["happy\rday", "b"]


def test_rows_that_carriage_returns_end_stay_apart(texts):
    assert texts("id,text\r1,a\r2,b\r") == ["a", "b"]
    assert texts("id,text\r\n1,love\n2,hate\r3,best\r\n4,sad") == ["love", "hate", "best", "sad"]


def test_two_byte_order_marks(texts):
    assert texts("\ufeff\ufefftext\nlove\n") == ["love"]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_by_its_mark(table, encoding):
    opened = table("\ufeffDate\tMessage\r\n2024-01-01\tüber happy 😍\r\n".encode(encoding))
    assert [row.post.text for row in opened.rows()] == ["über happy 😍"]
    assert (opened.head.delimiter, opened.head.mark, opened.count()) == ("\t", True, 1)


def test_half_a_character_of_utf_16_is_reported(table):
    content = "\ufefftext\nlove \ud83d day\n".encode("utf-16-le", "surrogatepass")
    [row] = table(content).rows()
    assert (row.post.text, [problem.reason for problem in row.problems]) == ("love \ufffd day", ["encoding"])


@pytest.mark.parametrize(("mark", "delimiter"), [("|", None), ("^", "^"), ("\t", "\t"), (";", None)])
def test_other_delimiters(texts, mark, delimiter):
    assert texts(f"id{mark}text\n1{mark}a, b\n", delimiter=delimiter) == ["a, b"]


def test_a_delimiter_that_cannot_be_one(table):
    for delimiter in ("", "::", "\n", '"'):
        with pytest.raises(SettingError, match="is invalid"):
            table("text\na\n", delimiter=delimiter)
    with pytest.raises(SettingError, match="-1 lines"):
        table("text\na\n", skip_lines=-1)


PREAMBLE = '"Report:","Bulk Mentions"\n"Brand:","X, Y"\n\n'


def test_lines_before_the_header_are_found(table, texts):
    content = f'{PREAMBLE}"Id","Date","Full Text"\n"1","2024","so happy"\n'
    opened = table(content)
    [row] = opened.rows()
    assert (row.where, row.post.id, row.post.text) == ("posts.csv:5", "1", "so happy")
    assert opened.notes == (
        "2 lines before the column names skipped (--skip-lines or skip_lines= sets their number)",
        "the column 'Full Text' is read as the text (--text-column or text= selects another one)",
    )
    assert texts(content, skip_lines=3) == ["so happy"]
    padded = "Report,,,\n,,,\nBrand,X,,\n"  # as Excel saves it
    assert texts(f"{padded}Id,Date,Full Text,Likes\n1,2024,so happy,3\n") == ["so happy"]
    assert texts(f"{PREAMBLE}Id;Words;n\n1;so sad;2\n", columns=Columns(text="words")) == ["so sad"]


def test_names_of_columns_below_merged_cells(table, texts):
    below = "id,when,post text,likes,shares\n1,May,so happy,2,3\n"
    opened = table(f"Post,,,Metrics,\n{below}")
    assert [row.post.text for row in opened.rows()] == ["so happy"]
    assert opened.notes[0].startswith("1 line before the column names skipped")
    assert texts(f"Report\n\nPost,,,Metrics,\n{below}") == ["so happy"]
    titles = "Post title,Posted by,Likes\nso happy,Ana,3\n"  # as in exports from LinkedIn
    assert texts(f",,Metrics\n{titles}") == texts(f"Report\n\n,,Metrics\n{titles}") == texts(titles) == ["so happy"]
    assert texts(f",,Metrics\n{below}") == texts(f",,Metrics\na,b,Title\n{below}") == ["so happy"]
    assert len(texts("name,opinion,city\nBo,,\nAna,text,Berlin\n", columns=Columns(text="opinion"))) == 2
    assert len(texts("name,Title,city\nBo,,\nAna,text,Berlin\n")) == 2
    # A post below unnamed columns is one, also if a cell is like a name.
    assert texts(",text,kind\na,so happy,comment\n") == ["so happy"]
    assert texts(",text,,kind\n1,so happy,x,comment\n") == ["so happy"]
    assert texts("text\n") == []


def test_a_preamble_that_is_not_skipped_is_reported(table):
    content = f"{PREAMBLE}a,b,c\n1,2,3\n"
    with pytest.raises(TableError, match="Its columns are: Report:, Bulk Mentions"):
        table(content)
    with pytest.raises(TableError, match="Its columns are: a, b, c"):
        table(content, skip_lines=3)
    with pytest.raises(TableError, match="has no line after the first"):
        table(content, skip_lines=10**12)


def test_a_table_without_a_header(table):
    content = b'"0","1","so sad"\n"4","2","loving this caf\xe9"\n'
    with pytest.raises(TableError, match="neither a text nor an image"):
        table(content, header=False)
    for name in ("3", "column 3"):
        opened = table(content, header=False, columns=Columns(text=name, id="2"))
        rows = list(opened.rows())
        assert [(row.post.id, row.post.text) for row in rows] == [("1", "so sad"), ("2", "loving this café")]
        assert opened.head.columns == ("column 1", "column 2", "column 3")
        assert (rows[0].where, opened.notes) == ("posts.csv:1", ())
    assert [row.post.text for row in table(content, header=False, skip_lines=1, columns=Columns(text="3")).rows()] == [
        "loving this café"
    ]


def test_a_repeated_column_that_nobody_uses(table):
    opened = table("id,text,likes,likes,likes_2\n1,love,3,4,5\n")
    assert opened.head.columns == ("id", "text", "likes", "likes_3", "likes_2")
    [row] = opened.rows()
    assert row.values == {"id": "1", "text": "love", "likes": "3", "likes_3": "4", "likes_2": "5"}
    with pytest.raises(TableError, match="has the column 'text' twice"):
        table("id,text,text\n1,a,b\n")
