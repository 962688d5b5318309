"""Telegram Desktop's "Export chat history" in the format HTML, its default."""

import re
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from anymood.archives.markup import RecordParser
from anymood.archives.post import ArchivedPost
from anymood.archives.reader import ArchiveFile, Reader, register
from anymood.archives.source import Source
from anymood.archives.values import moment, words
from anymood.posts import Problem, Reason

_PAGE = re.compile(r'<div class="page_body chat_page">|<div class="message (?:default clearfix|service)')
_DATE = re.compile(r"(\d\d)\.(\d\d)\.(\d{4}) (\d\d:\d\d:\d\d)(?: UTC([+-]\d\d:\d\d))?")
_CHAT = re.compile(r"(?:^|/)(chat_\d+)/[^/]+$")  # the folder of a chat, among all data of an account
_WITHOUT_END = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}
_BREAKS = {"br", "blockquote", "pre"}


@register
class TelegramHtml(Reader):
    """Messages of a chat, in pages of a thousand. Texts of Telegram itself are notices."""

    name = "telegram-html"
    description = "Telegram: messages.html of Telegram Desktop"
    expects = "messages.html, messages2.html, ..., without a result.json next to them"
    pattern = r"messages\d*\.html"

    def recognises(self, head: str) -> bool:
        return _PAGE.search(head) is not None

    def files(self, source: Source) -> Sequence[str]:
        if any(name.rpartition("/")[2] == "result.json" for name in source.names):
            return []  # the JSON has the same messages with more details
        return super().files(source)

    def read_file(self, file: ArchiveFile) -> Iterator[ArchivedPost]:
        return file.posts(_Page().records(file.stream), partial(_message, file))


class _Message:
    """The parts of a message on a page."""

    def __init__(self, classes: list[str], identifier: str | None, line: int) -> None:
        self.is_notice = "service" in classes
        self.id = (identifier or "").removeprefix("message")
        self.place = f"line {line}"
        self.date = ""
        self.parts: list[str] = []
        self.pictures: list[str] = []
        self.about_photo: list[str] = []  # in place of a photo: "Photo", and why it is missing
        self.is_repost = self.is_reply = False


class _Page(RecordParser[_Message]):
    """Parses the messages of a page, each when its element ends."""

    def __init__(self) -> None:
        super().__init__()
        self._message: _Message | None = None
        self._open: list[str] = []  # roles of the open elements, from the message inwards

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        classes = (attributes.get("class") or "").split()
        if tag == "div" and classes[:1] == ["message"]:
            self._finish()  # a message whose end is damaged
            self._message = _Message(classes, attributes.get("id"), self.getpos()[0])
        message = self._message
        if message is None:
            return
        if tag in _BREAKS and "text" in self._open:
            message.parts.append("\n")
        if tag in _WITHOUT_END:
            return
        self._open.append(self._role(tag, classes))
        if {"date", "details"} <= {*classes} and not message.date:
            message.date = attributes.get("title") or ""
        elif "forwarded" in classes and "body" in classes:
            message.is_repost = True
        elif "reply_to" in classes:
            message.is_reply = True
        elif "photo_wrap" in classes and (path := words(attributes.get("href"))):
            message.pictures.append(path)

    def _role(self, tag: str, classes: list[str]) -> str:
        """The role of the text within an element."""
        is_text = tag == "div" and " ".join(classes) in ("text", "question bold")
        is_notice = self._message is not None and self._message.is_notice and "details" in classes
        if is_text or is_notice:
            return "text"
        return "photo" if "media_photo" in classes else ""

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _WITHOUT_END:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        self.has_ended = self.has_ended or tag == "html"
        if self._message is None or tag in _WITHOUT_END:
            return
        self._open.pop()
        if not self._open:
            self._finish()

    def close(self) -> None:
        super().close()
        self._finish()

    def _finish(self) -> None:
        if self._message is not None:
            self.complete.append(self._message)
        self._message, self._open = None, []

    def handle_data(self, data: str) -> None:
        if self._message is None:
            return
        if "text" in self._open:
            self._message.parts.append(data)
        elif "photo" in self._open and data.strip():
            self._message.about_photo.append(data.strip())


def _message(file: ArchiveFile, where: str, parsed: _Message) -> ArchivedPost:
    text = words("".join(parsed.parts).strip())
    chat = _CHAT.search(file.name)
    identifier = f"{chat[1]}/{parsed.id}" if chat and parsed.id else parsed.id or None
    post: dict[str, Any] = {"where": where, "id": identifier, "text": text}
    if parsed.is_notice:
        return ArchivedPost(kind="notice", **post)
    image, problems = file.image(parsed.pictures[:1])
    is_omitted = parsed.about_photo[:1] == ["Photo"]  # and not "Sticker"
    if is_omitted:
        message = f"The image is not in the archive: {' '.join(parsed.about_photo[1:2])}"
        problems = (Problem(Reason.MEDIA_OMITTED, message),)
    return ArchivedPost(
        image=image,
        created=_moment(parsed.date),
        is_repost=parsed.is_repost,
        is_reply=parsed.is_reply,
        images=len(parsed.pictures) + is_omitted,
        problems=problems,
        **post,
    )


def _moment(written: str) -> Any:
    """``08.11.2020 21:23:42 UTC+01:00``. Without a zone, as in exports before 2022, it is read as UTC."""
    if (match := _DATE.match(written)) is None:
        return None
    day, month, year, clock, zone = match.groups()
    return moment(f"{year}-{month}-{day}T{clock}{zone or 'Z'}")
