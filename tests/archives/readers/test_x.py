import json
import zipfile
from datetime import UTC, datetime

import pytest

from anymood.archives import ZippedFile, open_archive


def tweet(number=1, text="hello", created="Sat Nov 05 10:00:00 +0000 2022", **more):
    return {"tweet": {"id_str": str(number), "full_text": text, "created_at": created, "lang": "en", **more}}


def note(text, created="2022-11-05T10:00:00.000Z", number="9"):
    return {"noteTweet": {"noteTweetId": number, "createdAt": created, "core": {"text": text, "urls": []}}}


def photo(name="AbC.jpg", kind="photo", **more):
    url = f"https://pbs.twimg.com/media/{name}"
    return {"type": kind, "url": "https://t.co/pic", "media_url_https": url, **more}


def script(kind, records, part=0):
    return f"window.YTD.{kind}.part{part} = {json.dumps(records, indent=2)}"


@pytest.fixture
def archive(write, tmp_path):
    """Write the files of an archive below ``data/`` and read its posts."""

    def archive(files):
        for name, content in files.items():
            write(f"twitter/data/{name}", content)
        return list(open_archive(tmp_path / "twitter"))

    return archive


def test_a_post(archive):
    [post] = archive({"tweets.js": script("tweets", [tweet()])})
    assert (post.id, post.text, post.language, post.kind) == ("1", "hello", "en", "post")
    assert post.created == datetime(2022, 11, 5, 10, tzinfo=UTC)
    assert not (post.is_repost or post.is_reply or post.cut or post.problems)
    assert post.where == "data/tweets.js, byte 30"


def test_entities_are_resolved_once(archive):
    [post] = archive({"tweets.js": script("tweets", [tweet(text="R&amp;D &lt;3 &amp;amp;")])})
    assert post.text == "R&D <3 &amp;"


def test_parts_are_read_in_their_order_and_other_files_are_left(archive):
    posts = archive(
        {
            "tweets.js": script("tweets", [tweet(1)]),
            "tweets-part1.js": script("tweets", [tweet(2)], 1),
            "tweets-part10.js": script("tweets", [tweet(4)], 10),
            "tweets-part2.js": script("tweets", [tweet(3)], 2),
            "community-tweet.js": script("community_tweet", [tweet(0)]),
            "deleted-tweets.js": script("deleted_tweets", [tweet(5)]),
            "direct-messages.js": script("direct_messages", []),
            "like.js": script("like", []),
        }
    )
    assert [post.id for post in posts] == ["0", "1", "2", "3", "4"]


def test_older_archives(archive, posts):
    [post] = archive({"tweet.js": script("tweet", [tweet()["tweet"]])})
    assert post.text == "hello"
    old = [{"id_str": "1", "text": "hi", "created_at": "2013-04-03 18:54:18 +0000"}]
    [post] = posts("2013_04.js", f"Grailbird.data.tweets_2013_04 = \n{json.dumps(old)}")
    assert (post.text, post.created) == ("hi", datetime(2013, 4, 3, 18, 54, 18, tzinfo=UTC))


LONG = "I waited three hours at the gate and nobody said a word to us. " * 10 + "I am furious."


def cut(text=LONG):
    return text[:270] + "… https://t.co/abc"


def test_long_posts_come_whole_from_the_notes_of_the_same_second(archive):
    posts = archive(
        {
            "tweets.js": script("tweets", [tweet(1, cut()), tweet(2, "short"), tweet(3, "short")]),
            "note-tweet.js": script("note_tweet", [note("Another long text. " * 30), note(LONG + " R&amp;D")]),
        }
    )
    assert posts[0].text == LONG + " R&D"
    assert not posts[0].cut
    assert [post.text for post in posts[1:]] == ["short", "short"]


def test_a_note_of_another_time_is_not_taken(archive):
    files = {
        "tweets.js": script("tweets", [tweet(1, cut())]),
        "note-tweet.js": script("note_tweet", [note(LONG, "2022-11-05T10:05:00.000Z")]),
    }
    [post] = archive(files)
    assert post.text.startswith(LONG[:270])
    assert post.cut


