"""LINE chats exported by its apps: text with tabs or, from some desktop apps, with spaces."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from anymood.archives.chat_text import Message, Stamp, messages, text_lines
from anymood.archives.post import ArchivedPost
from anymood.archives.reader import ArchiveFile, Reader, deleted_message, register
from anymood.archives.values import words
from anymood.json_stream import Broken
from anymood.posts import Problem, Reason

# 2024/01/15(Mon), 2024.01.15 Monday, 2024年1月15日(月), 2567/1/15(จ.); and Mon, 1/15/2024, the month first.
_DAY = re.compile(r"(\d{4})[./年]\s?(\d{1,2})[./月]\s?(\d{1,2})日?\s?(?:[(（]?\S{1,12}[)）]?)?")
_DAY_IN_ENGLISH = re.compile(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), (\d{1,2})/(\d{1,2})/(\d{4})")
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
# 10:30, 9:30AM, 12:05 AM, 午後3:04, and then the sender (none in notices) and the text between tabs.
_MESSAGE = re.compile(r"(\D{0,6}?)(\d{1,2}):(\d{2})([^\d\t]{0,8})\t(?:([^\t]*)\t)?(.*)")
# 10:30 Ana María so happy, below 2024.01.15 Monday
_SPACED = re.compile(r"(\D{0,6}?)(\d{1,2}):(\d{2})((?:\s?[AaPp][Mm])?) (\S.*)")
_SPACED_DAY = re.compile(r"\d{4}\.\d{2}\.\d{2} \S{2,12}")
_WORDS_IN_A_NAME = 6
_MESSAGES = 200_000  # messages that are read to find names of several words
_OFTEN, _MUCH = 3, 0.05  # messages, and their share, in which a word that may belong to a name follows it
_NEARLY_ALL = 0.8  # share of the messages in which such words follow
_BANNER = re.compile(r"\[LINE\].*|Chat history (?:with|in) .*|[^\t]{1,40}[:：]\s*\d{4}[/.].*", re.IGNORECASE)

# In the languages of known exports: English, Japanese, Chinese.
_MEDIA = {
    "photo", "photos", "video", "videos", "写真", "動画", "照片", "视频", "影片", "sticker", "スタンプ", "贴图", "貼圖",
    "voice message", "ボイスメッセージ", "语音信息", "語音訊息", "file", "ファイル", "文件", "檔案", "albums", "album",
    "アルバム", "stickers", "files", "audio", "location", "位置情報", "位置", "contact", "連絡先",
}  # fmt: skip
_SEEN = {"photo", "photos", "video", "videos", "写真", "動画", "照片", "视频", "影片"}
_BRACKETED = re.compile(r"\[([^\[\]]{1,20})\]")
_UNSENT = re.compile(
    r".{0,60}(?: unsent a message\.?|メッセージの送信を取り消しました。?|已收回訊息。?|收回了?訊息。?|"
    r"撤回了一条消息。?)|(?:Message unsent|unsent a message)\.?"
)
_SPACED_NOTICE = re.compile(
    r"(?:joined|left) the (?:chat|group)\.?|(?:invited|added|removed) .+ (?:to|from) the group\.?"
)
_CALL = "\N{BLACK TELEPHONE}"


@dataclass(slots=True)
class _Message(Message):
    sender: str | None
    spaced: bool = False  # whether there are spaces in place of tabs


@register
class Line(Reader):
    """Messages of one chat. Lines without a sender and calls are notices."""

    name = "line"
    description = "LINE: an exported chat, as text"
    expects = "a text with days such as 2024/01/15(Mon), and time, sender and message between tabs or spaces"
    pattern = r"[^/]+\.txt"

    def recognises(self, head: str) -> bool:
        """Whether a date precedes the first message, or the header names LINE."""
        day = spaced_day = False
        for line in head.splitlines()[:50]:
            day = day or _day(line) is not None or line.startswith("[LINE]")
            spaced_day = spaced_day or _SPACED_DAY.fullmatch(line) is not None
            if _MESSAGE.fullmatch(line):
                return day
            if spaced_day and _SPACED.fullmatch(line):
                return True
        return False

    def read_file(self, file: ArchiveFile) -> Iterator[ArchivedPost]:
        return file.posts(messages(file.stream, _LineReader(_names(file))), _post)


def _post(where: str, message: _Message) -> ArchivedPost:
    text = _joined(message.lines)
    if _UNSENT.fullmatch(text):
        return deleted_message(where, message.time, f"The text is {text!r}, a placeholder for a deleted text.")
    if not message.sender or text.startswith(_CALL) or (message.spaced and _SPACED_NOTICE.fullmatch(text)):
        return ArchivedPost(where=where, text=words(text), created=message.time, kind="notice")
    bracketed = _BRACKETED.fullmatch(text)
    medium = bracketed[1].lower() if bracketed else text.lower() if message.spaced else ""
    if medium in _MEDIA:
        problem = Problem(Reason.MEDIA_OMITTED, f"The export has no files: {text}")
        seen = int(medium in _SEEN)
        return ArchivedPost(where=where, created=message.time, images=seen, problems=(problem,))
    return ArchivedPost(where=where, text=words(text), created=message.time)


def _joined(lines: list[str]) -> str:
    """The text of a message. Several lines may be quoted, with doubled quotes inside."""
    text = "\n".join(lines).rstrip()
    if len(lines) > 1 and len(text) > 1 and text[0] == text[-1] == '"':
        return text[1:-1].replace('""', '"')
    return text


def _names(file: ArchiveFile) -> frozenset[str] | None:
    """Names of senders that have several words, if there are spaces in place of tabs; None for tabs.

    Spaces do not mark the end of a name. A first word is a name, and a name is extended by a word if nearly all
    messages that begin with it continue with that word, or with one of a few words if several senders share a name.
    """
    beginnings: list[str] = []
    with file.source.open(file.name) as stream:
        for line in text_lines(stream):
            if isinstance(line, Broken) or len(beginnings) == _MESSAGES:
                break
            if _MESSAGE.fullmatch(line.rstrip("\r\n")):
                return None
            if match := _SPACED.fullmatch(line.rstrip("\r\n")):
                beginnings.append(" ".join(match[5].split(" ", _WORDS_IN_A_NAME + 2)[: _WORDS_IN_A_NAME + 2]))
    names: frozenset[str] = frozenset()
    for _ in range(_WORDS_IN_A_NAME):
        following: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for beginning in beginnings:
            name, text = _parted(beginning, names)
            word, blank, _ = text.partition(" ")
            following[name][word if blank else ""] += 1
        longer = {f"{name} {word}" for name, words in following.items() for word in _usual(words)}
        if longer <= names:
            break
        names |= longer
    return names


def _usual(following: Counter[str]) -> list[str]:
    """The few words that nearly always follow a name; none if there are no such words."""
    total = following.total()
    usual = [word for word, times in following.items() if word and times >= max(_OFTEN, _MUCH * total)]
    return usual if sum(following[word] for word in usual) >= _NEARLY_ALL * total else []


def _parted(line: str, names: frozenset[str]) -> tuple[str, str]:
    """The sender and the text of a message: the longest name that it begins with, or its first word."""
    parts = line.split(" ")
    for count in range(min(len(parts), _WORDS_IN_A_NAME), 1, -1):
        if (name := " ".join(parts[:count])) in names:
            return name, " ".join(parts[count:])
    return parts[0], " ".join(parts[1:])


class _LineReader:
    """Reads lines, and remembers the day: only the first message of a day has it.

    Args:
        names: result of ``_names``.
    """

    def __init__(self, names: frozenset[str] | None) -> None:
        self._names = names
        self._day: tuple[int, int, int] | None = None
        self._has_begun = False

    def __call__(self, number: int, line: str) -> _Message | str | None:
        """As for ``messages``."""
        line = line.rstrip("\r\n")
        if (day := _day(line)) is not None:
            self._day = day
            return None
        if (parts := self._parts(line)) is not None:
            self._has_begun = True
            early, hour, minute, late, sender, text = parts
            clock = Stamp(self._day or (0, 0, 0), (int(hour), int(minute), 0), (early, late))
            return _Message(number, clock.time("ymd"), [text], sender, self._names is not None)
        is_banner = self._day is None and not self._has_begun and _BANNER.fullmatch(line)
        return None if is_banner else line

    def _parts(self, line: str) -> tuple[str, ...] | None:
        """Text before the hour, hour, minute, text after the minute, sender and text of a line with a message."""
        if self._names is None:
            match = _MESSAGE.fullmatch(line)
            return None if match is None else match.groups()
        if self._day is None or (match := _SPACED.fullmatch(line)) is None:
            return None
        *clock, line = match.groups()
        return (*clock, *_parted(line, self._names))


def _day(line: str) -> tuple[int, int, int] | None:
    """The date of a line that contains only a date."""
    if match := _DAY.fullmatch(line.strip()):
        return int(match[1]), int(match[2]), int(match[3])
    if match := _DAY_IN_ENGLISH.fullmatch(line.strip()):
        first, second, year = int(match[2]), int(match[3]), int(match[4])
        for month, day in ((first, second), (second, first)):  # the weekday determines the order, except on some days
            try:
                if datetime(year, month, day).weekday() == _WEEKDAYS.index(match[1]):
                    return year, month, day
            except ValueError:
                continue
    return None
