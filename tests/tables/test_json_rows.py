import pytest

from anymood.errors import TableError
from anymood.tables.format import Dialect
from anymood.tables.formats.jsonl import JsonLines
from anymood.tables.json_rows import line_records


def head(path):
    return JsonLines().head(path, Dialect(), lambda names: "text" in names)


@pytest.fixture
def file(tmp_path):
    def write(text):
        path = tmp_path / "t.jsonl"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def test_each_line_is_a_row_and_each_broken_line_a_problem(file):
    path = file(
        '{"id": 1, "text": "a"}\n\n{"id": 2, "text": \n[1]\n"word"\nnull\n'
        '{"id": 3, "id": 4}\n' + "[" * 100_000 + "\n" + '{"id": ' + "9" * 5000 + "}\n" + '{"id": 5}'
    )
    assert [(r.number, r.where, r.values, [p.reason for p in r.problems]) for r in line_records(path)] == [
        (1, "t.jsonl:1", {"id": 1, "text": "a"}, []),
        (2, "t.jsonl:3", {}, ["no JSON object"]),
        (3, "t.jsonl:4", {}, ["no JSON object"]),
        (4, "t.jsonl:5", {}, ["no JSON object"]),
        (5, "t.jsonl:6", {}, ["no JSON object"]),
        (6, "t.jsonl:7", {"id": 4}, ["duplicate key"]),
        (7, "t.jsonl:8", {}, ["no JSON object"]),
        (8, "t.jsonl:9", {}, ["no JSON object"]),
        (9, "t.jsonl:10", {"id": 5}, []),
    ]


def test_a_line_in_another_encoding(file):
    (record,) = line_records(file(b'{"text": "ol\xe9"}'))
    assert record.values == {"text": "olé"}
    assert [p.reason for p in record.problems] == ["encoding"]


def test_half_a_surrogate_pair_is_replaced_wherever_it_stands(file):
    path = file(
        r'{"text": "a\ud83d", "deep": [{"\uDE00": 1}], "pair": "\ud83d\ude00"}' + "\n" + r'{"text": "\ud83d\ude00"}'
    )
    first, second = line_records(path)
    assert first.values == {"text": "a\ufffd", "deep": [{"\ufffd": 1}], "pair": "😀"}
    assert [p.reason for p in first.problems] == ["encoding"]
    assert (second.values, second.problems) == ({"text": "😀"}, [])


def test_columns_are_the_keys_of_all_early_rows(file):
    assert head(file('{"text": "a"}\n3\n{"image": "b", "text": "c"}\n')).columns == ("text", "image")


@pytest.mark.parametrize("text", ["[]", "[3]", "3\n", "{}\n", "\n"])
def test_a_file_without_objects_is_refused(file, text):
    with pytest.raises(TableError, match="contains no JSON object with a value. Write one object per line"):
        head(file(text))


def test_why_no_line_is_an_object_is_reported(file):
    with pytest.raises(TableError, match="In its first row, its values are nested more than 100 times"):
        head(file('{"text": ' + "[" * 101 + "]" * 101 + "}\n"))
    with pytest.raises(TableError, match="In its first row, it is not a JSON object: Exceeds the limit"):
        head(file('{"text": "a", "id": ' + "9" * 5000 + "}\n"))


def test_what_is_nested_too_deep_to_be_written_is_named(tmp_path):
    path = tmp_path / "deep.jsonl"
    nested = ["[" * depth + "]" * depth for depth in (99, 101, 900)]
    path.write_text("".join(f'{{"text": "hi", "x": {one}}}\n' for one in nested), encoding="utf-8")
    fine, deep, deeper = line_records(path)
    assert (fine.problems, fine.values["text"]) == ([], "hi")
    for record in (deep, deeper):
        assert [problem.reason for problem in record.problems] == ["no JSON object"]
        assert record.values == {}
