"""Data that networks send on request, of which the texts are in CSV or plain JSON: Reddit, Discord, LinkedIn."""

from datetime import UTC, datetime

import pytest

from anymood.archives import open_archive

COMMENTS = "id,permalink,date,ip,subreddit,gildings,link,parent,body,media\n"
POSTS = "id,permalink,date,ip,subreddit,gildings,title,url,body\n"
SHARES = "Date,ShareLink,ShareCommentary,SharedUrl,MediaUrl,Visibility\n"
ACTIVITY = "https://www.linkedin.com/feed/update/urn%3Ali%3Ashare%3A70000000000000000"
MESSAGES = "ID,Timestamp,Contents,Attachments\n"


def test_reddits_comments(posts):
    link = "https://www.reddit.com/r/cats/comments/abc/x/"
    [comment, top, deleted] = posts(
        "comments.csv",
        COMMENTS
        + f'c1,{link}c1/,2014-08-27 00:59:46 UTC,,cats,0,{link},c0,"so ""happy""\nfor you",\n'
        + f"c2,{link}c2/,2014-08-28 00:59:46 UTC,203.0.113.9,cats,0,{link},,so sad,\n"
        + f"c3,{link}c3/,2014-08-29 00:59:46 UTC,,cats,0,{link},,[removed],\n",
    )
    assert (comment.id, comment.text, comment.is_reply) == ("t1_c1", 'so "happy"\nfor you', True)
    assert comment.created == datetime(2014, 8, 27, 0, 59, 46, tzinfo=UTC)
    assert (top.id, top.text) == ("t1_c2", "so sad")
    assert (deleted.text, deleted.problems[0].reason) == (None, "removed text")


def test_reddits_posts(posts):
    [words, picture, link] = posts(
        "posts.csv",
        POSTS
        + "p1,/r/cats/1,2020-01-01 00:00:00 UTC,,cats,0,My cat,/r/cats/comments/p1,She is well again\n"
        + "p2,/r/cats/2,2020-01-01 00:00:00 UTC,,cats,0,My cat,https://i.redd.it/a.jpg,\n"
        + "p3,/r/cats/3,2020-01-01 00:00:00 UTC,,cats,0,News,https://news.example/a,\n",
    )
    assert (words.id, words.text, words.image, words.is_reply) == ("t3_p1", "My cat\n\nShe is well again", None, False)
    assert (picture.text, picture.image, picture.images) == ("My cat", "https://i.redd.it/a.jpg", 1)
    assert (link.text, link.image) == ("News", None)


def test_a_folder_of_reddits_files(write, tmp_path):
    write("comments.csv", COMMENTS + "c1,x,2020-01-01 00:00:00 UTC,,cats,0,x,,one,\n")
    write("posts.csv", POSTS + "p1,x,2020-01-01 00:00:00 UTC,,cats,0,two,x,\n")
    write("comment_headers.csv", "id,permalink,date,ip,subreddit,gildings,link,parent\nc1,x,x,,cats,0,x,\n")
    write("post_votes.csv", "id,permalink,direction\np9,x,up\n")
    archive = open_archive(tmp_path)
    assert (archive.format, archive.files) == ("reddit-account", ("comments.csv", "posts.csv"))
    assert [post.text for post in archive] == ["one", "two"]


def test_youtubes_comments_are_distinguished_from_reddits(write):
    path = write("comments.csv", "Comment ID,Video ID,Comment Text\na,b,so happy\n")
    assert open_archive(path).format == "youtube"


def test_discords_messages_in_json(posts):
    [message, picture, empty] = posts(
        "messages.json",
        [
            {"ID": 1234567890123456789, "Timestamp": "2023-05-01 18:30:45", "Contents": "so happy", "Attachments": ""},
            {
                "ID": "2",
                "Timestamp": "2023-05-01 18:30:45.123000+00:00",
                "Contents": "",
                "Attachments": "https://cdn.discordapp.com/a/b.txt https://c.example/a.mp4 https://cdn.discordapp.com/a/c.png?ex=1",
            },
            {"ID": 3, "Timestamp": "", "Contents": "", "Attachments": ""},
        ],
    )
    assert (message.id, message.text) == ("1234567890123456789", "so happy")
    assert message.created == datetime(2023, 5, 1, 18, 30, 45, tzinfo=UTC)
    assert (picture.text, picture.image, picture.images) == (None, "https://cdn.discordapp.com/a/c.png?ex=1", 2)
    assert (empty.text, empty.image, empty.created) == (None, None, None)


