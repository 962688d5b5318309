"""LINE chats exported by its phone apps: text with tabs."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from anymood.archives.chat_dates import Stamp
from anymood.archives.post import ArchivedPost
from anymood.archives.reader import Reader
from anymood.archives.registry import register
from anymood.archives.source import Source
from anymood.archives.values import words
from anymood.compression import is_damage
from anymood.json_stream import Broken, breaks_off
from anymood.posts import Problem, Reason

MAX_LINE = 1 << 20  # bytes
MAX_LINES = 10_000  # of one message

# 2024/01/15(Mon), 2024.01.15 Monday, 2024年1月15日(月), 2567/1/15(จ.); and Mon, 1/15/2024, the month first.
_DAY = re.compile(r"(\d{4})[./年]\s?(\d{1,2})[./月]\s?(\d{1,2})日?\s?(?:[(（]?\S{1,12}[)）]?)?")
_DAY_IN_ENGLISH = re.compile(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), (\d{1,2})/(\d{1,2})/(\d{4})")
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
# 10:30, 9:30AM, 12:05 AM, 午後3:04, and then the sender (none in notices) and the text between tabs.
_MESSAGE = re.compile(r"(\D{0,6}?)(\d{1,2}):(\d{2})([^\d\t]{0,8})\t(?:([^\t]*)\t)?(.*)")
_BANNER = re.compile(r"\[LINE\].*|Chat history (?:with|in) .*|[^\t]{1,40}[:：]\s*\d{4}[/.].*", re.IGNORECASE)

# In the languages of which exports were seen: English, Japanese, Chinese.
_MEDIA = {
    "photo", "photos", "video", "videos", "写真", "動画", "照片", "视频", "影片", "sticker", "スタンプ", "贴图", "貼圖",
    "voice message", "ボイスメッセージ", "语音信息", "語音訊息", "file", "ファイル", "文件", "檔案", "albums", "album",
    "アルバム", "location", "位置情報", "位置", "contact", "連絡先",
}  # fmt: skip
_SEEN = {"photo", "video", "写真", "動画", "照片", "视频", "影片"}
_BRACKETED = re.compile(r"\[([^\[\]]{1,20})\]")
_UNSENT = re.compile(
    r".{0,60}(?: unsent a message\.?|メッセージの送信を取り消しました。?|已收回訊息。?|收回了?訊息。?|"
    r"撤回了一条消息。?)|Message unsent\.?"
)
_CALL = "\N{BLACK TELEPHONE}"


@dataclass(slots=True)
class _Message:
    number: int
    time: datetime | None
    sender: str | None
    lines: list[str]


@register
class Line(Reader):
    """Messages of one chat. Lines without a sender and calls are notices."""

    name = "line"
    description = "LINE: an exported chat of a phone, as text"
    expects = "a text with days such as 2024/01/15(Mon), and time, sender and message between tabs"

    def files(self, source: Source) -> Sequence[str]:
        return source.select(r"[^/]+\.txt", _is_chat)

    def read_file(self, source: Source, name: str, stream: BinaryIO) -> Iterator[ArchivedPost]:
        for message in _messages(stream):
            yield self.broken(source, name, message) if isinstance(message, Broken) else _post(name, message)


def _post(name: str, message: _Message) -> ArchivedPost:
    where = f"{name}, line {message.number}"
    text = _joined(message.lines)
    if _UNSENT.fullmatch(text):
        problem = Problem(Reason.DELETED_MESSAGE, f"The text is {text!r}, where a text is gone.")
        return ArchivedPost(where=where, created=message.time, problems=(problem,))
    if not message.sender or text.startswith(_CALL):
        return ArchivedPost(where=where, text=words(text), created=message.time, kind="notice")
    bracketed = _BRACKETED.fullmatch(text)
    if bracketed and bracketed[1].lower() in _MEDIA:
        problem = Problem(Reason.MEDIA_OMITTED, f"The export has no files: {text}")
        seen = int(bracketed[1].lower() in _SEEN)
        return ArchivedPost(where=where, created=message.time, images=seen, problems=(problem,))
    return ArchivedPost(where=where, text=words(text), created=message.time)


def _joined(lines: list[str]) -> str:
    """The text of a message. Several lines may be quoted, with doubled quotes inside."""
    text = "\n".join(lines).rstrip()
    if len(lines) > 1 and len(text) > 1 and text[0] == text[-1] == '"':
        return text[1:-1].replace('""', '"')
    return text


def _messages(stream: BinaryIO) -> Iterator[_Message | Broken]:
    """Messages of a chat, and lines that belong to none."""
    splitter = _Splitter()
    failure: Broken | None = None
    try:
        while raw := stream.readline(MAX_LINE):
            if (found := splitter.add(raw)) is not None:
                yield found
    except Exception as error:
        if not is_damage(error):
            raise
        place = f"line {splitter.number + 1}"
        failure = Broken(breaks_off(place, error), place)
    if splitter.message is not None:
        yield splitter.message
    if failure is not None:
        yield failure


class _Splitter:
    """Splits lines into messages: lines without a header belong to the message before."""

    def __init__(self) -> None:
        self.number = 0
        self.message: _Message | None = None  # under way
        self._day: tuple[int, int, int] | None = None

    def add(self, raw: bytes) -> _Message | Broken | None:
        """Add a line. Returns what it completes: a message, or a broken record if it belongs to none."""
        self.number += 1
        line = raw.decode("utf-8-sig" if self.number == 1 else "utf-8", "replace").rstrip("\r\n")
        if (day := _day(line)) is not None:
            self._day = day
        elif match := _MESSAGE.fullmatch(line):
            before = self.message
            early, hour, minute, late, sender, text = match.groups()
            clock = Stamp(self._day or (0, 0, 0), (int(hour), int(minute), 0), (early, late))
            self.message = _Message(self.number, clock.time("ymd"), sender, [text])
            return before
        elif self.message is not None:
            if len(self.message.lines) < MAX_LINES:
                self.message.lines.append(line)
        elif line.strip() and (self._day is not None or not _BANNER.fullmatch(line)):
            place = f"line {self.number}"
            return Broken(Problem(Reason.NOT_A_POST, f"There is no message at or before {place}."), place)
        return None


def _day(line: str) -> tuple[int, int, int] | None:
    """The date of a line that contains only a date."""
    if match := _DAY.fullmatch(line.strip()):
        return int(match[1]), int(match[2]), int(match[3])
    if match := _DAY_IN_ENGLISH.fullmatch(line.strip()):
        first, second, year = int(match[2]), int(match[3]), int(match[4])
        for month, day in ((first, second), (second, first)):  # the weekday tells the order, but for some days
            try:
                if datetime(year, month, day).weekday() == _WEEKDAYS.index(match[1]):
                    return year, month, day
            except ValueError:
                continue
    return None


def _is_chat(head: str) -> bool:
    """Whether a date precedes the first message, or the header names LINE."""
    day = False
    for line in head.lstrip("\ufeff").splitlines()[:50]:
        day = day or _day(line) is not None or line.startswith("[LINE]")
        if _MESSAGE.fullmatch(line):
            return day
    return False
