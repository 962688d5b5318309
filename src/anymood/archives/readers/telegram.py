"""Telegram Desktop's "Export chat history" and "Export Telegram data", in the format JSON."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from anymood.archives.post import ArchivedPost
from anymood.archives.reader import ArchiveFile, FoundImage, Reader, register, text_of
from anymood.archives.values import dig, identifier, items, moment, words
from anymood.json_stream import ITEM, Path, Value, documents
from anymood.posts import Problem
from anymood.preparation.placeholders import placeholder

_CHAT = re.compile(
    r'"type"\s*:\s*"(?:personal_chat|bot_chat|saved_messages|replies|verification_codes|'
    r'(?:private|public)_(?:group|supergroup|channel))"'
)
_MESSAGES = re.compile(r'"messages"\s*:\s*\[')
_ALL_DATA = re.compile(r'"(?:personal_information|left_chats|chats)"\s*:\s*\{')

# One chat, or all data with each chat in a list.
_LISTS: tuple[Path, ...] = ((), ("chats", "list", ITEM), ("left_chats", "list", ITEM))
_PATHS = [path for chat in _LISTS for path in ((*chat, "id"), (*chat, "messages", ITEM))]


@register
class Telegram(Reader):
    """Messages of a chat or of all chats. The types ``service`` and ``unsupported`` are notices."""

    name = "telegram"
    description = "Telegram: result.json of Telegram Desktop"
    expects = "result.json, with messages, or with chats and their messages"
    pattern = r"result\.json"

    def recognises(self, head: str) -> bool:
        one_chat = _CHAT.search(head) is not None and _MESSAGES.search(head) is not None
        all_data = '"about"' in head and _ALL_DATA.search(head) is not None
        return head.startswith("{") and (one_chat or all_data)

    def read_file(self, file: ArchiveFile) -> Iterator[ArchivedPost]:
        chat: str | None = None

        def convert(where: str, value: Value) -> ArchivedPost | str | None:
            nonlocal chat
            if value.path[-1] == "id":  # messages are numbered within their chat, whose id comes before them
                chat = identifier(value.data) if len(value.path) > 1 else None
                return None
            return _message(file, where, value.data, chat) if isinstance(value.data, Mapping) else "no message"

        return file.posts(documents(file.stream, _PATHS), convert)


def _message(file: ArchiveFile, where: str, message: Mapping[str, Any], chat: str | None) -> ArchivedPost:
    number = identifier(message.get("id"))
    post: dict[str, Any] = {
        "where": where,
        "id": f"{chat}/{number}" if chat and number else number,
        "created": moment(message.get("date_unixtime")) or moment(message.get("date")),
    }
    text, problems = text_of(_joined(message.get("text")))
    if message.get("type") in ("service", "unsupported"):
        return ArchivedPost(kind="notice", text=text, **post)
    if text is None and not problems:
        text = words(_joined(dig(message, "poll", "question")))
    image, missing = _image(file, message)
    return ArchivedPost(
        text=text,
        image=image,
        is_repost="forwarded_from" in message or "forwarded_from_id" in message,
        is_reply="reply_to_message_id" in message,
        images=int(_picture(message) is not None),
        problems=problems + missing,
        **post,
    )


def _joined(text: object) -> str:
    """The text, which is a list of strings and objects if it contains links or formatting."""
    if isinstance(text, str):
        return text
    return "".join(part if isinstance(part, str) else str(dig(part, "text") or "") for part in items(text))


def _picture(message: Mapping[str, Any]) -> str | None:
    """The path of the photo, of a file that is an image, or of the thumbnail of a video."""
    if (photo := words(message.get("photo"))) is not None:
        return photo
    kind, mime_type = message.get("media_type"), message.get("mime_type")
    if isinstance(mime_type, str) and mime_type.startswith("image/") and kind != "sticker":
        return words(message.get("file"))
    return words(message.get("thumbnail")) if kind in ("video_file", "animation", "video_message") else None


def _image(file: ArchiveFile, message: Mapping[str, Any]) -> FoundImage:
    """The image, or the problem that it is missing."""
    path = _picture(message)
    if path is None:
        return None, ()
    if (reason := placeholder(path)) is not None:
        return None, (Problem(reason, f"The image is not in the archive: {path}"),)
    return file.image([path])
