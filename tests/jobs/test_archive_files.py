import io
import json
import sys
import zipfile

import pytest

from anymood.errors import InputError, SettingError, TableError
from anymood.jobs.inputs import ReadOptions
from anymood.jobs.job import predict_files
from anymood.jobs.opening import open_inputs
from anymood.tables import Columns

CHAT = {
    "guild": {"id": "1"},
    "channel": {"id": "2"},
    "messages": [
        {
            "id": "10",
            "type": "GuildMemberJoin",
            "timestamp": "2024-01-01T10:00:00+00:00",
            "content": "Joined the server.",
        },
        {"id": "11", "type": "Default", "timestamp": "2024-01-01T10:01:00+00:00", "content": "love it"},
        {"id": "12", "type": "Reply", "timestamp": "2024-01-01T10:02:00+00:00", "content": "sad", "reference": {}},
    ],
}
OUTBOX = {
    "@context": "https://www.w3.org/ns/activitystreams",
    "type": "OrderedCollection",
    "orderedItems": [
        {
            "type": "Create",
            "id": f"https://m.example/{number}/activity",
            "object": {
                "type": "Note",
                "id": f"https://m.example/{number}",
                "content": content,
                "attachment": [{"mediaType": "image/jpeg", "url": "/media/gone.jpg", "name": "a happy dog"}],
            },
        }
        for number, content in enumerate(("<p>love</p>", ""))
    ],
}
COMMENTS = (
    "Comment ID,Channel ID,Price,Comment Text\n"
    'Ugabc,UC1,0,"{""text"":""love ""},{""text"":""it""}"\n'
    'Ugabd,UC1,0,"{""text"":""so sad""}"\n'
)
PHOTO = {"type": "photo", "media_url_https": "https://pbs.twimg.com/media/A.jpg"}
MEDIA = {"extended_entities": {"media": [PHOTO]}}


def tweet(number, text, **more):
    return {"tweet": {"id_str": str(number), "full_text": text, "created_at": "Sat Nov 05 10:00:00 +0000 2022", **more}}


def tweets(*posts):
    return f"window.YTD.tweets.part0 = {json.dumps(posts)}"


@pytest.fixture
def rows(model, tmp_path):
    """What becomes of a file, a folder or a zip: its rows with the predictions."""

    def rows(source, **options):
        target = tmp_path / "out.jsonl"
        predict_files(model, source, target, overwrite=True, **options)
        return [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()]

    return rows


@pytest.fixture
def chat(tmp_path):
    path = tmp_path / "chat.json"
    path.write_text(json.dumps(CHAT), encoding="utf-8")
    return path


@pytest.fixture
def comments(tmp_path):
    path = tmp_path / "comments.csv"
    path.write_text(COMMENTS, encoding="utf-8")
    return path


def test_a_zip_is_predicted_with_the_images_in_it(rows, tmp_path, corpus_folder):
    path = tmp_path / "twitter.zip"
    with zipfile.ZipFile(path, "w") as opened:
        opened.writestr(
            "data/tweets.js",
            tweets(
                tweet(1, "love", **MEDIA), tweet(2, "RT @a: so sad…"), tweet(3, "@b ok", in_reply_to_status_id_str="9")
            ),
        )
        opened.write(corpus_folder / "images" / "pos01.jpg", "data/tweets_media/1-A.jpg")
    first, second, third = rows(path)
    assert (first["id"], first["text"], first["used"], first["created"]) == (
        "1",
        "love",
        "both",
        "2022-11-05T10:00:00Z",
    )
    assert first["image"] == f"{path}/data/tweets_media/1-A.jpg"
    assert (second["is_repost"], second["cut"], second["is_reply"], third["is_reply"]) == (True, True, False, True)
    assert [row["problem"] for row in (first, second, third)] == [None, None, None]


def test_notices_are_not_posts_and_no_problems(rows, chat):
    notice, post, reply = rows(chat)
    assert (notice["kind"], notice["label"], notice["used"], notice["problem"]) == ("notice", None, "none", None)
    assert (post["label"], reply["label"], reply["is_reply"]) == ("positive", "negative", True)


def test_the_description_of_an_image_is_a_column_and_scored_only_on_request(rows, tmp_path):
    path = tmp_path / "outbox.json"
    path.write_text(json.dumps(OUTBOX), encoding="utf-8")
    written, blank = rows(path)
    assert (written["alt_text"], written["label"]) == ("a happy dog", "positive")
    assert (blank["alt_text"], blank["used"], blank["reason"]) == ("a happy dog", "none", "missing image")
    written, blank = rows(path, use_alt_text=True)
    assert (blank["used"], blank["text"]) == ("text", None)


