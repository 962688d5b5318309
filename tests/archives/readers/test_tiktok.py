from datetime import UTC, datetime

import pytest

from anymood.archives import open_archive

POST = {"Date": "2022-11-05 10:00:00", "Link": "https://v.example/1", "Title": "my cat #happy", "AltText": "a cat"}


def export(comments, posts=(), section="Post"):
    return {
        "Profile": {"Profile Information": {"ProfileMap": {"userName": "bo"}}},
        "Your Activity": {"Watch History": {"VideoList": [{"Date": "2022-11-05 10:00:00", "Title": "not mine"}]}},
        "Comment": {"Comments": {"CommentsList": comments}},
        section: {"Videos" if section == "Video" else "Posts": {"VideoList": list(posts)}},
    }


@pytest.mark.parametrize("keys", [("date", "comment"), ("Date", "Comment")])
def test_comments_in_both_ways(posts, keys):
    date, comment = keys
    [post] = posts("user_data_tiktok.json", export([{date: "2022-11-05 10:00:00", comment: "so sad"}]))
    assert (post.text, post.is_reply, post.id) == ("so sad", True, None)
    assert post.created == datetime(2022, 11, 5, 10, tzinfo=UTC)


@pytest.mark.parametrize("section", ["Video", "Post"])
def test_captions_of_posts(posts, section):
    results = posts(
        "user_data.json",
        export(None, [POST, {**POST, "Title": "N/A", "CoverImage": "https://e.example/c.jpg"}], section),
    )
    assert [(post.text, post.image) for post in results] == [("my cat #happy", None), (None, "https://e.example/c.jpg")]
    assert results[0].alt_text == "a cat"
    assert not results[0].is_reply


def test_the_first_section_may_be_any(posts):
    data = {"Activity": {"Login History": {}}, "Comment": {"Comments": {"CommentsList": [{"Comment": "x"}]}}}
    assert [post.text for post in posts("renamed.json", data)] == ["x"]


def test_within_a_folder(write, tmp_path):
    write("TikTok_Data_1/user_data_tiktok.json", export([{"comment": "x"}]))
    write("TikTok_Data_1/other.json", {"Comment": {}})
    assert [post.text for post in open_archive(tmp_path)] == ["x"]
