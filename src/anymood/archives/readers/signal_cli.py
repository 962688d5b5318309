"""Messages that signal-cli received, as JSON: its output, that of its JSON-RPC service, or of its REST interface."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from anymood.archives.post import ArchivedPost
from anymood.archives.reader import ArchiveFile, Reader, register
from anymood.archives.values import dig, identifier, items, moment, words
from anymood.json_stream import ITEM
from anymood.posts import Problem, Reason

_PATHS = [("envelope",), (ITEM, "envelope"), ("params", "envelope")]
# Keys of a message: received, edited, or sent by another device of the account.
_MESSAGES = (
    ("dataMessage",), ("editMessage", "dataMessage"), ("syncMessage", "sentMessage", "editMessage", "dataMessage"),
    ("syncMessage", "sentMessage"),
)  # fmt: skip


@register
class SignalCli(Reader):
    """Messages. Receipts, reactions, calls and typing notifications are skipped."""

    name = "signal-cli"
    description = "Signal: messages that signal-cli received, as JSON"
    expects = "JSON Lines or a list of objects with an envelope"
    pattern = r"[^/]*signal[^/]*\.(?:jsonl?|ndjson)"
    beginning = r'(?s)\[?\s*\{(?=.*"envelope"\s*:\s*\{)(?=.*"source(?:Number|Uuid)?"\s*:)'

    def read_file(self, file: ArchiveFile) -> Iterator[ArchivedPost]:
        posts = file.objects(_PATHS, partial(_message, file), "no message")
        return (post for post in posts if post.kind != "notice")


def _message(file: ArchiveFile, where: str, envelope: Mapping[str, Any]) -> ArchivedPost:
    message = next((value for path in _MESSAGES if isinstance(value := dig(envelope, *path), Mapping)), {})
    attached = [each for each in items(message.get("attachments")) if isinstance(each, Mapping)]
    text = words(message.get("message")) or words(dig(message, "pollCreate", "question"))
    if text is None and not attached:
        return ArchivedPost(where=where, kind="notice")
    seen = [each for each in attached if str(each.get("contentType")).startswith(("image/", "video/"))]
    pictures = [each for each in seen if str(each.get("contentType")).startswith("image/")]
    stored = identifier(pictures[0].get("id")) if pictures else None
    image, problems = file.image([f"attachments/{stored}", stored]) if stored else (None, ())
    if pictures and image is None:
        problems = (Problem(Reason.MEDIA_OMITTED, "The image is neither next to the messages nor in attachments/."),)
    return ArchivedPost(
        where=where,
        text=text,
        image=image,
        created=moment(message.get("timestamp")) or moment(envelope.get("timestamp")),
        is_reply=isinstance(message.get("quote"), Mapping),
        images=len(seen),
        problems=problems,
    )