def test_a_table_that_is_an_export_can_be_read_as_a_table(rows, comments):
    assert [row["text"] for row in rows(comments)] == ["love it", "so sad"]
    [note] = open_inputs([str(comments)], ReadOptions(), comments.parent).notes
    assert "in the format youtube" in note
    assert "--format csv or format='csv' reads it as a table with all its columns" in note
    for options in ({"format": "csv"}, {"columns": Columns(text="Comment Text")}):
        first, second = rows(comments, **options)
        assert (first["Price"], first["label"], second["label"]) == ("0", "positive", "negative")


def test_a_format_that_is_given(rows, chat, comments):
    assert len(rows(chat, format="discord")) == 3
    assert open_inputs([str(chat)], ReadOptions(format="discord"), chat.parent).notes == []
    with pytest.raises(InputError, match="no files of the format telegram"):
        rows(chat, format="telegram")
    with pytest.raises(SettingError, match=r"no format 'discourse'. Available: csv, .*images, bluesky"):
        rows(chat, format="discourse")
    with pytest.raises(SettingError, match="but not images"):
        open_inputs(["-"], ReadOptions(format="images"), comments.parent)


def test_several_exports_in_a_folder(rows, chat):
    chat.with_name("tweets.js").write_text(tweets(tweet(1, "love")), encoding="utf-8")
    with pytest.raises(InputError, match=r"can be read as discord, x. Choose one"):
        rows(chat.parent)
    assert [row["id"] for row in rows(chat.parent, format="x")] == ["1"]
    assert len(rows([chat, chat.with_name("tweets.js")])) == 4


def test_renamed_exports_in_a_folder_are_read_each_in_its_format(rows, tmp_path):
    folder = tmp_path / "exports"
    folder.mkdir()
    message = {"id": 1, "type": "message", "date": "2024-01-01T10:00:00", "text": "so sad"}
    joined = {"id": 2, "type": "service", "date": "2024-01-01T10:00:00", "text": ""}
    telegram = {"type": "personal_chat", "id": 5, "messages": [message, joined]}
    (folder / "mastodon.json").write_text(json.dumps(OUTBOX), encoding="utf-8")
    (folder / "telegram.json").write_text(json.dumps(telegram), encoding="utf-8")
    read = rows(folder)
    assert [(row["file"], row["kind"]) for row in read] == [
        ("mastodon.json", "post"),
        ("mastodon.json", "post"),
        ("telegram.json", "post"),
        ("telegram.json", "notice"),
    ]
    assert rows(str(folder / "*.json"), format="json")[2]["date"] == "2024-01-01T10:00:00"


def test_labels_of_a_corpus_stand_beside_the_prediction(rows, tmp_path):
    path = tmp_path / "training.csv"
    path.write_text('"4","1","Mon Apr 06 22:19:45 PDT 2009","NO_QUERY","me","so sad"\n', encoding="latin-1")
    [row] = rows(path)
    assert (row["given_label"], row["label"]) == ("positive", "negative")


def test_urls_are_reported_and_the_text_decides(rows, tmp_path):
    path = tmp_path / "tweets.js"
    path.write_text(tweets(tweet(1, "love", **MEDIA)), encoding="utf-8")
    [row] = rows(path)
    assert (row["used"], row["reason"]) == ("text", "image is a URL")
    assert "--fetch" in row["problem"]


def test_an_image_in_a_zip_that_cannot_be_unpacked_is_reported(rows, tmp_path):
    path = tmp_path / "twitter.zip"
    with zipfile.ZipFile(path, "w") as opened:
        opened.writestr("data/tweets.js", tweets(tweet(1, "love", **MEDIA)))
        opened.writestr("data/tweets_media/1-A.jpg", b"picture" * 100)
    path.write_bytes(path.read_bytes().replace(b"picture", b"PICTURE"))  # its checksum is wrong now
    [row] = rows(path)
    assert (row["used"], row["reason"]) == ("text", "unreadable")


def test_unreadable_records_do_not_end_the_job(rows, tmp_path):
    lines = [{"id": f"c{n}", "body": "love", "subreddit": "a", "author": "b", "created_utc": n} for n in range(3)]
    path = tmp_path / "RC.ndjson"
    path.write_text("\n".join([json.dumps(lines[0]), "{broken", json.dumps(lines[2])]), encoding="utf-8")
    assert [(row["kind"], row["label"]) for row in rows(path)] == [
        ("post", "positive"),
        ("unreadable", None),
        ("post", "positive"),
    ]
    assert rows(path)[1]["reason"] == "invalid JSON"


