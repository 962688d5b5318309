"""Channels of Discord exported by DiscordChatExporter, in JSON or CSV."""

import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from anymood.archives.post import ArchivedPost
from anymood.archives.reader import ArchiveFile, FoundImage, Reader, count_seen, is_image_name, register
from anymood.archives.values import dig, first_words, identifier, items, moment, words
from anymood.json_stream import ITEM

# Messages of users; types without a name in the exporter are numbers: 20 and 23 are responses to commands. All others
# are notices: GuildMemberJoin, ChannelPinnedMessage, 8 (a boost), 24 (automatic moderation), 46 (the result of a poll).
_WRITTEN = {"Default", "Reply", "0", "19", "20", "23"}

_HEADER = "AuthorID,Author,Date,Content"  # and Attachments, Reactions
# Texts that the exporter writes for notices. In CSV there are no types, so notices are recognised by these texts.
_NOTICE = re.compile(
    r"(?:Added .+ to the group|Added a recipient|Left the group|Removed .+ from the group|Removed a recipient|"
    r"Started a call that lasted [\d,.]+ minutes|Changed the channel name(?:: .+)?|Changed the channel icon|"
    r"Pinned a message|Started a thread|Joined the server)\.?"
)


@register
class Discord(Reader):
    """Messages, one channel per file. Notices are recognised by their type."""

    name = "discord"
    description = "Discord: JSON or CSV of DiscordChatExporter"
    expects = "a JSON file with guild, channel and messages, or a CSV with AuthorID, Author, Date and Content"
    pattern = r"[^/]+\.(?:json|csv)"

    def recognises(self, head: str) -> bool:
        return _is_json(head) or _is_csv(head)

    def read_file(self, file: ArchiveFile) -> Iterator[ArchivedPost]:
        if _is_csv(file.head):
            return file.table(partial(_row, file), needed="Content")
        return file.objects([("messages", ITEM)], partial(_message, file), "no message")


def _row(file: ArchiveFile, where: str, cells: dict[str, str]) -> ArchivedPost:
    notice = _NOTICE.fullmatch(cells["Content"].strip()) is not None
    attached = cells.get("Attachments", "").split(",")
    image, problems = _image(file, list(filter(is_image_name, attached)))
    return ArchivedPost(
        where=where,
        text=words(cells["Content"]),
        image=image,
        created=moment(cells.get("Date")),
        kind="notice" if notice else "post",
        images=count_seen(attached),
        problems=problems,
    )


def _message(file: ArchiveFile, where: str, message: Mapping[str, Any]) -> ArchivedPost:
    forwarded = message.get("forwardedMessage")
    content = message
    if (
        isinstance(forwarded, Mapping)
        and words(message.get("content")) is None
        and not items(message.get("attachments"))
    ):
        content = forwarded
    kind = str(message.get("type", "Default"))
    reference = dig(message, "reference", "type")
    attachments = items(content.get("attachments"))
    names = [dig(a, "fileName") or dig(a, "url") for a in attachments]
    pictures = [a for a, name in zip(attachments, names, strict=True) if is_image_name(name)]
    image, problems = _image(file, [str(dig(a, "url") or "") for a in pictures])
    return ArchivedPost(
        where=where,
        id=identifier(message.get("id")),
        text=words(content.get("content")),
        image=image,
        created=moment(message.get("timestamp")),
        is_repost=isinstance(forwarded, Mapping) or reference == "Forward",
        is_reply=kind in ("Reply", "19"),
        alt_text=first_words(pictures, "description"),
        kind="post" if kind in _WRITTEN else "notice",
        images=count_seen(names),
        problems=problems,
    )


def _image(file: ArchiveFile, pictures: list[str]) -> FoundImage:
    """The first image: a file next to the archive if images were downloaded, otherwise its URL."""
    if not pictures:
        return None, ()
    first = pictures[0]
    return file.image([], first) if "://" in first else file.image([first])


def _is_json(head: str) -> bool:
    return re.match(r'\{\s*"guild"\s*:', head) is not None and '"channel"' in head


def _is_csv(head: str) -> bool:
    return head.replace('"', "").startswith(_HEADER)
