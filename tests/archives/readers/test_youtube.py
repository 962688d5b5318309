import csv
import io
import json
from datetime import UTC, datetime

import pytest

from anymood.archives import open_archive

OLD = ["Comment ID", "Channel ID", "Comment Create Timestamp", "Price", "Parent Comment ID", "Video ID", "Comment Text"]
NEW = [
    "Channel ID",
    "Comment create timestamp",
    "Price",
    "Comment ID",
    "Parent comment ID",
    "Post ID",
    "Video ID",
    "Comment text",
]
GERMAN = [
    "Kommentar-ID",
    "Kanal-ID",
    "Zeitstempel der Erstellung",
    "Preis",
    "Übergeordnete ID",
    "Video-ID",
    "Kommentartext",
]
CREATED = "2022-11-05T10:00:00.434647+00:00"
FIRST = "UgxtiXQkY7gqHbldJ1F4AaABAg"


def table(header, *texts, comment=FIRST, parent=""):
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(header)
    for text in texts:
        cells = {"ID": comment, "Create": CREATED, "create": CREATED, "Text": text, "text": text}
        row = []
        for column in header:
            if column in ("Comment ID", "Kommentar-ID"):
                row.append(comment)
            elif column in ("Parent Comment ID", "Parent comment ID", "Übergeordnete ID"):
                row.append(parent)
            else:
                key = next((k for k in ("Create", "create", "Erstellung") if k in column), None)
                row.append(CREATED if key else cells["text"] if column.lower().endswith("text") else "x")
        writer.writerow(row)
    return buffer.getvalue() + "\n\n"


@pytest.mark.parametrize("header", [OLD, NEW, GERMAN])
def test_columns_in_any_order_and_language(posts, header):
    [post] = posts("comments.csv", table(header, '{"text":"so happy"}'))
    assert (post.id, post.text, post.is_reply) == (FIRST, "so happy", False)
    assert post.created == datetime(2022, 11, 5, 10, 0, 0, 434647, tzinfo=UTC)


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("plain until 2023", "plain until 2023"),
        ('{"takeoutSegments":[{"text":"so "},{"text":"happy"}]}', "so happy"),
        ('{"text":"first"},{"text":"\n"},{"text":"second"}', "first\nsecond"),  # a raw line break within a string
        ('{"text": "first"}, {"text": "\\u003e second"}', "first> second"),
        ('{"text":"say \\"},{\\"text\\":\\" to them"},{"text":"!"}', 'say "},{"text":" to them!'),
        (
            '{"text":"see"},{"text":"https://e.example/a","link":{"linkUrl":"https://e.example/a"}}',
            "see https://e.example/a",
        ),
        ('{"mention":{"externalChannelId":"UC1"}},{"text":" hi"}', " hi"),
        ('{"text":""}', None),
    ],
)
def test_what_stands_in_a_cell(posts, cell, text):
    [post] = posts("comments.csv", table(OLD, cell))
    assert post.text == text


def test_a_cell_that_is_cut(posts):
    [post] = posts("comments.csv", table(OLD, '{"text":"so ha'))
    assert post.text is None
    assert post.problems[0].reason == "invalid JSON"


def test_replies(posts):
    [post] = posts("comments.csv", table(OLD, "x", parent=FIRST))
    assert post.is_reply
    [post] = posts("comments.csv", table(GERMAN, '{"text":"x"}', comment=f"{FIRST}.9iwJkUYNcXa9u0lv3j3Abh"))
    assert post.is_reply


def test_live_chats(posts):
    header = "Live Chat ID,Channel ID,Live Chat Create Timestamp,Price,Video ID,Live Chat Text"
    [post] = posts("live chats.csv", f'{header}\nLc1,UC1,{CREATED},0,v,"{{""text"":""hi""}}"\n')
    assert (post.id, post.text) == ("Lc1", "hi")


def test_a_takeout_folder(write, tmp_path):
    write("Takeout/YouTube und YouTube Music/Kommentare/Kommentare.csv", table(GERMAN, '{"text":"eins"}'))
    write("Takeout/YouTube und YouTube Music/Kommentare/Kommentare(1).csv", table(GERMAN, '{"text":"zwei"}'))
    write("Takeout/YouTube und YouTube Music/Abos/Abos.csv", "Kanal-ID,Kanal-URL,Kanaltitel\nUC1,x,y\n")
    assert [post.text for post in open_archive(tmp_path)] == ["eins", "zwei"]


def test_json(posts):
    records = [
        {"Comment ID": "a", "Comment Create Timestamp": CREATED, "Comment Text": '{"text":"so"},{"text":" sad"}'},
        {"Comment ID": "b", "takeoutSegments": [{"text": "so "}, {"text": "happy"}], "Parent Comment ID": "a"},
        "no",
    ]
    results = posts("comments.json", json.dumps(records))
    assert [(post.id, post.text, post.kind) for post in results] == [
        ("a", "so sad", "post"), ("b", "so happy", "post"), (None, None, "unreadable"),
    ]  # fmt: skip
    assert results[1].is_reply


def test_json_of_the_api(posts):
    snippet = {"textOriginal": "so happy", "publishedAt": "2022-11-05T10:00:00Z"}
    thread = {
        "kind": "youtube#commentThread",
        "id": "a",
        "snippet": {"topLevelComment": {"id": "a", "snippet": snippet}},
    }
    [post] = posts("comments.json", {"kind": "youtube#commentThreadListResponse", "items": [thread]})
    assert (post.id, post.text) == ("a", "so happy")


@pytest.mark.parametrize(
    ("shown", "text"),
    [
        (
            'so <b>happy</b><br>it&#39;s &lt;3 at <a href="https://e.example/?t=83&amp;a">1:23</a>',
            "so happy\nit's <3 at 1:23",
        ),
        ("so *happy*\nit's <3 <you>", "so *happy*\nit's <3 <you>"),  # textFormat=plainText
    ],
)
def test_comments_of_others_in_json_of_the_api(posts, shown, text):
    [post] = posts("comments.json", [{"kind": "youtube#comment", "id": "a", "snippet": {"textDisplay": shown}}])
    assert post.text == text


def test_a_short_row_and_an_early_end(posts):
    results = posts("comments.csv", table(OLD, "x").rstrip() + '\na,b\nc,d,e,0,,v,"{""te')
    assert [post.kind for post in results] == ["post", "unreadable", "unreadable"]
    assert results[2].problems[0].reason == "truncated file"
