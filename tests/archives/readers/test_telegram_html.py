from datetime import UTC, datetime

import pytest

from anymood.archives import open_archive

HEAD = """<!DOCTYPE html>
<html>
 <head><meta charset="utf-8"/><title>Exported Data</title></head>
 <body onload="CheckLocation();">
  <div class="page_wrap">
   <div class="page_header"><div class="content"><div class="text bold">
Group
   </div></div></div>
   <div class="page_body chat_page"><div class="history">
"""
FOOT = "</div></div></div>\n </body>\n\n</html>\n"
OMITTED = "Not included, change data exporting settings to download."


def page(*messages):
    return HEAD + "\n".join(messages) + FOOT


def message(number=1, body="", date="08.11.2020 21:23:42 UTC+01:00", joined=False):
    name = "" if joined else '<div class="from_name">\nAna \n</div>'
    return f"""
     <div class="message default clearfix{" joined" if joined else ""}" id="message{number}">
      <div class="pull_left userpic_wrap"><div class="userpic userpic8"><div class="initials">
A
      </div></div></div>
      <div class="body">
       <div class="pull_right date details" title="{date}">
21:23
       </div>
       {name}
       {body}
      </div>
     </div>"""


def text(content):
    return f'<div class="text">\n{content}\n       </div>'


def test_messages_and_those_that_join_them(posts):
    results = posts("messages.html", page(message(3, text("so happy")), message(4, text("a &amp; b"), joined=True)))
    assert [(post.id, post.text, post.kind) for post in results] == [("3", "so happy", "post"), ("4", "a & b", "post")]
    assert results[0].created == datetime(2020, 11, 8, 20, 23, 42, tzinfo=UTC)
    assert results[0].where == "messages.html, line 11"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("one<br>two<br><br>three", "one\ntwo\n\nthree"),
        ("I <strong>really <em>hate</em></strong> this", "I really hate this"),
        (
            'see <a href="https://e.example/a?b=1&amp;c">https://e.example/a?b=1&amp;c</a>',
            "see https://e.example/a?b=1&c",
        ),
        ('<span class="spoiler hidden"><span aria-hidden="true">the end</span></span>', "the end"),
        ("&lt;3 \N{SMILING FACE WITH OPEN MOUTH}", "<3 \N{SMILING FACE WITH OPEN MOUTH}"),
    ],
)
def test_texts(posts, content, expected):
    assert [post.text for post in posts("messages.html", page(message(1, text(content))))] == [expected]


def test_notices(posts):
    day = '<div class="message service" id="message-1"><div class="body details">\n8 November 2020\n</div></div>'
    joined = '<div class="message service" id="message2"><div class="body details">Ana joined the group</div></div>'
    results = posts("messages.html", page(day, joined, message(3, text("hi"))))
    assert [(post.kind, post.text) for post in results] == [
        ("notice", "8 November 2020"),
        ("notice", "Ana joined the group"),
        ("post", "hi"),
    ]


def test_forwarded_messages_and_replies(posts):
    forwarded = f"""<div class="pull_left forwarded userpic_wrap"></div><div class="forwarded body">
        <div class="from_name">Bo <span class="date details" title="07.11.2020 10:00:00 UTC+01:00"> 10:00</span></div>
        {text("not mine")}</div>"""
    reply = '<div class="reply_to details">In reply to <a href="#go_to_message1">this message</a></div>'
    results = posts("messages.html", page(message(1, forwarded), message(2, reply + text("yes"))))
    assert [(post.text, post.is_repost, post.is_reply) for post in results] == [
        ("not mine", True, False),
        ("yes", False, True),
    ]
    assert results[0].created == datetime(2020, 11, 8, 20, 23, 42, tzinfo=UTC)


def test_photos(write, picture):
    photo = """<div class="media_wrap clearfix">
        <a class="photo_wrap clearfix pull_left" href="photos/photo_1@08-11-2020.jpg">
        <img class="photo" src="photos/photo_1@08-11-2020_thumb.jpg" style="width: 1px"/></a></div>"""
    path = write("messages.html", page(message(1, photo + text("look")), message(2, photo.replace("photo_1", "gone"))))
    image = write("photos/photo_1@08-11-2020.jpg", picture)
    first, second = open_archive(path)
    assert (first.text, first.image, first.images) == ("look", image, 1)
    assert (second.text, second.image, second.problems[0].reason) == (None, None, "missing image")


@pytest.mark.parametrize(("title", "images"), [("Photo", 1), ("Sticker", 0)])
def test_photos_that_were_not_exported(posts, title, images):
    media = f"""<div class="media_wrap clearfix"><div class="media clearfix pull_left media_photo">
        <div class="fill pull_left"></div><div class="body"><div class="title bold">
{title}
        </div><div class="description">
{OMITTED}
        </div><div class="status details">80 KB</div></div></div></div>"""
    [post] = posts("messages.html", page(message(1, media + text("look"))))
    assert (post.text, post.images) == ("look", images)
    assert [problem.reason for problem in post.problems] == ["media omitted"] * images


def test_the_question_of_a_poll_is_a_text_and_reactions_are_none(posts):
    poll = '<div class="media_poll"><div class="question bold">\nTea?\n</div><div class="answer">\n- Yes\n</div></div>'
    reactions = '<span class="reactions"><span class="reaction"><span class="emoji">x</span></span></span>'
    assert [post.text for post in posts("messages.html", page(message(1, poll + reactions)))] == ["Tea?"]


def test_pages_and_chats_in_their_order(write, tmp_path):
    for number in ("", "2", "10"):
        write(f"chats/chat_001/messages{number}.html", page(message(number or 1, text(f"page {number or 1}"))))
    results = list(open_archive(tmp_path))
    assert [post.text for post in results] == ["page 1", "page 2", "page 10"]
    assert [post.id for post in results] == ["chat_001/1", "chat_001/2", "chat_001/10"]


def test_json_beside_it_is_preferred(write, tmp_path):
    write("messages.html", page(message(1, text("hi"))))
    write(
        "result.json", {"name": "G", "type": "private_group", "messages": [{"id": 1, "type": "message", "text": "hi"}]}
    )
    assert open_archive(tmp_path).format == "telegram"


def test_a_page_that_is_truncated(posts):
    whole = page(message(1, text("one")), message(2, text("two")))
    results = posts("messages.html", whole[: whole.index("two") + 1])
    assert [(post.kind, post.text) for post in results] == [("post", "one"), ("post", "t"), ("unreadable", None)]
    assert results[-1].problems[0].reason == "truncated file"


def test_a_message_whose_end_is_missing(posts):
    damaged = message(1, text("one")).rstrip().removesuffix("</div>")
    assert [post.text for post in posts("messages.html", page(damaged, message(2, text("two"))))] == ["one", "two"]


def test_times_without_a_zone_are_utc(posts):
    [post] = posts("messages.html", page(message(1, text("hi"), date="16.09.2018 20:15:27")))
    assert post.created == datetime(2018, 9, 16, 20, 15, 27, tzinfo=UTC)
