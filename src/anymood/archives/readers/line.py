"""LINE chats exported by its phone apps: text with tabs."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from anymood.archives.chat_text import Message, Stamp, messages
from anymood.archives.post import ArchivedPost
from anymood.archives.reader import ArchiveFile, Reader, register
from anymood.archives.source import Source
from anymood.archives.values import words
from anymood.posts import Problem, Reason

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
class _Message(Message):
    sender: str | None


@register
class Line(Reader):
    """Messages of one chat. Lines without a sender and calls are notices."""

    name = "line"
    description = "LINE: an exported chat of a phone, as text"
    expects = "a text with days such as 2024/01/15(Mon), and time, sender and message between tabs"

    def files(self, source: Source) -> Sequence[str]:
        return source.select(r"[^/]+\.txt", _is_chat)

    def read_file(self, file: ArchiveFile) -> Iterator[ArchivedPost]:
        return file.posts(messages(file.stream, _LineReader()), _post)


def _post(where: str, message: _Message) -> ArchivedPost:
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


class _LineReader:
    """Reads lines, and remembers the day: only the first message of a day has it."""

    def __init__(self) -> None:
        self._day: tuple[int, int, int] | None = None
        self._has_begun = False

    def __call__(self, number: int, line: str) -> _Message | str | None:
        """As for ``messages``."""
        line = line.rstrip("\r\n")
        if (day := _day(line)) is not None:
            self._day = day
            return None
        if match := _MESSAGE.fullmatch(line):
            self._has_begun = True
            early, hour, minute, late, sender, text = match.groups()
            clock = Stamp(self._day or (0, 0, 0), (int(hour), int(minute), 0), (early, late))
            return _Message(number, clock.time("ymd"), [text], sender)
        is_banner = self._day is None and not self._has_begun and _BANNER.fullmatch(line)
        return None if is_banner else line


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
