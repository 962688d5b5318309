import pytest

from anymood.errors import TableError
from anymood.tables.format import Dialect
from anymood.tables.rows import Table


def test_each_line_is_a_post(tmp_path):
    path = tmp_path / "posts.txt"
    path.write_bytes('love, "really"\r\n\n  \nolé\n'.encode("cp1252") + b"last")
    rows = list(Table(path, format="text").rows())
    assert [(row.number, row.where, row.post.text) for row in rows] == [
        (1, "posts.txt:1", 'love, "really"'),
        (2, "posts.txt:4", "olé"),
        (3, "posts.txt:5", "last"),
    ]
    assert [[problem.reason for problem in row.problems] for row in rows] == [[], ["encoding"], []]


def test_lines_before_the_posts_are_skipped(tmp_path):
    path = tmp_path / "posts.txt"
    path.write_text("Posts of May\n\nlove\nhate\n", encoding="utf-8")
    rows = Table(path, format="text", dialect=Dialect(skip_lines=2, header=False)).rows()
    assert [(row.number, row.where) for row in rows] == [(1, "posts.txt:3"), (2, "posts.txt:4")]


def test_a_table_with_tabs_is_questioned(tmp_path):
    path = tmp_path / "posts.txt"
    path.write_text("id\ttext\n1\tlove\n", encoding="utf-16")  # as Excel saves "Unicode text"
    assert "add --format tsv" in Table(path, format="text").notes[0]
    assert [row.post.text for row in Table(path, format="tsv").rows()] == ["love"]


def test_an_empty_file_is_refused(tmp_path):
    path = tmp_path / "posts.txt"
    path.touch()
    with pytest.raises(TableError, match=r"posts\.txt is empty"):
        Table(path, format="text")
