"""Columns with the times of posts, and the periods that a time span is divided into."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from anymood.errors import SettingError
from anymood.reporting.written_times import month_first_of, utc_time
from anymood.tables.usual_names import letters
from anymood.wording import plural

Step: TypeAlias = Literal["hour", "day", "week", "month"]
Seconds: TypeAlias = NDArray[np.datetime64]

# Names of columns with the time of a post, in the form that ``letters`` returns, the most probable first.
NAMES = (
    "created", "createdat", "createdutc", "createdtime", "createddate", "datecreated", "postcreated", "createtime",
    "createtimeiso", "tweetcreated", "datetime", "timestamp", "date", "dategmt", "dateutc", "time", "published",
    "publishedat", "publishedtime", "publisheddate", "publishtime", "publishdate", "posted", "postedat", "postingdate",
    "postdate", "posttime", "takenat", "createdon", "publishedon", "postedon",
    "commentedat", "reviewdate", "reviewsubmitdateandtime", "submittedat",
    "submissiontime", "startdate", "zeitstempel", "datum", "datumuhrzeit", "erstelltam", "fecha", "horodateur",
    "data", "dato", "tarih", "дата", "датапубликации", "ημερομηνια", "التاريخ", "تاریخ",
    "日期", "时间", "发布时间", "發佈時間", "日付", "日時", "投稿日時", "投稿日", "날짜", "작성일",
)  # fmt: skip
# Words of other names of such columns, and of columns with other times.
_TIME_WORD = re.compile(
    r"(?:^|_)(?:date|datetime|time|timestamp|ts|datum|uhrzeit|zeitpunkt|fecha|hora|horario|data|dato|heure|tarih|tarihi|"
    r"zamani|дата|время)(?:_|$)|(?:^|_)(?:created|published|posted)_(?:at|on|utc|iso|gmt)(?:_|$)|日時|日付|日期|时间|時間|時刻|날짜|일시|تاريخ"
)
_OTHER_TIME = re.compile(
    r"user|author|account|profile|birth|update|modifi|edited|deleted|scraped|crawl|retrieved|collect|join|usuario|cuenta|nacimiento|"
    r"benutzer|geburt|kullanici|dogum|guncel|生年|更新|取得|登録"
)

# Columns of Label Studio's CSV and JSON_MIN, in which ``created_at`` is the time of the annotation.
_ANNOTATION = {"annotationid", "leadtime"}

# Maximum time span for steps of this length: 72 hours, 10 weeks of days, 2 years of weeks.
MAX_DAYS: dict[Step, int] = {"hour": 3, "day": 70, "week": 730}
STEPS: tuple[Step, ...] = ("hour", "day", "week", "month")
DAYS: dict[Step, float] = {"hour": 1 / 24, "day": 1, "week": 7, "month": 30.4}
# Times of posts are between these. Others are what programs write for a missing time: 1970-01-01 (0), 0001-01-01
# (.NET), 1899-12-30 (spreadsheets), 9999-12-31 (databases).
EARLIEST, LATEST = datetime(1970, 1, 2, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
BUDDHIST = 543  # years that the Thai calendar is ahead
POSTS_IN_A_STEP = 10  # mean number of posts of a step, below which longer steps are chosen
MIN_STEPS = 4  # longer steps
MISSING = np.iinfo(np.int64).min  # NaT
MIN_PARSED_SHARE = 0.5  # share of times among the filled cells of a column that is detected
# Times as spreadsheets store them, in days since 1899-12-30: from 1990 to 2050.
SERIAL_NUMBERS = (32_874, 54_789)
# Times that are far from all others are not drawn.
MIN_TIMES = 20
FAR, FAR_DAYS = 5, np.timedelta64(60, "D")
SERIAL_1970 = 25_569


@dataclass(frozen=True, slots=True)
class Times:
    """Times of posts.

    Attributes:
        column: the column with the times, or several, separated by commas.
        values: times in UTC, to the second, (N,); NaT if missing.
        unreadable: number of posts whose cell is not a time from 1970 to 2100.
        notes: how ambiguous notations were read.
    """

    column: str
    values: Seconds
    unreadable: int
    notes: tuple[str, ...] = ()


def find_times(columns: dict[str, list[object]], named: str | None) -> Times | None:
    """The times of the posts; None if no column contains times.

    Args:
        columns: values by name.
        named: the column to read, "" for none; by default the first that has the name of a time and contains some,
            with other such columns that are filled only where it is empty, as in files with different columns.

    Raises:
        SettingError: the named column contains no time.
    """
    if named == "":
        return None
    if named is not None:
        times = read_times(named, columns[named])
        if np.isnat(times.values).all():
            shown = next((repr(value)[:60] for value in columns[named] if value not in (None, "")), "nothing")
            raise SettingError(
                f"The column {named!r} contains no times: {shown}. Write them as 2024-01-31 18:30, or as seconds since "
                "1970."
            )
        return times
    first = {name: next((value for value in values if value is not None), None) for name, values in columns.items()}
    result: Times | None = None
    taken = np.zeros(0, bool)
    for name in candidates(first):
        is_filled = np.array([not _is_missing(value) for value in columns[name]], bool)
        if result is not None and (taken & is_filled).any():
            continue
        times = read_times(name, columns[name])
        if (~np.isnat(times.values)).sum() / max(is_filled.sum(), 1) >= MIN_PARSED_SHARE:
            result, taken = (times, is_filled) if result is None else (_joined(result, times), taken | is_filled)
    return result


def _joined(first: Times, second: Times) -> Times:
    """The times of two columns that are never filled in the same row."""
    values = np.where(np.isnat(first.values), second.values, first.values)
    return Times(
        f"{first.column}, {second.column}",
        values,
        first.unreadable + second.unreadable,
        (*first.notes, *second.notes),
    )


def candidates(columns: Mapping[str, object]) -> list[str]:
    """Columns that may contain the times of posts, by their names or types, the most probable first.

    Args:
        columns: a value of each, by name. Names of values within columns have dots.
    """
    columns = {name: value for name, value in columns.items() if not isinstance(value, Mapping | list)}
    folded = {letters(name): name for name in reversed(list(columns))}
    if folded.keys() >= _ANNOTATION:
        annotated = folded.pop("createdat", None)
        columns = {name: value for name, value in columns.items() if name != annotated}
    usual = [folded[name] for name in NAMES if name in folded]
    words = {name: letters(name, "_") for name in columns}
    possible = {name: value for name, value in columns.items() if not _OTHER_TIME.search(words[name])}
    nested = [name for name in possible if "." in name and letters(name[name.rfind(".") + 1 :]) in NAMES]
    others = [name for name, value in possible.items() if isinstance(value, date) or _TIME_WORD.search(words[name])]
    return list(dict.fromkeys([*usual, *nested, *others]))


def read_times(column: str, values: Sequence[object]) -> Times:
    """Read a column of times.

    If all are written as day, month and year with slashes or dots, a number above 12 is the day; otherwise
    dots mean day first, and slashes the order whose times span fewer days, or month first.
    """
    if (days := _serial_numbers(values)) is not None:
        seconds = np.round((days - SERIAL_1970) * 86_400)
        seconds[np.isnan(days)] = MISSING
        note = f"Numbers in {column!r} were read as days since 1899-12-30, as spreadsheets store times."
        return Times(column, seconds.astype(np.int64).astype("datetime64[s]"), 0, (note,))
    month_first = month_first_of(value for value in values if isinstance(value, str))
    seconds = np.full(len(values), MISSING)
    unreadable = 0
    unknown_zones: Counter[str] = Counter()
    for index, value in enumerate(values):
        if _is_missing(value):
            continue
        when = _in_years_of_posts(utc_time(value, month_first=bool(month_first), unknown_zones=unknown_zones))
        if when is None:
            unreadable += 1
        else:
            seconds[index] = int(when.timestamp())
    notes = []
    if month_first is not None:
        notes.append(f"Dates in {column!r} were read as {'month/day/year' if month_first else 'day, month, year'}.")
    for zone, times in unknown_zones.most_common(3):
        notes.append(f"The zone {zone!r} of {plural(times, 'time')} in {column!r} is unknown: read as UTC.")
    return Times(column, seconds.astype("datetime64[s]"), unreadable, tuple(notes))


def _serial_numbers(values: Sequence[object]) -> NDArray[np.float64] | None:
    """The numbers of a column in which all filled cells may be times of a spreadsheet, NaN if missing; else None."""
    days = np.full(len(values), np.nan)
    for index, value in enumerate(values):
        if _is_missing(value):
            continue
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
            return None
        try:
            days[index] = float(value.replace(",", ".") if isinstance(value, str) else value)
        except (ValueError, OverflowError):
            return None
        if not SERIAL_NUMBERS[0] <= days[index] < SERIAL_NUMBERS[1]:
            return None
    return None if np.isnan(days).all() else days


def _is_missing(value: object) -> bool:
    return value is None or value == "" or value != value  # noqa: PLR0124 - NaN and NaT


def _in_years_of_posts(when: datetime | None) -> datetime | None:
    """The time, converted from the Thai calendar if necessary; None if it cannot be the time of a post."""
    if when is not None and when.year - BUDDHIST >= EARLIEST.year and (when.month, when.day) != (2, 29):
        when = when.replace(year=when.year - BUDDHIST)
    return when if when is not None and EARLIEST <= when < LATEST else None


def without_distant(values: Seconds) -> Seconds:
    """The times, with NaT for the few that are far from all others, such as those of a wrong year.

    At most 1 % of the times at each end, or one if there are at least 20, are left out if they are farther from the
    others than five times the span of these, and than 60 days.
    """
    known = np.sort(values[~np.isnat(values)])
    few = max(len(known) // 100, 1)
    if len(known) < MIN_TIMES:
        return values
    first, last = known[few], known[-1 - few]
    far = max(FAR * (last - first), FAR_DAYS)
    return np.where((values < first - far) | (values > last + far), np.datetime64("NaT"), values)


def choose_step(values: Seconds) -> Step:
    """The step by time span: hours up to 3 days, days up to 10 weeks, weeks up to 2 years, then months.

    A longer step is chosen if the mean number of posts in a step is small, or if the times are only days or months.
    """
    known = values[~np.isnat(values)]
    days = float((known.max() - known.min()) / np.timedelta64(1, "D")) if len(known) else 0.0
    shortest: Step = "hour" if not len(known) or not _are_starts(known, "day") else "day"
    if days and _are_starts(known, "month"):
        shortest = "month"
    chosen: Step = next((step for step in STEPS[STEPS.index(shortest) : 3] if days <= MAX_DAYS[step]), "month")
    for step in STEPS[STEPS.index(chosen) + 1 :]:
        if len(known) * DAYS[chosen] >= POSTS_IN_A_STEP * days or days < MIN_STEPS * DAYS[step]:
            break
        chosen = step
    return chosen


def _are_starts(values: Seconds, step: Step) -> bool:
    """Whether all times are starts of periods."""
    starts, index = periods(values, step)
    return bool((starts[index] == values).all())


def periods(values: Seconds, step: Step) -> tuple[Seconds, NDArray[np.int64]]:
    """Starts of all periods from the first to the last post, and the period of each post.

    Weeks begin on Monday.

    Returns:
        Starts (T,), and indices (N,) of periods, -1 for a post without a time.
    """
    known = ~np.isnat(values)
    if step == "week":
        monday = np.datetime64("1970-01-05", "D")
        number = (values.astype("datetime64[D]") - monday).astype(np.int64) // 7
    else:
        unit = {"hour": "h", "day": "D", "month": "M"}[step]
        number = values.astype(f"datetime64[{unit}]").astype(np.int64)
    index = np.full(len(values), -1)
    if not known.any():
        return np.empty(0, "datetime64[s]"), index
    first = number[known].min()
    index[known] = number[known] - first
    every = np.arange(first, number[known].max() + 1)
    if step == "week":
        starts = (np.datetime64("1970-01-05", "D") + 7 * every).astype("datetime64[s]")
    else:
        starts = every.astype(f"datetime64[{unit}]").astype("datetime64[s]")
    return starts, index


def period_name(start: np.datetime64, step: Step) -> str:
    """The name of a period: ``31 Jan 2024, 18:00``, ``31 Jan 2024``, ``week of 29 Jan 2024``, ``Jan 2024``."""
    when = datetime.fromtimestamp(int(start.astype("datetime64[s]").astype(np.int64)), UTC)
    day = f"{when.day} {when:%b %Y}"
    if step == "hour":
        return f"{day}, {when:%H:%M}"
    return {"day": day, "week": f"week of {day}", "month": f"{when:%b %Y}"}[step]
