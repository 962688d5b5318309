"""Values in archives: times, escaped texts, mis-decoded UTF-8."""

import html
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from anymood.text_decoding import joined_surrogates, mended

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# Hours before UTC, of the abbreviations that Twitter's first search service and twint wrote.
_ZONES = {
    0: ("UTC", "GMT", "Z", "WET"), 1: ("CET", "WEST"), 2: ("CEST", "EET"), 3: ("EEST", "MSK"), 9: ("JST",),
    -8: ("PST",), -7: ("PDT", "MST"), -6: ("MDT", "CST"), -5: ("CDT", "EST"), -4: ("EDT",),
}  # fmt: skip
_HOURS = {name: hours for hours, names in _ZONES.items() for name in names}

# Sat Nov 05 10:00:00 +0000 2022, and Mon Apr 06 22:19:45 PDT 2009
_TWITTER = re.compile(r"\w{3} (\w{3}) (\d{1,2}) (\d{2}):(\d{2}):(\d{2}) (\S+) (\d{4})")
_ZONE = re.compile(r"([+-])(\d{2})(?::?(\d{2}))?")
_ISO = re.compile(
    r"(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2})?)([.,]\d+)?\s*(Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?|[A-Z]{3,4})?"
)
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
# Including the codes of Twitter for posts that only have mentions, hashtags, cashtags, links, media or too few words.
_NO_LANGUAGE = {"", "und", "zxx", "art", "qam", "qct", "qht", "qme", "qst"}
# Range of the time of a post in seconds since 1970: 1990 to 2100.
_EARLIEST, _LATEST = 631_152_000, 4_102_444_800


def moment(value: object) -> datetime | None:
    """A time in UTC, in any format of the archives; None if it is invalid.

    Args:
        value: seconds, milliseconds, microseconds or nanoseconds since 1970, as a number or a string; ISO 8601,
            read as UTC without a zone; or the formats of Twitter's services.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        return None
    try:
        return _since_1970(float(value))
    except (ValueError, OverflowError):  # not a number, or out of range
        pass
    text = str(value).strip()
    try:
        return _iso(text) or _twitter(text)
    except (ValueError, KeyError, OverflowError):  # invalid date, or unknown zone
        return None


def _since_1970(seconds: float) -> datetime | None:
    for _ in range(3):
        if seconds > 1e11:
            seconds /= 1000.0
    return datetime.fromtimestamp(seconds, UTC) if _EARLIEST <= seconds <= _LATEST else None


def _iso(text: str) -> datetime | None:
    if not (match := _ISO.match(text)):
        return None
    day, clock, fraction, zone = match.groups()
    digits = f".{(fraction[1:] + '000000')[:6]}" if fraction else ""  # .NET writes seven
    return (datetime.fromisoformat(f"{day} {clock}{digits}") - _offset(zone or "UTC")).replace(tzinfo=UTC)


def _twitter(text: str) -> datetime | None:
    if not (match := _TWITTER.match(text)):
        return None
    month, day, hour, minute, second, zone, year = match.groups()
    plain = datetime(int(year), MONTHS.index(month.lower()) + 1, int(day), int(hour), int(minute), int(second))
    return (plain - _offset(zone)).replace(tzinfo=UTC)


def _offset(zone: str) -> timedelta:
    """UTC offset of a zone.

    Raises:
        KeyError: the abbreviation is unknown.
    """
    if match := _ZONE.fullmatch(zone):
        sign, hours, minutes = match.groups()
        return timedelta(hours=int(hours), minutes=int(minutes or 0)) * (-1 if sign == "-" else 1)
    return timedelta(hours=_HOURS[zone])


def utc_offset(zone: str) -> timezone | None:
    """UTC offset of a zone such as ``+0200`` or ``CET``; None if it is unknown."""
    try:
        return timezone(_offset(zone.strip()))
    except (KeyError, ValueError):
        return None


def words(value: object) -> str | None:
    """A text of an archive as written; None if it is blank or not a text.

    Lone surrogates, which exporters write when they truncate within an emoji, become U+FFFD, because they cannot be
    written. For invalid bytes, see ``text_decoding``.
    """
    if not isinstance(value, str) or not value.strip():
        return None
    if _LONE_SURROGATE.search(value):
        value = joined_surrogates(mended(value))
    return value


def identifier(value: object) -> str | None:
    """An id as text; None if there is none."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | str):
        return str(value).strip() or None
    return None


def language(value: object) -> str | None:
    """A language code; None for codes of an unknown language."""
    if not isinstance(value, str):
        return None
    code = value.strip()
    return None if code.lower() in _NO_LANGUAGE else code


def unescaped(text: str | None, times: int = 1) -> str | None:
    """The text with HTML entities decoded, as many times as the service escaped it."""
    for _ in range(times):
        if text is None or "&" not in text:
            break
        text = html.unescape(text)
    return text


def repaired(text: str | None) -> str | None:
    """The original of a text in which each UTF-8 byte became a separate character, as in Meta's exports.

    ``blÃ¥`` becomes ``blå``. Other texts are unchanged.
    """
    if text is None or text.isascii():
        return text
    try:
        data = text.encode("latin-1")
    except UnicodeEncodeError:
        return text
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data" and error.start > 0:  # truncated within its last character
            return data[: error.start].decode("utf-8") + "\N{REPLACEMENT CHARACTER}"
        return text


def dig(value: object, *path: str | int) -> Any:
    """A value in nested objects and lists; None if a key is missing or a value has another type."""
    for step in path:
        if isinstance(step, int):
            value = value[step] if isinstance(value, list) and -len(value) <= step < len(value) else None
        else:
            value = value.get(step) if isinstance(value, Mapping) and isinstance(step, str) else None
    return value


def first_words(records: Iterable[object], key: str) -> str | None:
    """The text under a key of the first record that has one."""
    return next((text for record in records if (text := words(dig(record, key)))), None)


def items(value: object) -> list[Any]:
    """The value if it is a list, else an empty list."""
    return value if isinstance(value, list) else []
