import datetime
import io
import json
import sys
import zipfile

import pytest

from anymood.errors import MissingExtra, TableError
from anymood.tables.columns import Columns
from anymood.tables.format import Dialect, Layout
from anymood.tables.formats import excel
from anymood.tables.formats.excel import Excel, ExcelWriter
from anymood.tables.rows import Table

openpyxl = pytest.importorskip("openpyxl")


@pytest.fixture
def book(tmp_path):
    def book(*sheets, name="t.xlsx"):
        result = openpyxl.Workbook()
        result.remove(result.active)
        for number, rows in enumerate(sheets, 1):
            sheet = result.create_sheet(f"S{number}")
            for row in rows:
                sheet.append(row)
        result.save(tmp_path / name)
        return tmp_path / name

    return book


def test_rows_of_a_sheet(book):
    day = datetime.datetime(2024, 1, 31, 12, 30)
    path = book([["id", "text", "when", "likes"], [1, "love", day, 2.5], [], [2, None, None, True]])
    table = Table(path)
    rows = list(table.rows())
    assert [(row.number, row.where, row.post.id, row.post.text) for row in rows] == [
        (1, "t.xlsx, row 2", "1", "love"),
        (2, "t.xlsx, row 4", "2", None),
    ]
    assert rows[0].values == {"id": 1, "text": "love", "when": "2024-01-31 12:30:00", "likes": 2.5}


def test_sheets_with_the_same_header_are_one_table(book):
    path = book([["text"], ["a"]], [["other"], ["x"]], [["text"], ["b"]], [])
    table = Table(path)
    assert [(row.post.text, row.where) for row in table.rows()] == [
        ("a", "t.xlsx, sheet S1, row 2"),
        ("b", "t.xlsx, sheet S3, row 2"),
    ]
    assert table.notes == ("1 sheet skipped, whose column names differ from those of 'S1': 'S2'",)


def test_a_sheet_without_a_header(book):
    path = book([["Mine"], [1, "a"], [], [2, "b", "more"]])
    table = Table(path, Columns(text="2"), dialect=Dialect(skip_lines=1, header=False))
    assert table.head.columns == ("column 1", "column 2", "column 3")
    assert [(row.where, row.post.text) for row in table.rows()] == [("t.xlsx, row 2", "a"), ("t.xlsx, row 4", "b")]
    with pytest.raises(TableError, match="--no-header with the number of the column, such as --text-column 2"):
        Table(path)


def test_a_header_in_the_middle_is_no_post(book):
    rows = Table(book([["id", "text"], [1, "a"], ["id", "text"], [2, "text"]])).rows()
    assert [[problem.reason for problem in row.problems] for row in rows] == [[], ["repeated header"], []]


def test_rows_before_the_header(book):
    path = book([["Report"], ["of", "today"], ["text"], ["a"]])
    assert [row.post.text for row in Table(path, dialect=Dialect(skip_lines=2)).rows()] == ["a"]


def test_names_of_columns_below_merged_cells(book):
    below = [["id", "when", "post text", "likes", "shares"], [1, "May", "so happy", 2, 3]]
    for title in ([], [["Report of May"]]):
        table = Table(book([*title, ["Post", None, None, "Metrics"], *below]), guess=True)
        assert [row.post.text for row in table.rows()] == ["so happy"]
        assert table.head.columns[2] == "post text"
    titles = [[None, None, "Metrics"], ["Post title", "Posted by", "Likes"], ["so happy", "Ana", 3]]
    for rows in (titles, [["Report of May", "by Ana"], *titles], [[None], *titles[1:]]):
        assert [row.post.text for row in Table(book(rows), guess=True).rows()] == ["so happy"]
    rows = Table(book([["text", None, None, "kind"], ["a", 1, 2, "comment"]])).rows()
    assert [row.post.text for row in rows] == ["a"]


def test_rows_before_the_header_are_found(book):
    title = [["Monthly report"], [], ["from", "May"]]
    path = book([*title, ["id", "text", "net"], [1, "a", "X"]], [["id", "text", "net"], [2, "b", "X"]])
    table = Table(path)
    assert [(row.post.text, row.where) for row in table.rows()] == [
        ("a", "t.xlsx, sheet S1, row 5"),
        ("b", "t.xlsx, sheet S2, row 2"),
    ]
    assert table.notes == ("3 rows before the column names skipped (--skip-lines or skip_lines= sets their number)",)
    with pytest.raises(TableError, match="Its columns are: Monthly report"):
        Table(book([*title, ["text"]]), dialect=Dialect(skip_lines=0))
    with pytest.raises(TableError, match="Its columns are: No, Body"):  # a cell of a row is no name
        Table(book([["No", "Body 1"], [1, "text"]]))