def test_a_long_reply_whose_note_lacks_the_names(archive):
    reply = tweet(1, "@bo @ana " + cut(), in_reply_to_status_id_str="7")
    files = {
        "tweets.js": script("tweets", [reply]),
        "note-tweet.js": script("note_tweet", [note(LONG, "2022-11-05T10:00:01.000Z")]),
    }
    [post] = archive(files)
    assert post.text == LONG
    assert post.is_reply


def test_notes_beside_a_single_file(write):
    path = write("data/tweets.js", script("tweets", [tweet(1, cut())]))
    write("data/note-tweet.js", script("note_tweet", [note(LONG)]))
    assert next(iter(open_archive(path))).text == LONG


def test_retweets_are_reposts_and_cut(archive):
    texts = ["RT @ana: I waited three hours and nobody sa…", "RT @ana: short", "I said RT @ana: no"]
    posts = archive({"tweets.js": script("tweets", [tweet(text=text) for text in texts])})
    assert [(post.is_repost, post.cut) for post in posts] == [(True, True), (True, False), (False, False)]


def test_pictures_lie_under_the_id_of_the_post(archive, write, picture):
    write("twitter/data/tweets_media/1-AbC.jpg", picture)
    write("twitter/data/tweet_media/2-AbC.jpg", picture)
    media = {"extended_entities": {"media": [photo(), photo("D.jpg")]}, "entities": {"media": [photo()]}}
    posts = archive({"tweets.js": script("tweets", [tweet(i, "look https://t.co/pic", **media) for i in (1, 2, 3)])})
    assert posts[0].image.name == "1-AbC.jpg"
    assert posts[1].image.parts[-2:] == ("tweet_media", "2-AbC.jpg")
    assert posts[2].image == "https://pbs.twimg.com/media/AbC.jpg"
    assert [(post.text, post.images) for post in posts] == [("look", 2)] * 3


def test_a_video_has_the_picture_of_its_url(archive):
    media = {"extended_entities": {"media": [photo("v.jpg", "video", ext_alt_text="a cat jumps")]}}
    [post] = archive({"tweets.js": script("tweets", [tweet(**media)])})
    assert (post.image, post.alt_text) == ("https://pbs.twimg.com/media/v.jpg", "a cat jumps")


def test_a_picture_alone(archive):
    media = {"entities": {"media": [photo()]}}
    [post] = archive({"tweets.js": script("tweets", [tweet(text="https://t.co/pic", **media)])})
    assert post.text is None
    assert post.image is not None


def test_a_zip(tmp_path, picture):
    path = tmp_path / "twitter.zip"
    media = {"entities": {"media": [photo()]}}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as opened:
        opened.writestr("data/tweets.js", script("tweets", [tweet(1, cut(), **media)]))
        opened.writestr("data/note-tweet.js", script("note_tweet", [note(LONG)]))
        opened.writestr("data/tweets_media/1-AbC.jpg", picture)
    [post] = open_archive(path)
    assert post.image == ZippedFile(path, "data/tweets_media/1-AbC.jpg")
    assert post.to_post().image == picture
    assert post.text == LONG


def test_bad_records_and_an_early_end(archive):
    text = script("tweets", [tweet(1), {"tweet": {"id_str": "2"}}, tweet(3)])[:-40]
    posts = archive({"tweets.js": text, "tweets-part1.js": script("tweets", [tweet(4)], 1)})
    assert [post.kind for post in posts] == ["post", "unreadable", "unreadable", "post"]
    assert [post.problems[0].reason for post in posts[1:3]] == ["not a post", "truncated file"]
    assert "data/tweets.js" in posts[2].problems[0].message


def test_a_damaged_member_of_a_zip_ends_alone(tmp_path):
    path = tmp_path / "twitter.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as opened:
        opened.writestr("data/tweets.js", script("tweets", [tweet(1, "hello world")]))
        opened.writestr("data/tweets-part1.js", script("tweets", [tweet(2)], 1))
    path.write_bytes(path.read_bytes().replace(b"hello world", b"hello w0rld", 1))
    results = list(open_archive(path))
    assert [post.kind for post in results] == ["unreadable", "post"]


def test_an_array_without_the_assignment_and_escaped_slashes(posts):
    [post] = posts("any name", json.dumps([tweet(text="see https:\\/\\/t.co\\/abc")]))
    assert post.text == "see https://t.co/abc"
