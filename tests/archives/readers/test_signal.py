"""Signal: the export of its desktop app, signal-cli and signal-export."""

import base64
import hashlib
import json
from datetime import UTC, datetime

import pytest

from anymood.archives import open_archive

MOMENT = "1667642400000"
AT = datetime(2022, 11, 5, 10, tzinfo=UTC)
BEGIN = {"version": "1", "backupTimeMs": "1785577587884"}


def lines(*values):
    return "".join(json.dumps(value) + "\n" for value in values)


def exported(*items):
    return lines(
        BEGIN, {"account": {"givenName": "Bo"}}, *({"chatItem": {"dateSent": MOMENT, **item}} for item in items)
    )


def reasons(post):
    return [problem.reason for problem in post.problems]


def test_messages_of_the_desktop_app(posts):
    reply = {"text": {"body": "same"}, "quote": {"text": {"body": "so sad"}}, "longText": {}}
    message, answer, story, poll = posts(
        "main.jsonl",
        exported(
            {"incoming": {}, "standardMessage": {"text": {"body": "so happy"}}},
            {"outgoing": {}, "standardMessage": reply},
            {"incoming": {}, "directStoryReplyMessage": {"textReply": {"text": {"body": "wow"}}}},
            {"incoming": {}, "poll": {"question": "Happy?"}},
        ),
    )
    assert (message.text, message.created, message.is_reply, message.problems) == ("so happy", AT, False, ())
    assert (answer.text, answer.is_reply, answer.cut) == ("same", True, True)
    assert (story.text, story.is_reply, poll.text) == ("wow", True, "Happy?")


def test_notices_and_deleted_messages(posts):
    group, call, deleted = posts(
        "main.jsonl",
        exported(
            {"directionless": {}, "updateMessage": {"groupChange": {}}},
            {"directionless": {}, "updateMessage": {"individualCall": {}}},
            {"incoming": {}, "remoteDeletedMessage": {}},
        ),
    )
    assert (group.kind, call.kind, deleted.kind, reasons(deleted)) == ("notice", "notice", "post", ["deleted message"])


@pytest.mark.parametrize("source", ["main.jsonl", "."])
def test_pictures_of_the_desktop_app(write, tmp_path, picture, source):
    digest = hashlib.sha256(picture)
    pointer = {
        "contentType": "image/jpeg",
        "locatorInfo": {"plaintextHash": base64.b64encode(digest.digest()).decode()},
    }
    deleted = {"contentType": "image/png"}
    name = f"files/{digest.hexdigest()[:2]}/{digest.hexdigest()}.jpg"
    write(name, picture)
    write(
        "main.jsonl",
        exported(
            {"standardMessage": {"attachments": [{"pointer": pointer}, {"pointer": {"contentType": "video/mp4"}}]}},
            {"standardMessage": {"text": {"body": "look"}, "attachments": [{"pointer": deleted}]}},
            {"viewOnceMessage": {"attachment": {"pointer": deleted}}},
        ),
    )
    present, missing, once = open_archive(tmp_path / source)
    assert (present.image, present.images, present.problems) == (tmp_path / name, 2, ())
    assert (missing.text, missing.image, reasons(missing)) == ("look", None, ["media omitted"])
    assert (once.image, reasons(once)) == (None, ["media omitted"])


def envelope(**message):
    return {"envelope": {"sourceNumber": "+1", "timestamp": int(MOMENT), **message}, "account": "+2"}


def test_messages_of_signal_cli(write, picture):
    image = {"contentType": "image/png", "id": "a.png"}
    write("attachments/a.png", picture)
    path = write(
        "signal.jsonl",
        lines(
            envelope(dataMessage={"message": "so happy", "timestamp": int(MOMENT)}),
            envelope(receiptMessage={"isRead": True}),
            envelope(typingMessage={"action": "STARTED"}),
            envelope(dataMessage={"message": None, "reaction": {"emoji": "😡"}}),
            envelope(dataMessage={"message": "same", "quote": {"text": "so sad"}, "attachments": [image]}),
            envelope(syncMessage={"sentMessage": {"message": "mine", "timestamp": int(MOMENT)}}),
            envelope(editMessage={"targetSentTimestamp": 1, "dataMessage": {"message": "new"}}),
            envelope(dataMessage={"attachments": [{"contentType": "image/png", "id": "gone.png"}]}),
        ),
    )
    message, reply, sent, edited, missing = open_archive(path)
    assert (message.text, message.created, message.is_reply) == ("so happy", AT, False)
    assert (reply.text, reply.is_reply, reply.image) == ("same", True, path.parent / "attachments/a.png")
    assert (sent.text, edited.text, edited.created) == ("mine", "new", AT)
    assert (missing.image, missing.images, reasons(missing)) == (None, 1, ["media omitted"])


def test_chats_of_signal_export(write, tmp_path, picture):
    def message(body, **more):
        return {"date": "2022-11-05T10:00:00", "sender": "Ana", "body": f"{body}  ", "quote": "", **more}

    write("Ana/media/a b.jpg", picture)
    write(
        "Ana/data.json",
        lines(
            message("so happy"),
            message(
                "same",
                quote="\n\n> so sad\n\n",
                attachments=[{"path": f"media/{name}"} for name in ("a%20b.jpg", "c.MP4", "d.pdf")],
            ),
            message("", deleted=True),
            message("Missed voice call", call=True),
        ),
    )
    first, reply, deleted, call = open_archive(tmp_path)
    assert (first.text, first.created, first.is_reply) == ("so happy", datetime(2022, 11, 5, 10), False)
    assert (reply.text, reply.is_reply, reply.image) == ("same", True, tmp_path / "Ana/media/a b.jpg")
    assert reply.images == 2
    assert (reasons(deleted), call.kind) == (["deleted message"], "notice")