def test_an_export_comes_through_standard_input(chat, tmp_path, monkeypatch):
    def open_kept():
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(chat.read_bytes())))
        return open_inputs(["-"], ReadOptions(), tmp_path)

    inputs = open_kept()
    assert [row.post.text for _, row in inputs.rows()] == [None, "love it", "sad"]
    assert inputs.notes[0].startswith("standard input: read as an archive in the format discord")
    assert open_kept().digests() == inputs.digests()  # so that the job resumes


def test_what_else_is_in_a_download_is_reported(tmp_path):
    folder = tmp_path / "download"
    chat = {"participants": [{"name": "Bo"}], "messages": [{"content": "sad", "timestamp_ms": 0}], "thread_path": "bo"}
    for name, content in (
        ("posts_1.json", [{"media": [{"uri": "", "creation_timestamp": 1, "title": "happy"}]}]),
        ("message_1.json", chat),
    ):
        folder.mkdir(exist_ok=True)
        (folder / name).write_text(json.dumps(content))
    inputs = open_inputs([str(folder)], ReadOptions(), tmp_path)
    assert [row.post.text for _, row in inputs.rows()] == ["happy"]
    assert inputs.notes[0].endswith("; --format meta-messages or format='meta-messages' reads its other posts.")
    inputs = open_inputs([str(folder)], ReadOptions(format="meta-messages"), tmp_path)
    assert [row.post.text for _, row in inputs.rows()] == ["sad"]


def test_tables_beside_an_archive_in_a_folder_are_named(tmp_path):
    folder = tmp_path / "account"
    folder.mkdir()
    (folder / "comments.csv").write_text("id,permalink,date,parent,body\n1,/r/a,2024-01-01 10:00:00 UTC,,love\n")
    for name in ("chat_history.csv", "mine.xlsx", "_part.csv", "likes.json", "notes.md"):
        (folder / name).write_text("[]")
    [note] = open_inputs([str(folder)], ReadOptions(), tmp_path).notes
    assert "format reddit-account" in note
    assert note.endswith("; other tables in this folder are only read if named: mine.xlsx, chat_history.csv.")
    [note] = open_inputs([str(folder / "comments.csv")], ReadOptions(), tmp_path).notes
    assert "other tables" not in note


def test_an_interrupted_job_continues_within_an_export(model, chat, tmp_path):
    def stop(inputs):
        raise KeyboardInterrupt

    target = tmp_path / "out.csv"
    inputs = open_inputs([str(chat)], ReadOptions(), tmp_path)
    everything = list(inputs.rows())
    for done, (position, _) in enumerate(everything, 1):
        assert list(inputs.rows(position)) == everything[done:]
    with pytest.raises(KeyboardInterrupt):
        predict_files(model, chat, target, progress=stop)
    assert predict_files(model, chat, target).rows == 3
    again = chat.with_name("again.json")
    again.write_bytes(chat.read_bytes())
    assert predict_files(model, [chat, again], tmp_path / "other.parquet").rows == 6


def test_patterns_find_exports(rows, chat):
    chat.with_name("notes.txt").write_text("no chat", encoding="utf-8")
    chat.with_name("tweets.js").write_text(tweets(tweet(1, "love")), encoding="utf-8")
    assert [row["id"] for row in rows(str(chat.parent / "*.*s*"))] == ["10", "11", "12", "1"]


def test_an_export_that_was_made_as_html_is_reported(rows, tmp_path, corpus_folder):
    path = tmp_path / "export"
    (path / "posts").mkdir(parents=True)
    (path / "posts" / "your_posts_1.html").write_text("<html>", encoding="utf-8")
    (path / "posts" / "a.jpg").write_bytes((corpus_folder / "images" / "pos01.jpg").read_bytes())
    assert [row["used"] for row in rows(path)] == ["image"]
    notes = open_inputs([str(path)], ReadOptions(), tmp_path).notes
    assert "the export was made as HTML or text. Export it again as JSON." in notes[0]
    assert "1 file skipped" in notes[1]


def test_other_zips_are_to_be_unpacked(rows, tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as opened:
        opened.writestr("posts.csv", "text\nlove\n")
    with pytest.raises(TableError, match=r"a\.zip is a zip, but not a supported archive .* Unpack it"):
        rows(path)


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/workbook.bin", "content.xml", "word/document.xml"])
def test_workbooks_are_to_be_saved(rows, tmp_path, part):
    path = tmp_path / "posts.ods"
    with zipfile.ZipFile(path, "w") as opened:
        opened.writestr(part, "")
    with pytest.raises(TableError, match=r"posts\.ods is a zip, .* Save it as \.xlsx or CSV\."):
        rows(path)
