"""JSON documents: lists, objects with a list in them, and objects behind each other, whatever the name says."""

import json

import pytest

from anymood.errors import TableError
from anymood.tables import json_rows
from anymood.tables.rows import Table

POSTS = [{"text": "love", "n": 1}, {"text": "sad", "image": None}]


@pytest.fixture
def table(tmp_path):
    def table(content, name="posts.json"):
        path = tmp_path / name
        data = content if isinstance(content, str | bytes) else json.dumps(content, indent=1)
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return Table(path, guess=True)

    return table


def texts(table):
    rows = list(table.rows())
    assert [problem for row in rows for problem in row.problems] == []
    return [row.post.text for row in rows]


@pytest.mark.parametrize("name", ["posts.json", "posts.jsonl", "posts.ndjson"])
@pytest.mark.parametrize("indent", [None, 2])
def test_a_list_of_objects(table, name, indent):
    opened = table(json.dumps(POSTS, indent=indent), name)
    assert texts(opened) == ["love", "sad"]
    assert (opened.head.columns, opened.notes) == (("text", "n", "image"), ())
    assert next(opened.rows()).where.startswith(f"{name}, byte ")


def test_json_lines_under_the_name_of_a_document(table):
    opened = table("\n".join(map(json.dumps, POSTS)))
    assert texts(opened) == ["love", "sad"]
    assert [row.where for row in opened.rows()] == ["posts.json:1", "posts.json:2"]


@pytest.mark.parametrize(
    "around", [{"posts": POSTS}, {"meta": {"n": [1, 2]}, "result": {"items": POSTS}, "tags": ["a"]}]
)
def test_the_list_of_posts_in_an_object(table, around):
    opened = table({"version": 3, **around})
    assert texts(opened) == ["love", "sad"]
    name = "posts" if "posts" in around else "result.items"
    assert opened.notes == (f"the rows are the objects in the list '{name}'",)


def test_of_several_lists_the_one_with_posts_is_read(table):
    assert texts(table({"users": [{"name": "a"}], "posts": POSTS, "places": [{"city": "b"}]})) == ["love", "sad"]
    with pytest.raises(TableError, match=r"several lists: comments and posts\. .* jq -c '\.posts\[\]'"):
        table({"posts": POSTS, "comments": POSTS})


def test_an_object_with_a_text_is_one_post(table):
    assert texts(table({"text": "love", "tags": [{"text": "a"}]})) == ["love"]
    assert texts(table('{\n"text": "love"\n}\n{\n"text": "sad"\n}\n', "posts.jsonl")) == ["love", "sad"]


def test_javascript_that_assigns_a_list(table):
    assert texts(table(f"window.posts = {json.dumps(POSTS, indent=1)};", "posts.jsonl")) == ["love", "sad"]


def test_texts_within_objects_are_found(table):
    posts = [{"id": 1, "tweet": {"full_text": "love"}}, {"id": 2, "tweet": {"full_text": "sad"}}]
    opened = table(posts)
    assert texts(opened) == ["love", "sad"]
    assert "the column 'tweet.full_text' is read as the text" in opened.notes[0]


def test_utf_16_and_marks(table):
    data = json.dumps([{"text": "über 😍"}], ensure_ascii=False)
    for encoding in ("utf-16", "utf-8-sig"):
        assert texts(table(data.encode(encoding))) == ["über 😍"]


def test_a_bad_item_ends_nothing(table):
    content = (
        '[{"text": "love"}, {"text": oops}, 5, {"text": "half \\ud83d"}, ' + "[" * 200 + "]" * 200 + ', {"text": "s'
    )
    rows = list(table(content).rows())
    assert [(row.number, row.post.text, [problem.reason for problem in row.problems]) for row in rows] == [
        (1, "love", []),
        (2, None, ["invalid JSON"]),
        (3, None, ["no JSON object"]),
        (4, "half \ufffd", ["encoding"]),
        (5, None, ["no JSON object"]),
        (6, None, ["truncated file"]),
    ]


@pytest.mark.parametrize("content", ["[]", "[1, 2]", "{}", '{"a": []}', "null", "<html>", "5"])
def test_documents_without_posts_are_refused(table, content):
    with pytest.raises(TableError, match="contains no JSON object|neither a text nor an image"):
        table(content)


@pytest.mark.parametrize(
    "content",
    [
        {"text": {"0": "love", "1": "sad"}},
        {"text": {"a": "love", "b": "sad"}, "n": {"a": 1, "b": 2}},
        {"17": {"text": "love", "n": 1}, "18": {"text": "sad", "n": 2}},
        {"columns": ["text"], "index": [0, 1], "data": [["love"], ["sad"]]},
        {"text": ["love", "sad"], "n": [1, 2]},
    ],
)
def test_a_table_by_columns_is_distinguished_from_a_post(table, content):
    with pytest.raises(TableError, match="orient='records'"):
        table(content)


def test_an_object_with_objects_is_a_post(table):
    assert texts(table({"post": {"text": "love"}, "user": {"name": "a"}})) == ["love"]


def test_a_long_list_is_known_by_its_beginning(table, monkeypatch):
    monkeypatch.setattr(json_rows, "ROWS_THAT_NAME_COLUMNS", 2)
    assert table([*POSTS, {"text": "late", "key": 1}]).head.columns == ("text", "n", "image")


def test_a_document_in_an_older_encoding_of_another_script(table):
    text = "какой чудесный день, я очень рад"
    [row] = table(f'[{{"text": "{text}"}}]'.encode("cp1251")).rows()
    assert (row.post.text, [problem.reason for problem in row.problems]) == (text, ["encoding"])


def test_a_document_in_another_encoding_is_read_and_reported(table):
    rows = list(table('[{"text": "café “closed”"}, {"text": "love"}]'.encode("cp1252")).rows())
    assert [(row.post.text, [problem.reason for problem in row.problems]) for row in rows] == [
        ("café “closed”", ["encoding"]),
        ("love", []),
    ]


def test_a_repeated_key_is_a_problem_of_its_row(table):
    opened = table('[{"text": "love"}, {"text": "sad", "text": "glad", "n": {"a": 1, "a": 2}}, {"text": "sad"}]')
    rows = list(opened.rows())
    assert [row.post.text for row in rows] == ["love", "glad", "sad"]
    assert [[problem.reason for problem in row.problems] for row in rows] == [[], ["duplicate key"], []]
    assert "a, text more than once; the last value is used" in rows[1].problems[0].message
