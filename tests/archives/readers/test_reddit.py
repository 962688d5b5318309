import bz2
import json
import sys
from datetime import UTC, datetime

import pytest

from anymood.archives import open_archive
from anymood.archives.readers.reddit import Reddit

zstd = pytest.importorskip("compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd")


def comment(**more):
    return {"id": "c0ffee", "body": "so happy", "subreddit": "cats", "created_utc": 1667642400, **more}


def submission(**more):
    return {"id": "abc", "title": "My cat", "selftext": "", "url": "https://e.example/", "created_utc": 1, **more}


def lines(*records):
    return "".join(json.dumps(record) + "\n" for record in records).encode()


def test_comments(posts):
    [post] = posts("RC_2022-11.ndjson", lines(comment()))
    assert (post.id, post.text, post.is_reply, post.image) == ("t1_c0ffee", "so happy", True, None)
    assert post.created == datetime(2022, 11, 5, 10, tzinfo=UTC)


def listing(*records):
    things = [{"kind": "t1" if "body" in record else "t3", "data": record} for record in records]
    return {"kind": "Listing", "data": {"after": None, "children": things}}


def test_a_page_of_the_api(posts):
    results = posts("new.json", listing(submission(selftext="so soft"), submission(id="d", title="Dogs")))
    assert [(post.id, post.text) for post in results] == [("t3_abc", "My cat\n\nso soft"), ("t3_d", "Dogs")]


def test_a_submission_with_its_comments(posts):
    deepest = comment(id="c3", body="third", replies="")
    second = comment(id="c2", body="second", replies=listing(deepest))
    more = {"count": 2, "children": ["x", "y"], "id": "x"}
    results = posts(
        "thread.json", [listing(submission()), listing(comment(replies=listing(second)), comment(id="c4"), more)]
    )
    assert [post.text for post in results] == ["My cat", "so happy", "second", "third", "so happy"]
    assert [post.id for post in results] == ["t3_abc", "t1_c0ffee", "t1_c2", "t1_c3", "t1_c4"]


@pytest.mark.parametrize("created", ["1667642400", 1667642400, 1667642400.0])
def test_times_are_numbers_or_strings(posts, created):
    [post] = posts("RC.ndjson", lines(comment(created_utc=created)))
    assert post.created == datetime(2022, 11, 5, 10, tzinfo=UTC)


def test_submissions_are_title_and_text(posts):
    results = posts(
        "RS.ndjson", lines(submission(selftext="is the best"), submission(), submission(crosspost_parent="t3_x"))
    )
    assert [post.text for post in results] == ["My cat\n\nis the best", "My cat", "My cat"]
    assert [post.is_repost for post in results] == [False, False, True]
    assert results[0].id == "t3_abc"


def test_what_is_escaped_twice(posts):
    results = posts(
        "RC.ndjson", lines(comment(body="a &amp;#x200B; b &lt;3 R&amp;amp;D"), comment(body="&amp;#x200B;"))
    )
    assert [post.text for post in results] == ["a  b <3 R&D", None]


@pytest.mark.parametrize("text", ["[removed]", "[deleted]", "[deleted by user]", "[ Removed by Reddit ]"])
def test_removed_texts_are_missing_with_a_reason(posts, text):
    [post] = posts("RC.ndjson", lines(comment(body=text)))
    assert post.text is None
    assert post.problems[0].reason == "removed text"
    [post] = posts("RS.ndjson", lines(submission(selftext=text)))
    assert post.text == "My cat"
    assert post.problems[0].reason == "removed text"


def test_images(posts):
    gallery = {"items": [{"media_id": "m1"}, {"media_id": "m2"}]}
    metadata = {
        "m1": {"s": {"u": "https://e.example/1.jpg?a=1&amp;b=2"}},
        "m2": {"s": {"u": "https://e.example/2.jpg"}},
    }
    preview = {"images": [{"source": {"url": "https://e.example/p.jpg?a&amp;b"}}]}
    results = posts(
        "RS.ndjson",
        lines(
            submission(url="https://i.example/x.png"),
            submission(gallery_data=gallery, media_metadata=metadata),
            submission(preview=preview, post_hint="image"),
            submission(preview=preview, post_hint="link"),
        ),
    )
    assert [(post.image, post.images) for post in results] == [
        ("https://i.example/x.png", 1),
        ("https://e.example/1.jpg?a=1&b=2", 2),
        ("https://e.example/p.jpg?a&b", 1),
        (None, 0),
    ]


def test_several_frames_and_a_large_window(write):
    options = {zstd.CompressionParameter.window_log: 31, zstd.CompressionParameter.enable_long_distance_matching: 1}
    compressor = zstd.ZstdCompressor(options=options)
    first = compressor.compress(lines(comment(id="a")), mode=compressor.FLUSH_BLOCK) + compressor.flush()
    path = write("RC_2022-11.zst", first + zstd.compress(lines(comment(id="b"), comment(id="c"))))
    assert [post.id for post in open_archive(path)] == ["t1_a", "t1_b", "t1_c"]


@pytest.mark.parametrize("compress", [zstd.compress, bz2.compress])
def test_a_dump_that_is_truncated_is_reported(write, compress):
    data = compress(lines(*(comment(id=f"c{i:05}", body=str(i * 7919) * 20) for i in range(8000))))
    results = list(open_archive(write("RC_2022-11.zst", data[: len(data) - 500])))
    assert results[-1].kind == "unreadable"
    assert results[-1].problems[0].reason == "truncated file"
    assert f"line {len(results)}" in results[-1].problems[0].message


def test_bad_lines_do_not_end_the_file(posts):
    results = posts("RC.ndjson", lines(comment()) + b"{\n[1]\n" + lines(comment(body=3), comment()))
    assert [post.kind for post in results] == ["post", "unreadable", "unreadable", "post", "post"]
    assert results[3].text is None


def test_a_folder_of_dumps(write, tmp_path):
    write("RC_2022-11.zst", zstd.compress(lines(comment(id="a"))))
    write("cats_submissions.zst", zstd.compress(lines(submission())))
    write("posts.jsonl", lines({"id": 1, "text": "another table"}))
    assert {post.id for post in open_archive(tmp_path)} == {"t1_a", "t3_abc"}


def test_other_tables_with_a_body_are_not_comments():
    head = json.dumps({"id": "1", "author": "ann", "timestamp": "2024-01-02", "body": "so happy", "image_url": "a.jpg"})
    assert not Reddit().recognises(head)
    assert Reddit().recognises(json.dumps(comment()))
