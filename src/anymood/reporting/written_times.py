"""The times that cells contain, in common notations."""

import re
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo

import numpy as np

from anymood.archives.values import moment, utc_offset
from anymood.wording import without_accents

_DATE = re.compile(r"(\d{4})\s?[-/.年년]\s?(\d{1,2})\s?[-/.月월]\s?(\d{1,2})(?!\d)[.日일]?")
_YEAR_MONTH = re.compile(r"(\d{4})[-/](\d{1,2})$")
_SHORT = re.compile(r"(\d{1,2})(?:[-/.](\d{1,2})[-/.](\d{4})|[/.](\d{1,2})[/.](\d{2}))(?!\d)")
_WORD = r"([^\W\d_]{3,12})"
_DAY = r"(\d{1,2})(?:st|nd|rd|th)?"
_NAMED = re.compile(
    rf"(?:[^\W\d_]+[.,]* )?(?:{_DAY}[ ./-]+(?:de )?{_WORD}|{_WORD}\.? {_DAY}),?[ ./-]+(?:de )?"
    r"(?:(\d{4})(?!\d)|'?(\d{2})(?=$|[ ,t]+\d{1,2}[:.]\d{2}))"
)
_MONTH_YEAR = re.compile(rf"(?:{_WORD}\.?,?|(\d{{1,2}}))[ ./-]+(?:de )?(\d{{4}})$")
# Beginnings of the names of the months, without accents: English, Spanish, Portuguese, French, Italian, German, Dutch,
# Turkish, Polish, Russian.
_MONTHS = tuple(
    re.compile(names)
    for names in (
        "jan|ene|gen|oca|sty|янв", "feb|fev|sub|lut|фев", "mar|maa|mrt|мар", "apr|abr|avr|nis|kwi|апр",
        "ma[iyj]|mei|mag|ма[ия]", "jun|juin|giu|haz|cze|июн", "jul|juil|lug|tem|lip|июл", "aug|ago|agu|aou|sie|авг",
        "sep|set|eyl|wrz|сен", "oct|okt|out|ott|eki|paz|окт", "nov|kas|lis|ноя", "dec|dez|dic|des|ara|gru|дек",
    )
)  # fmt: skip
_CLOCK = re.compile(
    r"(?:[t,: ]|a las|as|um|at|a|klo|kl\.)*(上午|下午|오전|오후|午前|午後)?\s?"
    r"(\d{1,2})[:h時.](\d{2})(?:[:分.](\d{2}))?[分秒]?(?:[.,]\d+)?\s*"
    r"(?:([ap])\.?\s?m\b\.?)?\s*"
    r"(?:(?:(?:GMT|UTC)\s?)?([+-]\d{1,2})(?::?(\d{2}))?)?",
    re.IGNORECASE,
)
_AFTERNOON = ("p", "下午", "오후", "午後")
# Notations that ``moment`` does not read, although it reads their beginnings.
_NOT_ISO = re.compile(r"\d\s*[ap]\.?\s?m\b|(?:gmt|utc)\s?[+-]\d", re.IGNORECASE)
_NO_SEPARATOR = re.compile(r"(\d{8})(\d{4}(?:\d{2})?)")  # 20240131101500
_AROUND = "' \t\r\n\ufeff\u200e\u200f\u202a\u202b\u202c"  # invisible marks of direction; the apostrophe of spreadsheets

_OFFSET = re.compile(r":\d{2}(?:[.,]\d+)?\s*(?:z|(?:gmt|utc)?\s?[+-]\d{1,2}(?::?\d{2})?)$", re.IGNORECASE)
_ZONE = re.compile(r"(?<=[\dmz.])[ \[(]+([a-z_-]+(?:/[a-z\d_+-]+)+|(?-i:[A-Z]{2,5}))[\])]?$", re.IGNORECASE)
_NO_ZONES = {"AM", "PM", "UHR", "MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"}


def month_first_of(texts: Iterable[str]) -> bool | None:
    """Whether 03/04/2024 is 4 March in the column of these texts; None if none is written in this way.

    A number above 12 is the day; otherwise dots mean day first, and slashes the order whose times span fewer days, or
    month first.
    """
    matches = [match for text in texts if (match := _SHORT.match(text.strip(_AROUND)))]
    if not matches:
        return None
    days = np.array([(match[3] or match[5], match[1], match[2] or match[4]) for match in matches], np.int64)
    days[:, 0] += 2000 * (days[:, 0] < 100)
    _, first, second = days.max(0).tolist()
    if first > 12 or second > 12:
        return bool(first <= 12)
    month_span, day_span = (int(np.ptp(days @ (372, *sizes))) for sizes in ((31, 1), (1, 31)))
    return "/" in matches[0].string[:3] and month_span <= day_span