def test_a_sheet_with_posts_goes_before_others(book):
    path = book([["Survey 2024"], ["made by Bo"]], [["Nr", "Comment"], [1, "love"]])
    table = Table(path, guess=True)
    assert [row.post.text for row in table.rows()] == ["love"]
    assert table.notes[0] == "1 sheet skipped, whose column names differ from those of 'S2': 'S1'"


@pytest.fixture
def edited(tmp_path):
    """Makes a workbook with other XML."""

    def edit(path, old, new):
        other = tmp_path / "other.xlsx"
        with zipfile.ZipFile(path) as source, zipfile.ZipFile(other, "w") as target:
            for name in source.namelist():
                target.writestr(name, source.read(name).replace(old, new))
        assert other.read_bytes() != path.read_bytes()
        return other

    return edit


def test_a_row_far_below_the_last_one_of_excel_is_not_waited_for(book, edited, monkeypatch):
    path = edited(book([["text"], ["a"], ["b"]]), b'<row r="3"', b'<row r="999999999999"')
    monkeypatch.setattr("anymood.tables.formats.excel.SHEET_ROWS", 100)  # a million of them would take a second
    rows = Table(path).rows()
    assert next(rows).post.text == "a"
    with pytest.raises(TableError, match=r"other\.xlsx has a row beyond row 100, the last one of Excel"):
        next(rows)


def test_a_sheet_that_tells_a_wrong_size_is_read_whole(book, edited):
    other = edited(book([["text", "n"], ["a", 1], ["b", 2]]), b'<dimension ref="A1:B3"', b'<dimension ref="A1"')
    assert [row.values for row in Table(other).rows()] == [{"text": "a", "n": 1}, {"text": "b", "n": 2}]


def test_what_is_not_a_workbook_is_refused(book, tmp_path):
    for content in (b"text\na\n", b"PK\x03\x04" + bytes(50), book([["text"], ["a"]]).read_bytes()[:-300]):
        path = tmp_path / "bad.xlsx"
        path.write_bytes(content)
        with pytest.raises(TableError, match=r"bad\.xlsx cannot be read as an Excel workbook"):
            Table(path)
    with pytest.raises(TableError, match="is empty"):
        Table(book([[]]))


@pytest.fixture
def write(tmp_path):
    def write(rows, layout):
        partial = tmp_path / "rows.jsonl"
        with partial.open("wb") as file:
            for n, row in enumerate(rows):
                writer = ExcelWriter(file, layout, begin=n == 0)
                writer.write(*row)
                writer.flush()
        return writer.finish(partial)

    return write


def test_what_is_written_is_read_back(write):
    layout = Layout(("id", "text", "list"), {"label": str, "scores": ("bad", "good"), "far": float})
    text = 'a "b",\n\x00\x0bé 😀'
    rows = [
        (
            {"id": 1, "text": text, "list": [1, {"a": 2}]},
            {"label": "good", "scores": {"bad": 0.25, "good": 0.75}, "far": 1.0},
        ),
        ({"text": "=1+1", "id": float("inf")}, {"label": None, "scores": None, "far": None}),
    ]
    path = write(rows, layout)
    sheet = openpyxl.load_workbook(path).active
    assert [[cell.value for cell in row] for row in sheet] == [
        ["id", "text", "list", "label", "scores.bad", "scores.good", "far"],
        [1, 'a "b",\né 😀', '[1, {"a": 2}]', "good", 0.25, 0.75, 1],
        ["inf", "=1+1", None, None, None, None, None],
    ]
    assert sheet["B3"].data_type == "s"  # a text, not a formula
    assert [row.values["text"] for row in Table(path).rows()] == ['a "b",\né 😀', "=1+1"]


def test_more_rows_than_a_sheet_has_go_to_another(write, monkeypatch):
    monkeypatch.setattr(excel, "SHEET_ROWS", 4)
    path = write([({"text": str(n)}, {}) for n in range(7)], Layout(("text",)))
    assert [sheet.max_row for sheet in openpyxl.load_workbook(path).worksheets] == [4, 4, 2]
    assert [row.post.text for row in Table(path).rows()] == list(map(str, range(7)))


