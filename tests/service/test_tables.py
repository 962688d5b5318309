"""Tables that are opened in the page: the service reads them as ``anymood predict`` does."""

import json
from urllib.parse import quote

import pytest

from anymood.errors import TableError
from anymood.service.report_routes import read_table
from anymood.service.security import Keys
from anymood.tables.rows import Table

TABLES = {
    "told.csv": b"sep=;\r\nid;text\r\n1;a, b\r\n",
    "single.csv": b'text\nbest, day, ever\n"a, b"\n',
    "plain": b"id,text\n1,a\n2,b\n",
    "marked": b"\xef\xbb\xbfid,text\r\n1,a\r\n",
    "carriage returns": b"id,text\r1,a\r2,b",
    "quoted": b'id,"text"\n1,"a, ""b""\nc"\n2,d "e" f\n3,"""g"""\n4,""\n',
    "never closed": b'id,text\n1,"open\n2,plain\n3,"closed"\n4,"a" b\n5,c\n',
    "blank lines": b"\n  \nid,text\n\n1,a\n\n\n2, \n",
    "semicolons": b"id;text\n1;a, b\n2;c\n",
    "a comma in a name": b'id;text;"a, b";c, d\n1;a, b;2;3\n',
    "spaced": b'id, text, "a, b"\n1, "so, so",3\n2,  c, "d"\n',
    "bars": b"id|text\n1|a, b\n2|c\n",
    "tabs": b'id\ttext\n1\t"a\n2\tb"\n3\t"c\nd"\n',
    "ragged": b"id,text,label\n1,a\n2,a,b,c\n3,a,b,,\n4\n",
    "windows": b"id,text\n1,ol\xe9\n2,\x93so\x94\n",
    "cyrillic": b"id,text\n" + "1,Какой чудесный день\n2,Всё очень плохо\n".encode("cp1251") * 15,
    "damaged": "id,text\n1,olé\n2,".encode() + b"ol\xe9\n",
    "unnamed": b" id ,,text\n1,2,a\n",
    "no rows": b"text\n",
    "a header in the middle": b'id,text\n1,a\nid,text\n\xef\xbb\xbf"id", text \n2,text\n',
    "UTF-16": "id\ttext\n1\tso, so\n".encode("utf-16"),
    "NUL bytes": b"id,text\n1,a\0b\n\0,c,\0\n",
}


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_read_as_anymood_predict_reads_it(name, tmp_path):
    path = tmp_path / ("t.tsv" if name == "tabs" else "t.csv")
    path.write_bytes(TABLES[name])
    table = Table(path)
    rows = [
        {
            "cells": [row.values.get(column, "") for column in table.head.columns],
            "problems": [{"reason": problem.reason, "words": str(problem)} for problem in row.problems],
        }
        for row in table.rows()
    ]
    answer = json.loads(read_table(TABLES[name], path.name))
    mixed = [row.pop("mixed") for row in answer["rows"]]
    assert (answer["head"], answer["rows"]) == (list(table.head.columns), rows)
    assert mixed == [row.post.text is None and bool(row.values.get("text", "").strip()) for row in table.rows()]


@pytest.mark.parametrize(
    ("table", "text"),
    [
        (b'Report:,Mentions\n"Brand:","X, Y"\n\nId,Date,Full Text\n1,May,love\n', "Full Text"),
        (b"Report,,\n,,\nId,Date,Full Text\n1,May,love\n", "Full Text"),
        (b"Post ID,Description\n1,love\n", "Description"),
        (b"Post,,,Metrics\nId,Date,Text,Likes\n1,May,love,2\n", "Text"),
        (b"Report\n\n,,Metrics\nId,Date,Text,Likes\n1,May,love,2\n", "Text"),
        (b",,Metrics\nPost title,Author,Likes\nlove,Ana,2\n", "Post title"),
        (b",Text,,Kind\n1,love,x,comment\n", "Text"),
    ],
)
def test_the_text_of_exports_of_tools_and_networks_is_found(table, text):
    answer = json.loads(read_table(table, "posts.csv"))
    assert answer["posts"]["text"] == [text]
    [row] = answer["rows"]
    assert dict(zip(answer["head"], row["cells"], strict=True))[text] == "love"


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (b"", "posts.csv is empty"),
        (b'"text\n1\n', "unbalanced quotes"),
        (b"text,text\na,b\n", "has the column 'text' twice"),
        (b"text\0\na\n", "its first line contains NUL bytes"),
    ],
)
def test_a_table_that_cannot_be_read_is_an_error(table, words):
    with pytest.raises(TableError, match=words):
        read_table(table, "posts.csv")


def test_a_table_is_read_over_http(serving):
    client = serving(keys=Keys(["k" * 16]))
    headers = {"content-type": f'text/csv; name="{quote("größe.csv")}"'}
    table = "id;message\n1;Какой чудесный день;\n".encode()
    assert client.post("/v1/table", content=table, headers=headers).status_code == 401
    headers["authorization"] = f"Bearer {'k' * 16}"
    answer = client.post("/v1/table", content=table, headers=headers).json()
    assert answer["posts"] == {"text": ["message"], "image": []}
    assert answer["rows"] == [{"cells": ["1", "Какой чудесный день"], "problems": [], "mixed": False}]
    problem = client.post("/v1/table", content=b"", headers=headers)
    assert problem.status_code == 400
    assert problem.json()["detail"].startswith("größe.csv is empty")
    assert client.post("/v1/table", json={}, headers=headers | {"content-type": "text/plain"}).status_code == 415
