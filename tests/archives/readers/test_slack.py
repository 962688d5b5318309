"""Exports of Slack."""

from datetime import UTC, datetime

import pytest

from anymood.archives import open_archive

TIME = 1667642400
AT = datetime(2022, 11, 5, 10, tzinfo=UTC)


def slack(*messages):
    return [{"type": "message", "user": "U1", "ts": f"{TIME}.000100", **message} for message in messages]


def test_messages_of_slack(write, tmp_path):
    write("channels.json", [{"id": "C1", "name": "general"}])
    write("users.json", [{"id": "U1", "name": "ana"}])
    write("general/2022-11-04.json", [])
    reply = {"text": "agreed", "ts": f"{TIME + 1}.000200", "thread_ts": f"{TIME}.000100"}
    write("general/2022-11-05.json", slack({"text": "so happy", "thread_ts": f"{TIME}.000100"}, reply))
    archive = open_archive(tmp_path)
    assert (archive.format, archive.files) == ("slack", ("general/2022-11-05.json",))
    [first, second] = archive
    assert (first.id, first.text, first.created, first.is_reply) == (
        f"general/{TIME}.000100", "so happy", AT.replace(microsecond=100), False,
    )  # fmt: skip
    assert (second.text, second.is_reply) == ("agreed", True)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("hi <@U1> and <@U2|bo>", "hi @U1 and @U2"),
        ("in <#C1|sad-news>, <!here> <!subteam^S1|@team> <!channel|@channel>", "in @C1, @here @S1 @channel"),
        ("see <https://e.example/great?a=1&amp;b=2|the report>", "see the report"),
        (
            "see <https://e.example/a?x=1&amp;y=2> or <http://e.example|e.example>",
            "see https://e.example/a?x=1&y=2 or http://e.example",
        ),
        ("<mailto:a@e.example|a@e.example> at <!date^1392734382^{date}|Feb 18>", "a@e.example at Feb 18"),
        ("1 &lt; 2 &amp;&amp; &lt;3 &amp;lt;", "1 < 2 && <3 &lt;"),
        (":sob: :+1::skin-tone-3: :woman-shrugging: :simple_smile:", "😭 👍 🤷‍♀️ 🙂"),
        (":party_parrot: at 10:30:45", ":party_parrot: at 10:30:45"),
    ],
)
def test_slacks_markup(posts, written, shown):
    [message] = posts("2022-11-05.json", slack({"text": written}))
    assert message.text == shown


@pytest.mark.parametrize(
    "more",
    [
        {"subtype": "channel_join"}, {"subtype": "channel_topic"}, {"subtype": "bot_message", "bot_id": "B1"},
        {"bot_id": "B1"}, {"user": "USLACKBOT"}, {"subtype": "something_new"},
    ],
)  # fmt: skip
def test_notices_of_slack(posts, more):
    [message] = posts("2022-11-05.json", slack({"text": "so happy", **more}))
    assert (message.kind, message.text) == ("notice", "so happy")


def test_deleted_and_forwarded_messages_of_slack(posts):
    [deleted, forwarded, link] = posts(
        "2022-11-05.json",
        slack(
            {"text": "This message was deleted.", "subtype": "tombstone"},
            {"text": "", "attachments": [{"is_share": True, "text": "so sad :cry:", "author_id": "U2"}]},
            {"text": "see <https://e.example>", "attachments": [{"title": "Great", "text": "a great page"}]},
        ),
    )
    assert (deleted.text, deleted.kind, deleted.problems[0].reason) == (None, "post", "deleted message")
    assert (forwarded.text, forwarded.is_repost) == ("so sad 😢", True)
    assert (link.text, link.is_repost) == ("see https://e.example", False)


def test_files_of_slack(write, tmp_path, picture):
    image = write("general/attachments/F1-a b.png", picture)
    file = {
        "id": "F1",
        "name": "a b.png",
        "mimetype": "image/png",
        "url_private": "https://files.example/a.png",
        "alt_txt": "a cat",
    }
    old = {
        "subtype": "file_share",
        "text": "<@U1|ana> uploaded a file: <https://files.example|a> and commented: so cute &amp; small",
        "file": file,
    }
    messages = slack(
        {"text": "", "files": [file, {"mimetype": "video/mp4"}, {"mimetype": "text/plain"}]},
        old,
        {"text": "", "files": [{"id": "F2", "mode": "tombstone"}]},
    )
    write("general/2022-11-05.json", messages)
    [new, commented, deleted] = open_archive(tmp_path)
    assert (new.text, new.image, new.images, new.alt_text) == (None, image, 2, "a cat")
    assert (commented.text, commented.image, commented.kind) == ("so cute & small", image, "post")
    assert (deleted.text, deleted.image, deleted.problems[0].reason) == (None, None, "media omitted")
    [alone] = open_archive(write("elsewhere/2022-11-05.json", slack({"text": "", "files": [file]})))
    assert alone.image == "https://files.example/a.png"