def test_a_text_longer_than_a_cell_is_cut(write):
    path = write([({"text": "x" * 40_000}, {})], Layout(("text",)))
    assert [len(row.post.text) for row in Table(path).rows()] == [32_767]


def test_more_columns_than_a_sheet_has_are_refused_at_once():
    layout = Layout(tuple(map(str, range(16_384))), {"label": str})
    with pytest.raises(TableError, match=r"16,385 columns, but a sheet of Excel has 16,384\. Write CSV or Parquet"):
        ExcelWriter(io.BytesIO(), layout)


def test_a_cell_has_room_for_half_as_many_emoji(write):
    path = write([({"text": "x" + "\U0001f600" * 20_000}, {})], Layout(("text",)))
    assert [row.post.text for row in Table(path).rows()] == ["x" + "\U0001f600" * 16_383]


def test_characters_that_xml_does_not_know(write, book):
    path = write([({"text": "a\ufffe\uffff\x1fb"}, {}), ({"text": "_x0041_ _x000D_"}, {})], Layout(("text",)))
    assert [row.post.text for row in Table(path).rows()] == ["ab", "_x0041_ _x000D_"]
    assert openpyxl.load_workbook(path).active["A3"].value == "_x005F_x0041_ _x005F_x000D_"
    path = book([["te_x005F_xt"], ["love_x000D_\nit _xd800_"]], name="excel.xlsx")  # as Excel writes a carriage return
    assert [row.values for row in Table(path, Columns(text="te_xt")).rows()] == [{"te_xt": "love\r\nit _xd800_"}]


def test_long_numbers_keep_their_digits(write):
    path = write([({"id": 1234567890123456789, "n": -(10**15) + 1}, {})], Layout(("id", "n")))
    assert [cell.value for cell in openpyxl.load_workbook(path).active[2]] == ["1234567890123456789", -(10**15) + 1]


def test_rows_wait_as_lines(tmp_path):
    file = io.BytesIO()
    ExcelWriter(file, Layout(("text",), {"far": float})).write({"text": "a"}, {"far": 0.5})
    assert json.loads(file.getvalue()) == ["a", 0.5]


def test_without_openpyxl_the_error_names_the_dependency(book, monkeypatch):
    path = book([["text"], ["a"]])
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(MissingExtra, match=r"pip install 'anymood\[excel\]'"):
        Table(path)
    with pytest.raises(MissingExtra, match=r"pip install 'anymood\[excel\]'"):
        ExcelWriter(io.BytesIO(), Layout(("text",)))
    assert Excel.suffixes[0] == ".xlsx"


def test_formulas_without_results(book):
    """openpyxl, and so pandas, writes a text that begins with "=" as a formula without its result."""
    path = book([["text", "n"], ["=) so happy"], ["=D"], ['="a"&B2', 1], ["=SUM(B2:B3)"], ["fine", "=B2"]])
    rows = list(Table(path).rows())
    assert [row.post.text for row in rows] == ["=) so happy", "=D", None, None, "fine"]
    assert [[problem.reason for problem in row.problems] for row in rows] == [[], []] + [["wrong type"]] * 3
    assert str(rows[3].problems[0]) == (
        "t.xlsx, row 5: its text is a formula without a result, '=SUM(B2:B3)'. Open the workbook in Excel or "
        "LibreOffice, and save it."
    )


def test_an_empty_result_of_a_formula_is_not_a_problem(book, tmp_path):
    path = book([["text", "n"], ["a", '=IF(1,"",2)']])
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(tmp_path / "excel.xlsx", "w") as new:
        for part in old.infolist():
            new.writestr(part, old.read(part).replace(b'<c r="B2">', b'<c r="B2" t="str">'))  # as Excel writes it
    [row] = Table(tmp_path / "excel.xlsx").rows()
    assert (row.values, row.problems) == ({"text": "a", "n": None}, ())


def test_a_workbook_with_a_password(tmp_path):
    path = tmp_path / "t.xlsx"
    path.write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600))
    with pytest.raises(TableError, match=r"has a password, or is of the old format \.xls\. Save it"):
        Table(path)
