"""KakaoTalk chats exported by its apps, in Korean and English: as text, with a date in each line or once a day."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from anymood.archives.chat_text import Message, Stamp, messages
from anymood.archives.post import ArchivedPost
from anymood.archives.reader import ArchiveFile, Reader, deleted_message, register
from anymood.archives.values import MONTHS, words
from anymood.posts import Problem, Reason

_HEADER = re.compile(
    r".* 카카오톡 대화|KakaoTalk Chats with .*|.* with KakaoTalk Chats|(?:저장한 날짜|Date Saved|Saved Date)\s?: .*|"
    r"Talk_\d[\d. :_-]*\.txt"
)
_HEADER_LINES = 5  # that are not blank, in which a header is
# 2024년 3월 11일, 2024. 3. 11., 2024-03-11; March 11, 2024 and Mar 11, 2024
_DATE = r"(?:(\d{4})(?:년 |\. ?|-)(\d{1,2})(?:월 |\. ?|-)(\d{1,2})(?:일|\.)?|([A-Z][a-z]{2,8})\.? (\d{1,2}), (\d{4}))"
# 오전 9:12, 14:05, 3:05 PM, 3:05 p.m.
_CLOCK = r"(?:(오전|오후|AM|PM)\s)?(\d{1,2}):(\d{2})(?:\s?([AaPp]\.?[Mm]\.?))?"
# Of phones: 2024년 3월 11일 오전 9:12, Ana : text. A comma or a colon without a name precedes a notice.
_STAMPED = re.compile(rf"{_DATE}(?:,| at)?\s{_CLOCK}(?:(?:, |: )(.*))?")
_SENDER_AND_TEXT = re.compile(r"(.{1,100}?) : (.*)")
# Of Windows: [Ana] [오전 9:12] text, below --------------- 2024년 3월 11일 월요일 ---------------
_BRACKETED = re.compile(rf"\[(.{{1,100}}?)\] \[{_CLOCK}\] (.*)")
_DAY = re.compile(rf"(?=-----|.*요일$|\w+day, )(?:-{{5,}} )?(?:[A-Z][a-z]+day, )?{_DATE}(?: .요일)?(?: -{{5,}})?")
_NOTICE = re.compile(
    r".{1,60}님이 .{0,80}(?:들어왔습니다|나갔습니다|초대했습니다|초대하였습니다|내보냈습니다)\.?|"
    r".{1,60} (?:joined|left) (?:this|the) (?:chatroom|group chat)\.?|.{1,60} invited .{1,80}\."
)
_MEDIA = re.compile(
    r"(사진|동영상|Photos?|Videos?)(?: \d+장?)?|\d+ (Photos|Videos)|이모티콘|\(이모티콘\)|Emoticons?|Stickers?|"
    r"음성 ?메시지|Voice (?:message|note|memo)|(?:파일|File): .*|지도: .*|Map: .*|연락처: .*|Contact: .*"
)
_CALLS = re.compile(r"(?:보이스톡|페이스톡|그룹콜|라이브톡|Voice Call|Video Call|Voice Talk|Face Talk)\b.{0,20}")
_DELETED = ("삭제된 메시지입니다.", "This message was deleted.", "This message has been deleted.")


@dataclass(slots=True)
class _Message(Message):
    sender: str | None


@register
class KakaoTalk(Reader):
    """Messages of one chat. Lines without a sender and calls are notices."""

    name = "kakaotalk"
    description = "KakaoTalk: an exported chat, as text, of a phone or Windows"
    expects = "a text with the header of KakaoTalk, and lines such as 2024년 3월 11일 오전 9:12, name : message"
    pattern = r"[^/]+\.txt"

    def recognises(self, head: str) -> bool:
        """Whether a header of KakaoTalk precedes a message."""
        lines = [line.strip() for line in head.splitlines() if line.strip()]
        if not any(map(_HEADER.fullmatch, lines[:_HEADER_LINES])):
            return False
        return any(_STAMPED.fullmatch(line) or _BRACKETED.fullmatch(line) for line in lines)

    def read_file(self, file: ArchiveFile) -> Iterator[ArchivedPost]:
        return file.posts(messages(file.stream, _LineReader()), _post)


def _post(where: str, message: _Message) -> ArchivedPost:
    text = "\n".join(message.lines)
    if text in _DELETED:
        return deleted_message(where, message.time, f"The text is {text!r}, a placeholder for a deleted text.")
    if message.sender is None or _CALLS.fullmatch(text):
        return ArchivedPost(where=where, text=words(text), created=message.time, kind="notice")
    if media := _MEDIA.fullmatch(text):
        problem = Problem(Reason.MEDIA_OMITTED, f"The export has no files: {text}")
        return ArchivedPost(where=where, created=message.time, images=int(any(media.groups())), problems=(problem,))
    return ArchivedPost(where=where, text=words(text), created=message.time)


class _LineReader:
    """Reads lines, and remembers the day that exports of Windows name before its messages."""

    def __init__(self) -> None:
        self._day = (0, 0, 0)
        self._has_begun = False

    def __call__(self, number: int, line: str) -> _Message | str | None:
        """As for ``messages``."""
        line = line.rstrip("\r\n")
        if match := _BRACKETED.fullmatch(line):
            self._has_begun = True
            sender, *clock, text = match.groups()
            return _Message(number, _stamp(self._day, clock).time("ymd"), [text], sender)
        if match := _STAMPED.fullmatch(line):
            *date, early, hour, minute, late, message = match.groups()
            if message is None:  # where a day begins, or the header ends
                return None
            self._has_begun = True
            named = _SENDER_AND_TEXT.fullmatch(message)
            sender, text = named.groups() if named else (None, message)
            time = _stamp(_date(date), [early, hour, minute, late]).time("ymd")
            return _Message(number, time, [text], sender)
        if match := _DAY.fullmatch(line):
            if line.startswith("-"):
                self._day = _date(match.groups())
            return None
        if any(self._day) and _NOTICE.fullmatch(line):  # without a time
            return _Message(number, None, [line], None)
        return None if not self._has_begun and _HEADER.fullmatch(line.strip()) else line


def _date(groups: "tuple[str | None, ...] | list[str | None]") -> tuple[int, int, int]:
    """Year, month and day from the groups of ``_DATE``; a month of 0 if its name is unknown."""
    year, month, day, name, named_day, named_year = groups
    if name is None:
        return int(year or 0), int(month or 0), int(day or 0)
    short = name[:3].lower()
    return int(named_year or 0), MONTHS.index(short) + 1 if short in MONTHS else 0, int(named_day or 0)


def _stamp(day: tuple[int, int, int], clock: "list[str | None]") -> Stamp:
    early, hour, minute, late = clock
    return Stamp(day, (int(hour or 0), int(minute or 0), 0), (early or "", late or ""))
