import json
from datetime import UTC, datetime

import pytest

from anymood.archives import open_archive


def page(data, **includes):
    return {"data": data, "includes": includes, "meta": {"result_count": 1}, "__twarc": {"version": "2.14.0"}}


def tweet(number="1", text="hello", **more):
    return {
        "id": number,
        "text": text,
        "author_id": "5",
        "created_at": "2022-11-05T10:00:00.000Z",
        "lang": "en",
        **more,
    }


def lines(*records):
    return "".join(json.dumps(record) + "\n" for record in records)


RETWEET = tweet("2", "RT @ana: I waited three hours and nobo…", referenced_tweets=[{"type": "retweeted", "id": "3"}])
ORIGINAL = {"id": "3", "text": "I waited three hours and nobody said a word &amp; left"}


def test_pages(posts):
    first, second, third = posts("tweets.jsonl", lines(page([tweet(), RETWEET], tweets=[ORIGINAL]), page([tweet("4")])))
    assert (first.id, first.text, first.language) == ("1", "hello", "en")
    assert first.created == datetime(2022, 11, 5, 10, tzinfo=UTC)
    assert (second.text, second.is_repost, second.cut) == (
        "I waited three hours and nobody said a word & left",
        True,
        False,
    )
    assert third.where == "tweets.jsonl, line 2, post 1"


def test_a_retweet_whose_original_is_not_there(posts):
    [post] = posts("tweets.jsonl", lines(page([RETWEET])))
    assert (post.is_repost, post.cut) == (True, True)


def test_flattened_tweets(posts):
    flat = {
        **RETWEET,
        "author": {"username": "bo"},
        "referenced_tweets": [{"type": "retweeted", **ORIGINAL}],
        "__twarc": {},
    }
    [post] = posts("flat.jsonl", lines(flat))
    assert post.text.endswith("a word & left")
    assert post.is_repost


@pytest.mark.parametrize("flat", [False, True])
def test_media(posts, flat):
    media = [
        {"media_key": "7_1", "type": "video", "preview_image_url": "https://e.example/v.jpg"},
        {"media_key": "3_2", "type": "photo", "url": "https://e.example/p.jpg", "alt_text": "a dog"},
    ]
    link = {"url": "https://t.co/x", "media_key": "3_2"}
    one = tweet(text="look https://t.co/x", attachments={"media_keys": ["7_1", "3_2"]}, entities={"urls": [link]})
    if flat:
        one |= {"attachments": {"media": media, "media_keys": ["7_1", "3_2"]}, "__twarc": {}}
        [post] = posts("a.jsonl", lines(one))
    else:
        [post] = posts("a.jsonl", lines(page([one], media=media)))
    assert (post.image, post.images, post.alt_text, post.text) == ("https://e.example/p.jpg", 2, "a dog", "look")


def test_a_video_alone_has_its_preview(posts):
    media = [{"media_key": "7_1", "type": "video", "preview_image_url": "https://e.example/v.jpg"}]
    [post] = posts("a.jsonl", lines(page([tweet(attachments={"media_keys": ["7_1"]})], media=media)))
    assert post.image == "https://e.example/v.jpg"


def test_long_posts(posts):
    [post] = posts("a.jsonl", lines(page([tweet(text="a" * 275 + "…", note_tweet={"text": "a" * 400})])))
    assert (len(post.text), post.cut) == (400, False)
    [post] = posts("b.jsonl", lines(page([tweet(text="a" * 275 + "…")])))
    assert post.cut


def test_replies(posts):
    [post] = posts("a.jsonl", lines(page([tweet(referenced_tweets=[{"type": "replied_to", "id": "9"}])])))
    assert post.is_reply and not post.is_repost


def test_a_stream_and_pages_without_posts(posts):
    results = posts("a.jsonl", lines(page(tweet()), {"errors": [{"title": "x"}]}, {"meta": {"result_count": 0}}))
    assert [post.text for post in results] == ["hello"]


def test_one_json_document(posts):
    assert [post.id for post in posts("a.json", json.dumps([page([tweet()]), page([tweet("2")])], indent=1))] == [
        "1",
        "2",
    ]
    assert [post.id for post in posts("b.json", json.dumps(page([tweet()]), indent=1))] == ["1"]


def test_the_first_twarc(posts):
    old = {"id_str": "1", "full_text": "a &amp; b", "created_at": "Sat Nov 05 10:00:00 +0000 2022", "retweet_count": 0}
    retweet = {**old, "full_text": "RT @x: cut…", "retweeted_status": {**old, "full_text": "the whole text"}}
    results = posts("a.jsonl", lines(old, retweet))
    assert [(post.text, post.is_repost) for post in results] == [("a & b", False), ("the whole text", True)]


def test_bad_lines_and_an_early_end(posts):
    results = posts(
        "a.jsonl", lines(page([tweet()])) + "{no}\n" + lines(page([{"id": "2"}, tweet("3")])) + '{"data": ['
    )
    assert [post.kind for post in results] == ["post", "unreadable", "unreadable", "post", "unreadable"]
    assert results[-1].problems[0].reason == "truncated file"


def test_within_a_folder(write, tmp_path):
    write("a.jsonl", lines(page([tweet("1")])))
    write("b.jsonl", lines(page([tweet("2")])))
    write("c.jsonl", '{"text": "a table of another kind"}\n')
    assert [post.id for post in open_archive(tmp_path)] == ["1", "2"]
