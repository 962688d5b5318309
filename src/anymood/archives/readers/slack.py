"""Slack's workspace export: a folder per channel, with a JSON file per day."""

import posixpath
import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import emoji

from anymood.archives.post import ArchivedPost
from anymood.archives.reader import ArchiveFile, FoundImage, Reader, register, text_of
from anymood.archives.values import dig, first_words, identifier, items, moment, words
from anymood.json_stream import ITEM
from anymood.posts import Problem, Reason

# Messages of users; all other subtypes are notices, such as channel_join, channel_topic, bot_message, pinned_item.
_WRITTEN = {None, "", "file_share", "me_message", "thread_broadcast", "reply_broadcast", "file_comment", "tombstone"}
_SLACKBOT = "USLACKBOT"
_GONE = {"tombstone", "hidden_by_limit", "file_access"}  # modes of files that are deleted or not available

_MARKUP = re.compile(r"<([@#!]?)([^<>|]+)(?:\|([^<>]*))?>")
_EMOJI = re.compile(r":[a-z0-9_+'-]{1,60}:")
_SKIN_TONE = re.compile(r":skin-tone-[1-6]:")
_OWN_NAMES = {":simple_smile:": "\N{SLIGHTLY SMILING FACE}", ":face_palm:": "\N{FACE PALM}"}
_OWN_NAMES[":smiling_face_with_3_hearts:"] = "\N{SMILING FACE WITH SMILING EYES AND THREE HEARTS}"
# Until 2018: "<@U1|ana> uploaded a file: <https://...|a.png> and commented: so happy"
_UPLOAD = re.compile(
    r"<@\w+(?:\|[^>]*)?> (?:uploaded|shared) a file: <[^>]*>(?: and commented: (?P<comment>.*))?", re.DOTALL
)


@register
class Slack(Reader):
    """Messages of all channels. Those of bots and of Slack itself are notices."""

    name = "slack"
    description = "Slack: export of a workspace in JSON, a folder for each channel"
    expects = "files such as general/2024-01-31.json, a list of messages with ts"
    pattern = r"\d{4}-\d\d-\d\d\.json"
    beginning = r'(?s)\[\s*\{(?=.*"type"\s*:\s*"message")(?=.*"ts"\s*:\s*"\d{9,11}\.\d+")'

    def read_file(self, file: ArchiveFile) -> Iterator[ArchivedPost]:
        channel = posixpath.basename(posixpath.dirname(file.name))
        return file.objects([(ITEM,)], partial(_message, file, channel), "no message")


def _message(file: ArchiveFile, channel: str, where: str, message: Mapping[str, Any]) -> ArchivedPost:
    time = identifier(message.get("ts"))
    post: dict[str, Any] = {
        "where": where,
        "id": f"{channel}/{time}" if channel and time else time,
        "created": moment(time),
        "is_reply": message.get("thread_ts") not in (None, time),
    }
    written = message.get("text")
    if isinstance(written, str) and (upload := _UPLOAD.fullmatch(written)):
        written = upload["comment"] or dig(message, "file", "initial_comment", "comment")
    text, problems = text_of(_plain(words(written) or ""))
    bot = identifier(message.get("bot_id")) is not None or message.get("user") == _SLACKBOT
    if bot or message.get("subtype") not in _WRITTEN:
        return ArchivedPost(kind="notice", text=text, **post)
    forwarded = None
    if text is None and not problems:
        shared = (a for a in items(message.get("attachments")) if dig(a, "is_share") is True)
        forwarded = next((t for a in shared if (t := words(_plain(words(dig(a, "text")) or "")))), None)
    files = [*items(message.get("files")), message.get("file")]
    kinds = [str(dig(file, "mimetype")) for file in files]
    pictures = [file for file, kind in zip(files, kinds, strict=True) if kind.startswith("image/")]
    image, missing = _image(file, pictures)
    if any(dig(file, "mode") in _GONE for file in files):
        missing += (
            Problem(Reason.MEDIA_OMITTED, "A file of the message is not in the archive: it was deleted or hidden."),
        )
    return ArchivedPost(
        text=text or forwarded,
        image=image,
        is_repost=forwarded is not None,
        alt_text=first_words(pictures, "alt_txt"),
        images=sum(kind.startswith(("image/", "video/")) for kind in kinds),
        problems=problems + missing,
        **post,
    )


def _image(file: ArchiveFile, pictures: list[Any]) -> FoundImage:
    """The first image: a file next to the archive if a tool downloaded it, else its URL, which requires a login."""
    if not pictures:
        return None, ()
    first = pictures[0]
    number, title = identifier(dig(first, "id")), words(dig(first, "name"))
    url = words(dig(first, "url_private_download")) or words(dig(first, "url_private"))
    paths = [f"attachments/{number}-{title}", f"../__uploads/{number}/{title}"] if number and title else []
    return file.image(paths, url)


def _plain(text: str) -> str:
    """The text as Slack shows it: without the markup of links, names and channels, and with emoji for their names."""
    if "<" in text:
        text = _MARKUP.sub(_shown, text)
    if "&" in text:
        text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    if ":" not in text:
        return text
    return _EMOJI.sub(_character, _SKIN_TONE.sub("", text))


def _shown(match: re.Match[str]) -> str:
    kind, target, label = match.groups()
    if kind in ("@", "#"):
        return f"@{target}"
    if kind == "!":
        name = target.split("^")
        if name[0] == "date":
            return label or ""
        return f"@{name[1] if name[0] == 'subteam' and len(name) > 1 else name[0]}"
    plain = target.removeprefix("mailto:").removeprefix("tel:")
    return label if label and label not in target else plain


def _character(match: re.Match[str]) -> str:
    """The emoji of a name. Custom emoji of a workspace keep their names."""
    name = match[0]
    if name in _OWN_NAMES:
        return _OWN_NAMES[name]
    character = emoji.emojize(name, language="alias")
    return emoji.emojize(name.replace("-", "_"), language="alias") if character == name and "-" in name else character
