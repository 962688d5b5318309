from datetime import UTC, datetime

import pytest

from anymood.archives import open_archive

PUBLISHED = "2022-11-05T10:00:00Z"


def note(content="<p>hello</p>", **more):
    return {
        "type": "Note",
        "id": "https://m.example/1",
        "content": content,
        "published": PUBLISHED,
        "attachment": [],
        **more,
    }


def create(**more):
    return {"type": "Create", "published": PUBLISHED, "object": note(**more)}


def outbox(*activities):
    start = {"@context": "https://www.w3.org/ns/activitystreams", "id": "outbox.json", "type": "OrderedCollection"}
    return {**start, "totalItems": len(activities), "orderedItems": list(activities)}


def picture_of(url, **more):
    return {"type": "Document", "mediaType": "image/jpeg", "url": url, "name": "a dog", **more}


def test_a_post(posts):
    [post] = posts("outbox.json", outbox(create(contentMap={"de": "<p>hello</p>"}, inReplyTo=None)))
    assert (post.id, post.text, post.language) == ("https://m.example/1", "hello", "de")
    assert post.created == datetime(2022, 11, 5, 10, tzinfo=UTC)
    assert not (post.is_repost or post.is_reply)


def test_markup_and_empty_posts(posts):
    results = posts(
        "outbox.json",
        outbox(create(content="<p>so<br/>sad &amp; <a href='x'>tired</a></p>"), create(content="<p></p>")),
    )
    assert [post.text for post in results] == ["so\nsad & tired", None]


def test_content_warnings_are_the_authors_words(posts):
    results = posts("outbox.json", outbox(create(summary="bad news"), create(summary=None), create(summary="")))
    assert [post.text for post in results] == ["bad news\n\nhello", "hello", "hello"]


def test_boosts_are_addresses_and_own_private_posts_are_embedded(posts):
    boost = {"id": "https://m.example/2", "type": "Announce", "published": PUBLISHED}
    results = posts("outbox.json", outbox({**boost, "object": "https://other.example/9"}, {**boost, "object": note()}))
    assert [(post.text, post.is_repost) for post in results] == [(None, True), ("hello", True)]
    assert results[0].problems[0].reason == "text not in the export"
    assert "https://other.example/9" in results[0].problems[0].message


def test_replies_polls_and_other_software(posts):
    poll = create(inReplyTo="https://other.example/9")
    poll["object"] |= {"type": "Question", "oneOf": [{"name": "yes"}]}
    page = create()
    page["object"]["attachment"] = [{"type": "Image", "url": [{"href": "https://p.example/a.png"}]}]
    results = posts("outbox.json", outbox(poll, page))
    assert [(post.text, post.is_reply) for post in results] == [("hello", True), ("hello", False)]


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("media_attachments/files/1/original/a.jpg", "media_attachments/files/1/original/a.jpg"),  # local storage
        ("/media_attachments/files/1/original/a.jpg", "media_attachments/files/1/original/a.jpg"),  # elsewhere
        ("/bucket/media_attachments/files/1/original/a.jpg", "media_attachments/files/1/original/a.jpg"),
        (
            "/media_attachments/files/1/original/a.jpg",
            "opt/mastodon/public/system/media_attachments/files/1/original/a.jpg",
        ),
        ("media_attachments/files/1/a%20b.jpg", "media_attachments/files/1/a b.jpg"),
    ],
)
@pytest.mark.parametrize("alone", [False, True])
def test_pictures(write, picture, tmp_path, url, path, alone):
    image = write(path, picture)
    outbox_path = write("outbox.json", outbox(create(attachment=[picture_of(url), picture_of("x.jpg")])))
    [post] = open_archive(outbox_path if alone else tmp_path)
    assert (post.image, post.images, post.alt_text) == (image, 2, "a dog")


def test_pictures_that_are_not_there_and_videos(posts):
    video = {"type": "Document", "mediaType": "video/mp4", "url": "media_attachments/v.mp4", "name": "a cat jumps"}
    audio = {"type": "Document", "mediaType": "audio/ogg", "url": "media_attachments/a.ogg"}
    results = posts(
        "outbox.json", outbox(create(attachment=[picture_of("../../secret.jpg")]), create(attachment=[video, audio]))
    )
    assert [post.image for post in results] == [None, None]
    assert results[0].problems[0].reason == "missing image"
    assert results[0].problems[0].message == "The image is not in the archive: ../../secret.jpg"
    assert (results[1].alt_text, results[1].problems) == ("a cat jumps", ())
    assert results[1].images == 1
