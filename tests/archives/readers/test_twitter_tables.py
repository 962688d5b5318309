"""CSV of twarc-csv, twint and Sentiment140."""

import csv
import io
import json
from datetime import UTC, datetime

import pytest


def table(*rows, delimiter=","):
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, rows[0].keys(), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue()


TWARC = {
    "id": "1",
    "conversation_id": "1",
    "referenced_tweets.replied_to.id": "",
    "referenced_tweets.retweeted.id": "",
    "author_id": "5",
    "created_at": "2022-11-05T10:00:00.000Z",
    "text": "a &amp; b",
    "lang": "en",
    "attachments.media": "",
}
TWINT = {
    "id": "1",
    "conversation_id": "1",
    "created_at": "2022-11-05 12:00:00 EET",
    "date": "2022-11-05",
    "time": "12:00:00",
    "timezone": "+0200",
    "tweet": "a &amp; b",
    "language": "en",
    "photos": "[]",
    "video": "0",
    "thumbnail": "",
    "retweet": "False",
    "reply_to": "[]",
}


def test_twarc_csv(posts):
    [post] = posts("a.csv", table(TWARC))
    assert (post.id, post.text, post.language, post.is_repost) == ("1", "a & b", "en", False)
    assert post.created == datetime(2022, 11, 5, 10, tzinfo=UTC)


def test_a_retweet_of_twarc_csv_has_the_text_of_the_original_and_is_marked(posts):
    [post] = posts("a.csv", table(TWARC | {"referenced_tweets.retweeted.id": "9", "text": "the whole original"}))
    assert (post.text, post.is_repost, post.cut) == ("the whole original", True, False)


def test_replies_media_and_encoded_texts_of_twarc_csv(posts):
    media = [{"type": "photo", "url": "https://e.example/p.jpg", "alt_text": "a dog"}]
    row = TWARC | {
        "referenced_tweets.replied_to.id": "8",
        "attachments.media": json.dumps(media),
        "text": json.dumps("one\ntwo 😀"),
    }
    [post] = posts("a.csv", table(row))
    assert (post.is_reply, post.image, post.alt_text, post.text) == (
        True,
        "https://e.example/p.jpg",
        "a dog",
        "one\ntwo 😀",
    )


def test_line_breaks_of_twarc_csv(posts):
    media = json.dumps([{"type": "photo", "url": "https://e.example/p.jpg", "alt_text": "a\ndog"}])
    [post] = posts("a.csv", table(TWARC | {"text": r"[live] so happy\nbut tired", "attachments.media": media}))
    assert (post.text, post.alt_text) == ("[live] so happy\nbut tired", "a\ndog")


def test_twarc_csv_with_all_strings_in_json(posts):
    [post] = posts("a.csv", table({column: cell and json.dumps(cell) for column, cell in TWARC.items()}))
    assert (post.id, post.text, post.language, post.is_repost) == ("1", "a & b", "en", False)
    assert post.created == datetime(2022, 11, 5, 10, tzinfo=UTC)


def test_long_tweets_of_twarc_csv(posts):
    cut = "a" * 279 + "…"
    [post] = posts("a.csv", table(TWARC | {"text": cut, "note_tweet.text": "a" * 400}))
    assert (post.text, post.cut) == ("a" * 400, False)
    [post] = posts("a.csv", table(TWARC | {"text": cut, "note_tweet.text": ""}))
    assert (post.text, post.cut) == (cut, True)


@pytest.mark.parametrize("delimiter", [",", "\t"])
def test_twint(posts, delimiter):
    [post] = posts("a.csv", table(TWINT, delimiter=delimiter))
    assert (post.id, post.text, post.language) == ("1", "a & b", "en")
    assert post.created == datetime(2022, 11, 5, 10, tzinfo=UTC)
    assert not (post.is_repost or post.is_reply or post.image)


def test_pictures_retweets_and_replies_of_twint(posts):
    rows = [
        TWINT
        | {"photos": "['https://e.example/a.jpg', 'https://e.example/b.jpg']", "tweet": "look pic.twitter.com/Xyz"},
        TWINT | {"video": "1", "thumbnail": "https://e.example/v.jpg"},
        TWINT | {"retweet": "True", "tweet": "RT @ana: cut he…"},
        TWINT | {"conversation_id": "7"},
        TWINT | {"photos": "__import__('os')"},
    ]
    results = posts("a.csv", table(*rows))
    assert (results[0].image, results[0].images, results[0].text) == ("https://e.example/a.jpg", 2, "look")
    assert (results[1].image, results[1].images) == ("https://e.example/v.jpg", 1)
    assert (results[2].is_repost, results[2].cut) == (True, True)
    assert results[3].is_reply
    assert results[4].image is None


SENTIMENT140 = (
    b'"0","1467810369","Mon Apr 06 22:19:45 PDT 2009","NO_QUERY","mia","@bo caf\xe9 closed :("\n'
    b'"4","1467810370","Mon Apr 06 22:19:46 PDT 2009","NO_QUERY","mia","R&amp;D \xa320"\n'
)


def test_sentiment140_has_no_header_and_is_latin_1(posts):
    first, second = posts("training.1600000.processed.noemoticon.csv", SENTIMENT140)
    assert (first.id, first.text, first.label, first.is_reply) == ("1467810369", "@bo café closed :(", "negative", True)
    assert first.created == datetime(2009, 4, 7, 5, 19, 45, tzinfo=UTC)
    assert (second.text, second.label) == ("R&D £20", "positive")


@pytest.mark.parametrize("start", [table(TWARC), table(TWINT)])
def test_short_rows_and_an_early_end(posts, start):
    results = posts("a.csv", start + "1,2\n" + '3,"cut')
    assert [post.kind for post in results] == ["post", "unreadable", "unreadable"]
    assert results[1].problems[0].reason == "not a post"
    assert results[2].problems[0].reason == "truncated file"


def test_a_short_row_of_sentiment140(posts):
    results = posts("a.csv", SENTIMENT140 + b'"4","3"\n')
    assert results[-1].kind == "unreadable"
    assert "line 3" in results[-1].problems[0].message