def utc_time(value: object, *, month_first: bool, unknown_zones: Counter[str]) -> datetime | None:
    """A time in UTC; a time without a zone is read as UTC. None if it is no time, or beyond the years 1 to 9999.

    Args:
        value: a cell: a text, a number or a time.
        month_first: whether 03/04/2024 is 4 March.
        unknown_zones: names of zones that are unknown are counted here; their times are read as UTC.
    """
    try:
        if isinstance(value, datetime):
            return _in_utc(value)
        if isinstance(value, date):
            return datetime(value.year, value.month, value.day, tzinfo=UTC)
        if isinstance(value, np.datetime64):
            return datetime.fromtimestamp(int(value.astype("datetime64[s]").astype(int)), UTC)
        if isinstance(value, str):
            return _read(value.strip(_AROUND), month_first, unknown_zones)
        if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
            return moment(value) or _iso(str(int(value)))
    except (ValueError, TypeError, OverflowError):  # no such day
        pass
    return None


def _read(text: str, month_first: bool, unknown_zones: Counter[str]) -> datetime | None:
    match = _ZONE.search(text)
    if match is None or match[1] in _NO_ZONES:
        return _without_zone(text, month_first)
    when = _without_zone(text[: match.start()], month_first)
    if when is None or _OFFSET.search(text[: match.start()]):
        return when
    zone = _zone(match[1])
    if zone is None:
        unknown_zones[match[1]] += 1
        return when
    return when.replace(tzinfo=zone).astimezone(UTC)


def _zone(name: str) -> tzinfo | None:
    """A zone by its name, such as ``Europe/Berlin`` or ``CET``; None if it is unknown on this machine."""
    try:
        return ZoneInfo(name) if "/" in name else utc_offset(name)
    except (KeyError, ValueError, OSError):
        return None


def _without_zone(text: str, month_first: bool) -> datetime | None:
    if not _NOT_ISO.search(text):
        if when := moment(text):
            return when
        try:
            return _iso(text.removesuffix(".0"))  # of numbers in a column with missing ones
        except ValueError:
            pass
    return _written(without_accents(text.casefold()), month_first=month_first)


def _iso(text: str) -> datetime:
    """A time in ISO 8601, also with fewer separators: 20240131, 20240131T101500Z, 20240131101500."""
    return _in_utc(datetime.fromisoformat(_NO_SEPARATOR.sub(r"\1T\2", text) if text.isdecimal() else text))


def _in_utc(when: datetime) -> datetime:
    return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)


def _written(text: str, *, month_first: bool) -> datetime:
    """A written date: 2024-1-31, 31.1.2024, 1/31/24 6:30 PM, Jan 31, 2024, 31-Jan-24, or as in e-mail headers.

    A month without a day, 2024-01 or January 2024, is its first day.
    """
    if match := _DATE.match(text):
        year, month, day = map(int, match.groups())
    elif match := _SHORT.match(text):
        first, second, year = int(match[1]), int(match[2] or match[4]), int(match[3] or match[5])
        month, day = (first, second) if month_first else (second, first)
        year += 2000 if year < 100 else 0
    elif (match := _NAMED.match(text)) and (month := _month(match[2] or match[3])):
        year, day = int(match[5] or f"20{match[6]}"), int(match[1] or match[4])
    elif match := _YEAR_MONTH.match(text):
        year, month, day = int(match[1]), int(match[2]), 1
    elif (match := _MONTH_YEAR.match(text)) and (month := int(match[2] or _month(match[1]))):
        year, day = int(match[3]), 1
    else:
        return parsedate_to_datetime(text).astimezone(UTC)
    return _with_clock(datetime(year, month, day, tzinfo=UTC), text[match.end() :])


def _month(name: str) -> int:
    """The number of a month; 0 for an unknown name."""
    return next((number for number, names in enumerate(_MONTHS, 1) if names.match(name)), 0)


def _with_clock(day: datetime, rest: str) -> datetime:
    """A day, with the time that follows it in the text if any."""
    if (match := _CLOCK.match(rest)) is None:
        return day
    hour, minute, second = (int(match[place] or 0) for place in (2, 3, 4))
    if half := match[1] or match[5]:
        hour = hour % 12 + (12 if half in _AFTERNOON else 0)
    hours, minutes = int(match[6] or 0), int(match[7] or 0)
    offset = timedelta(hours=hours, minutes=-minutes if (match[6] or "").startswith("-") else minutes)
    return day.replace(hour=hour, minute=minute, second=second) - offset
