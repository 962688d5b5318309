"""Chats exported as text: their messages, and dates in the order, digits and words of the phone's language."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Self, TypeVar

from anymood.compression import damage
from anymood.json_stream import Broken, breaks_off
from anymood.posts import Problem, Reason

MAX_LINE = 1 << 20  # bytes; a message of WhatsApp has at most 65,536 characters
MAX_LINES = 100_000  # of one message

# In Arabic and Hebrew, direction marks precede the numbers of a date.
_M = "[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]*"
# \d is any decimal digit: Arabic, Persian, Devanagari.
DATE = rf"{_M}(\d{{1,4}}){_M}[./-]\s?{_M}(\d{{1,2}}){_M}[./-]\s?{_M}(\d{{1,4}}){_M}\.?"
# ", " or " klo " or " à ", and in East Asia the time of day: " 下午".
BETWEEN = rf"{_M}([^\d\n\[\]]{{1,14}}?){_M}"
CLOCK = r"(\d{1,2})[:.](\d{2})(?:[:.](\d{2}))?"
# PM, p. m., م, μ.μ., after a space, which is U+202F in newer exports.
AFTER = rf"([^\d\]\[\n:–-]{{0,16}}?){_M}"

# A date and a time, also Mar 11, 2024 3:04, at the beginning of a line.
_BEGINNING = re.compile(rf"[\[(]?\s?(?:{DATE}{BETWEEN}|[A-Z][a-z]{{2,8}} \d{{1,2}}, \d{{4}}\D{{1,5}}){CLOCK}")
_FIRST_LINES = 50

_MORNING = {"am", "a", "vorm", "vm", "ص", "قظ", "पूर्वाह्न", "πμ", "de", "sa", "pg", "öö", "e paradites", "fm", "ede"}
_MORNING |= {"上午", "早上", "凌晨", "清晨", "午前", "오전", "ก่อนเที่ยง", "পূর্বাহ্ন", "முற்பகல்", "lmnawn"}
_AFTERNOON = {"pm", "p", "nachm", "nm", "م", "بظ", "अपराह्न", "μμ", "du", "ch", "ptg", "ös", "e pasdites", "em", "eda"}
_AFTERNOON |= {"下午", "晚上", "傍晚", "午後", "오후", "หลังเที่ยง", "অপরাহ্ন", "பிற்பகல்"}
_NOON = {"中午"}  # 11 to 2
_NO_LETTER = re.compile(r"[\W_]+")
_BUDDHIST = 543  # years that the Thai calendar is ahead


@dataclass(slots=True)
class Message:
    """A message: the number of its first line, and its lines without the header."""

    number: int
    time: datetime | None
    lines: list[str]

    @property
    def place(self) -> str:
        """Where it begins."""
        return f"line {self.number}"

    def add(self, line: str) -> None:
        """Add a following line."""
        if len(self.lines) < MAX_LINES:
            self.lines.append(line)

    def finished(self) -> Self:
        """The message without blank lines at its end."""
        while self.lines[1:] and not self.lines[-1].strip():
            self.lines.pop()
        return self


M = TypeVar("M", bound=Message)


def text_lines(stream: BinaryIO) -> Iterator[str | Broken]:
    """Lines with their ends, LF or CR LF; last the problem of a damaged file."""
    number = 0
    try:
        while line := stream.readline(MAX_LINE):
            number += 1
            yield line.decode("utf-8-sig" if number == 1 else "utf-8", "replace")
    except damage() as error:
        place = f"line {number + 1}"
        yield Broken(breaks_off(place, error), place)


def messages(stream: BinaryIO, read: Callable[[int, str], M | str | None]) -> Iterator[M | Broken]:
    """The messages of a chat, and lines that belong to none.

    Args:
        stream: the chat.
        read: called with the number and the text of each line. Returns a message if the line begins one, None if it is
            not part of a message, and otherwise its text, which belongs to the previous message.
    """
    message: M | None = None
    for number, line in enumerate(text_lines(stream), 1):
        parsed = line if isinstance(line, Broken) else read(number, line)
        if isinstance(parsed, str):
            if message is not None:
                message.add(parsed)
            elif parsed.strip():
                place = f"line {number}"
                yield Broken(Problem(Reason.NOT_A_POST, f"There is no message at or before {place}."), place)
        elif parsed is not None:
            if message is not None:
                yield message.finished()
            message = None if isinstance(parsed, Broken) else parsed
            if isinstance(parsed, Broken):
                yield parsed
    if message is not None:
        yield message.finished()


@dataclass(frozen=True, slots=True)
class Stamp:
    """The parts of a date and time as written."""

    numbers: tuple[int, int, int]
    clock: tuple[int, int, int]
    words: tuple[str, str]  # between date and time, and after the time

    @property
    def morning(self) -> bool | None:
        """Whether the hour is before noon; None with a 24-hour clock."""
        for text in self.words:
            key = _NO_LETTER.sub("", text).casefold()  # "p. m." becomes "pm"
            if key in _MORNING:
                return True
            if key in _AFTERNOON or (key in _NOON and self.clock[0] in (12, 1, 2)):
                return False
            if key in _NOON:
                return True
        return None

    def time(self, order: str) -> datetime | None:
        """The time, without a zone, in the order ``"dmy"``, ``"mdy"`` or ``"ymd"``; None for an invalid date."""
        parts = dict(zip(order, self.numbers, strict=True))
        year = parts["y"] + (2000 if parts["y"] < 100 else 0)
        if 2500 < year < 2700:
            year -= _BUDDHIST
        if not 2005 <= year <= 2100:  # another calendar, or no year
            return None
        hour, minute, second = self.clock
        if self.morning is not None:
            hour = hour % 12 + (0 if self.morning else 12)
        try:
            return datetime(year, parts["m"], parts["d"], hour, minute, second)  # the time zone of the phone is unknown
        except ValueError:
            return None


def stamp(groups: tuple[str | None, ...]) -> Stamp:
    """A stamp from the groups of ``DATE``, ``BETWEEN``, ``CLOCK`` and ``AFTER``."""
    first, second, third, between, hour, minute, seconds, after = groups
    return Stamp(
        (int(first or 0), int(second or 0), int(third or 0)),
        (int(hour or 0), int(minute or 0), int(seconds or 0)),
        (between or "", after or ""),
    )


def is_chat(head: str) -> bool:
    """Whether at least three of the first lines, and a fifth of them, begin with a date and a time, as in chats."""
    lines = [line for line in head.splitlines() if line.strip()][:_FIRST_LINES]
    return sum(_BEGINNING.match(line) is not None for line in lines) >= max(3, len(lines) / 5)


def order_of(stamps: "Stamps") -> str:
    """The order of day, month and year in a chat.

    A number above 12 is the day. Without one in the whole chat, it is the order in which times decrease less often. If
    both are equal, the day is first, except in American style: AM or PM as such, and months without a leading zero.
    """
    if stamps.year_first > stamps.total / 2:
        return "ymd"
    if stamps.day_first != stamps.month_first:
        return "dmy" if stamps.day_first > stamps.month_first else "mdy"
    if stamps.back["dmy"] != stamps.back["mdy"]:
        return "dmy" if stamps.back["dmy"] < stamps.back["mdy"] else "mdy"
    return "mdy" if stamps.american > stamps.total / 2 else "dmy"


class Stamps:
    """Statistics of the dates in a chat, to determine their order."""

    def __init__(self) -> None:
        self.total = self.year_first = self.day_first = self.month_first = self.american = 0
        self.back: Counter[str] = Counter()
        self._last: dict[str, datetime] = {}

    def add(self, stamp: Stamp, written: str) -> None:
        """Count a date and its header."""
        first, second, _ = stamp.numbers
        self.total += 1
        self.year_first += first > 31
        self.day_first += 12 < first <= 31
        self.month_first += second > 12
        self.american += (
            re.match(rf"{_M}\[?{_M}[1-9]\d?/\d{{1,2}}/\d\d\D", written) is not None
            and stamp.words[1].strip() in ("AM", "PM")  # "a. m." in Latin America, where the day is first
        )
        for order in ("dmy", "mdy"):
            time = stamp.time(order)
            last = self._last.get(order)
            if time is not None:
                self.back[order] += last is not None and time < last
                self._last[order] = time
