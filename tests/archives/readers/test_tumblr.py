"""Blogs of Tumblr, as XML."""

import html
from datetime import UTC, datetime

import pytest

from anymood.archives import open_archive

ATTRIBUTES = 'url="https://e.example/1" date-gmt="2022-11-05 10:00:00 GMT" unix-timestamp="1667642400" format="html"'


def post(number="1", kind="regular", more="", **parts):
    inner = "".join(
        f"<{name.replace('_', '-')}>{html.escape(text)}</{name.replace('_', '-')}>" for name, text in parts.items()
    )
    return f'<post id="{number}" type="{kind}" {ATTRIBUTES} {more}>{inner}<tag>#sad</tag></post>\n'


def blog(*posts):
    start = '<?xml version="1.0" encoding="UTF-8"?>\n<tumblr version="1.0"><tumblelog name="ana"/><posts>\n'
    return f"{start}{''.join(posts)}</posts></tumblr>"


def test_texts_of_tumblr(posts):
    [text, link, answer] = posts(
        "posts.xml",
        blog(
            post(regular_title="My day", regular_body="<p>so <b>happy</b> &amp; well</p><p>1 &lt; 2</p>"),
            post("2", "link", link_text="The report", link_url="https://e.example", link_description="<p>so sad</p>"),
            post("3", "answer", question="How are you?", answer="<p>fine</p>"),
        ),
    )
    assert (text.id, text.text) == ("1", "My day\n\nso happy & well\n\n1 < 2")
    assert (text.created, text.is_repost, text.images) == (datetime(2022, 11, 5, 10, tzinfo=UTC), False, 0)
    assert (link.text, answer.text) == ("The report\n\nso sad", "fine")


def test_words_of_others(posts):
    reblogged = 'reblogged-from-name="bo" reblogged-from-url="https://bo.example/1"'
    [quote, reblog] = posts(
        "posts.xml",
        blog(
            post(kind="quote", quote_text="To be or not to be", quote_source="W. S."),
            post("2", more=reblogged, regular_body="<p>bo:</p><blockquote><p>so sad</p></blockquote><p>same</p>"),
        ),
    )
    assert (quote.text, quote.is_repost) == ("To be or not to be", True)
    assert (reblog.text, reblog.is_repost) == ("bo:\n\n> so sad\n\nsame", True)


def test_pictures_of_tumblr(write, tmp_path, picture):
    urls = "".join(f'<photo-url max-width="{w}">https://e.example/{w}.jpg</photo-url>' for w in (1280, 75))
    photos = f'{urls}<photoset><photo offset="o1"/><photo offset="o2"/></photoset>'
    caption = "<photo-caption>&lt;p&gt;cute&lt;/p&gt;</photo-caption>"
    photo = f'<post id="1" type="photo" {ATTRIBUTES}>{caption}{photos}</post>'
    inline = post("2", regular_body='<p>look</p><img src="https://e.example/b.jpg?a=1&amp;b=2" alt="a cat"/>')
    path = write("posts/posts.xml", blog(photo, inline))
    [alone, body] = open_archive(path)
    assert (alone.text, alone.image, alone.images) == ("cute", "https://e.example/1280.jpg", 2)
    assert (body.text, body.image, body.images, body.alt_text) == (
        "look",
        "https://e.example/b.jpg?a=1&b=2",
        1,
        "a cat",
    )
    image = write("media/1_0.jpg", picture)
    [beside, body] = open_archive(tmp_path)
    assert (beside.image, body.image) == (image, "https://e.example/b.jpg?a=1&b=2")


def test_what_no_xml_may_have(posts):
    [control, cdata] = posts(
        "posts.xml",
        blog(
            post(regular_body="<p>so\x0b happy & well</p>"),
            post("2").replace("<tag>", "<regular-body><![CDATA[<p>so sad</p>]]></regular-body><tag>"),
        ),
    )
    assert (control.text, cdata.text) == ("so\x0b happy & well", "so sad")


@pytest.mark.parametrize("share", [0.5, 0.9])
def test_a_blog_that_is_truncated(posts, share):
    content = blog(*[post(str(number), regular_body=f"<p>post {number}</p>") for number in range(10)])
    results = posts("posts.xml", content[: int(len(content) * share)])
    assert {one.kind for one in results[:-1]} == {"post"}
    assert (results[-1].kind, results[-1].problems[0].reason) == ("unreadable", "truncated file")


def page(body, time="September 12th, 2012 3:15pm"):
    return (
        f"<!DOCTYPE HTML>\n<html>\n<head><meta charset='utf-8'></head>\n<body>\n{body}\n"
        f'<div id="footer">\n<span id="timestamp"> {time} </span>\n<span class="tag">so sad</span>\n</div>\n'
        "</body></html>"
    )


def test_pages_of_older_exports(write, tmp_path, picture):
    write("posts/html/129000000001.html", page("<h1>My day</h1><p>so happy &amp; well</p>"))
    link = '<p><a class="tumblr_blog" href="https://bo.example">bo</a>:</p><blockquote><p>so sad</p></blockquote>'
    write("posts/html/129000000002.html", page(f"<h1></h1>{link}<p>same</p>", "May 1st, 2013 12:05am"))
    write("posts/html/129000000003.html", page('<img src="../../media/129000000003_0.jpg" alt="a cat"/>', "soon"))
    write("media/129000000003_0.jpg", picture)
    text, reblog, photo = open_archive(tmp_path)
    assert (text.id, text.text, text.is_repost) == ("129000000001", "My day\n\nso happy & well", False)
    assert text.created == datetime(2012, 9, 12, 15, 15)
    assert (reblog.text, reblog.is_repost) == ("bo:\n\n> so sad\n\nsame", True)
    assert reblog.created == datetime(2013, 5, 1, 0, 5)
    assert (photo.image, photo.alt_text, photo.images) == (tmp_path / "media/129000000003_0.jpg", "a cat", 1)
    assert (photo.created, photo.problems) == (None, ())


def test_one_page(posts):
    [post] = posts("129000000001.html", page("<p>so happy</p>"))
    assert (post.id, post.text) == ("129000000001", "so happy")