def test_discords_messages_in_csv(posts):
    [message] = posts("messages.csv", MESSAGES + '1,2020-05-01 10:00:00,"so happy,\nreally",\n')
    assert (message.id, message.text) == ("1", "so happy,\nreally")


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("hi <@123456789012345678> and <@!123456789012345678>", "hi @123456789012345678 and @123456789012345678"),
        ("in <#123456789012345678> for <@&123456789012345678>", "in @123456789012345678 for @123456789012345678"),
        ("<:happy_cat:123456789012345678> <a:sad:123456789012345678>", ":happy_cat: :sad:"),
        ("at <t:1618953630:R> sharp", "at  sharp"),
        ("see <https://e.example/a>", "see https://e.example/a"),
        ("I <3 you <b>", "I <3 you <b>"),
    ],
)
def test_discords_markup(posts, written, shown):
    [message] = posts("messages.json", [{"ID": 1, "Timestamp": "", "Contents": written, "Attachments": ""}])
    assert message.text == shown


def test_a_folder_of_discords_channels(write, tmp_path):
    for number in (11, 2):
        one = {"ID": number, "Timestamp": "", "Contents": f"in {number}", "Attachments": ""}
        write(f"package/Messages/c{number}/messages.json", [one])
        write(f"package/Messages/c{number}/channel.json", {"id": str(number), "type": 0})
    write("package/Messages/c3/messages.json", [])
    write("package/Messages/index.json", {"2": "a", "11": "b"})
    archive = open_archive(tmp_path)
    assert archive.format == "discord-package"
    assert [post.text for post in archive] == ["in 2", "in 11"]


def test_linkedins_posts(posts):
    content = (
        SHARES
        + f'2024-03-01 09:30:00,{ACTIVITY}01,"So happy about ""this"" team.""\n""""\n""Thank you!",,,MEMBER_NETWORK\n'
        + f"2024-03-02 09:30:00,{ACTIVITY}02,plain words,https://e.example/a,,PUBLIC\n"
        + f"2024-03-03 09:30:00,{ACTIVITY}03,,,,MEMBER_NETWORK\n"
        + f"2024-03-04 09:30:00,{ACTIVITY}04,,https://e.example/a,,MEMBER_NETWORK\n"
    )
    [lines, plain, repost, link] = posts("Shares.csv", content)
    assert (lines.id, lines.text) == (
        "urn:li:share:7000000000000000001",
        'So happy about "this" team.\n\nThank you!',
    )
    assert (lines.created, lines.is_reply) == (datetime(2024, 3, 1, 9, 30, tzinfo=UTC), False)
    assert (plain.text, plain.is_repost) == ("plain words", False)
    assert (repost.text, repost.is_repost) == (None, True)
    assert (link.text, link.is_repost) == (None, False)


def test_linkedins_comments(posts):
    content = (
        "Date,Link,Message\n"
        + f'2024-03-01 09:30:00,{ACTIVITY}01,"Back when I led the \\"tea\\" team,\n\nit was hot."\n'
        + f"2024-03-02 09:30:00,{ACTIVITY}02,Congratulations!\n"
        + f'2024-03-03 09:30:00,{ACTIVITY}03,"well, ""yes"""\n'
    )
    [lines, plain, doubled] = posts("Comments.csv", content)
    assert (lines.text, lines.is_reply) == ('Back when I led the "tea" team,\n\nit was hot.', True)
    assert (plain.id, plain.text) == ("urn:li:share:7000000000000000002", "Congratulations!")
    assert doubled.text == 'well, "yes"'


def test_a_folder_of_linkedins_files(write, tmp_path):
    write("Shares_17529409.csv", SHARES + f"2024-03-01 09:30:00,{ACTIVITY}01,one,,,PUBLIC\n")
    write("Comments_17529409.csv", f"Date,Link,Message\n2024-03-01 09:30:00,{ACTIVITY}01,two\n")
    write("Reactions.csv", f"Date,Type,Link\n2024-03-01 09:30:00,LIKE,{ACTIVITY}01\n")
    archive = open_archive(tmp_path)
    assert archive.format == "linkedin"
    assert [post.text for post in archive] == ["two", "one"]
