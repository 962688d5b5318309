from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from zoneinfo import available_timezones

import numpy as np
import pytest

from anymood.errors import SettingError
from anymood.reporting.times import choose_step, find_times, period_name, periods, read_times, without_distant

NOON = np.datetime64("2024-03-05T12:00:00")


@pytest.mark.parametrize(
    "written",
    [
        "2024-03-05T12:00:00Z",
        "2024-03-05 12:00:00",
        "2024-03-05T14:00:00+02:00",
        "2024/03/05 12:00",
        "2024-03-05T12:00:00.123456",
        "Tue Mar 05 12:00:00 +0000 2024",
        "Tue, 05 Mar 2024 12:00:00 GMT",
        "Tue, 05 Mar 2024 14:00:00 +0200",
        "2024/03/05 1:00:00 PM GMT+1",
        "2024-03-05 12:00:00 PM",
        "05.03.24 12:00",
        "5.3.2024, 12:00:00",
        "Mar 5, 2024 12:00 PM",
        "March 5, 2024, 12:00 p.m.",
        "05-Mar-2024 12:00",
        "5 March 2024, 12:00",
        "Tue Mar 5 2024 12:00:00",
        "5 mar 2024 12:00",
        "5 de marzo de 2024, a las 12:00",
        "mar. 5 mars 2024 12:00",
        "5. März 2024 12:00",
        "5 Mart 2024 12:00",
        "2024年3月5日 12:00",
        "2024年03月05日12時00分",
        "2024. 3. 5. 12:00",
        "2024. 3. 5. 오후 12:00",
        "2024/3/5 下午 12:00:00",
        "05.03.2024 12.00",
        "5.3.2024 klo 12.00.00",
        "2024-03-05 14:00:00+02",
        "20240305T120000Z",
        "20240305T1200",
        "20240305120000",
        "202403051200",
        "20240305 14:00:00+02:00",
        "2024-03-05T12",
        "05-Mar-24 12:00",
        "05-MAR-24 12.00.00.000000 PM",
        "5th March 2024 12:00",
        "05/Mar/2024:12:00:00 +0000",
        "'2024-03-05 12:00",
        "\u200e5.3.2024, 12:00",
        "2024-03-05T13:00:00+01:00[Europe/Berlin]",
        "Tue, 05 Mar 2024 07:00:00 EST",
        "2024-03-05 7:00 AM EST",
        "2024-03-05 14:00 UTC+2",
        "2024-03-05 14:00:00 GMT+0200",
        "1709640000",
        1709640000,
        1709640000000,
        1709640000.0,
        1709640000000000,
        "1709640000000000000",
        Decimal(1709640000),
        "2567-03-05 12:00",  # in Thailand
        datetime(2024, 3, 5, 12),
        datetime(2024, 3, 5, 7, tzinfo=timezone(timedelta(hours=-5))),
        np.datetime64("2024-03-05T12:00:00.000"),
    ],
)
def test_ways_of_writing_a_time(written):
    assert read_times("when", [written]).values[0] == NOON


@pytest.mark.skipif(not available_timezones(), reason="no database of time zones is installed")
@pytest.mark.parametrize(
    "written",
    [
        "2024-03-05 13:00 Europe/Berlin",
        "2024-03-05T07:00:00 America/New_York",
        "3/5/2024 9:00 PM (Asia/Tokyo)",
        "5 Mar 2024, 09:00:00 America/Argentina/Buenos_Aires",
    ],
)
def test_time_zones(written):
    assert read_times("when", [written]).values[0] == NOON


@pytest.mark.parametrize(
    "written",
    [
        *("2024-03-05", "2024/3/5", date(2024, 3, 5), "05.03.2024", "05-Mar-24"),
        *("20240305", 20240305, 20240305.0, "20240305.0"),
    ],
)
def test_days(written):
    assert read_times("when", [written]).values[0] == np.datetime64("2024-03-05T00:00:00")


@pytest.mark.parametrize(("written", "hour"), [("12:30 am", 0), ("1:30 AM", 1), ("1:30 pm", 13), ("11:30 PM", 23)])
def test_half_days(written, hour):
    times = read_times("when", [f"3/25/2024 {written}", f"3/25/24 {written}", f"2024-03-25 {written}"])
    assert times.values.tolist() == [datetime(2024, 3, 25, hour, 30)] * 3


@pytest.mark.parametrize(("written", "hour"), [("上午 12:30", 0), ("오전 1:30", 1), ("下午1:30", 13)])
def test_half_days_before_the_time(written, hour):
    assert read_times("when", [f"2024/3/25 {written}"]).values.tolist() == [datetime(2024, 3, 25, hour, 30)]


def test_a_number_above_12_tells_which_is_the_day():
    american = read_times("when", ["03/05/2024 12:00", "03/25/2024"])
    british = read_times("when", ["05/03/2024 12:00", "25/03/2024"])
    assert american.values[0] == british.values[0] == NOON
    assert american.notes == ("Dates in 'when' were read as month/day/year.",)
    assert british.notes == ("Dates in 'when' were read as day, month, year.",)


def test_otherwise_the_order_with_the_shorter_span():
    british = read_times("when", ["01/03/2024", "02/03/24 12:00", "06/03/2024"])
    american = read_times("when", ["03/01/2024", "03/02/24 12:00", "03/06/2024"])
    assert british.values.tolist() == american.values.tolist()
    assert ("day, month" in british.notes[0], "month/day" in american.notes[0]) == (True, True)
    assert "month/day" in read_times("when", ["03/05/2024"]).notes[0]


@pytest.mark.parametrize("written", ["45356.5", 45356.5, Decimal("45356.5"), "45356,5"])
def test_numbers_of_spreadsheets_are_read_if_all_of_a_column_are_such_numbers(written):
    times = read_times("when", [written, None, "45357"])
    assert times.values.tolist() == [datetime(2024, 3, 5, 12), None, datetime(2024, 3, 6)]
    assert times.notes == ("Numbers in 'when' were read as days since 1899-12-30, as spreadsheets store times.",)
    for other in ("soon", "2024-03-05", 12, True, 1709640000):
        mixed = read_times("when", [written, other])
        assert np.isnat(mixed.values[0])
        assert not mixed.notes


def test_times_in_unknown_zones_are_noted():
    times = read_times("when", ["2024-03-05 12:00 BST", "2024-03-05 12:00 Europe/Berlino", "2024-03-05 12:00 TUE"])
    assert set(times.values.tolist()) == {datetime(2024, 3, 5, 12)}
    assert times.notes == (
        "The zone 'BST' of 1 time in 'when' is unknown: read as UTC.",
        "The zone 'Europe/Berlino' of 1 time in 'when' is unknown: read as UTC.",
    )


@pytest.mark.parametrize("missing", [None, "", float("nan"), np.datetime64("NaT", "s")])
def test_missing(missing):
    times = read_times("when", [missing, "soon", "2024-03-05"])
    assert (times.unreadable, np.isnat(times.values).tolist()) == (1, [True, True, False])


@pytest.mark.parametrize(
    "strange", ["yesterday", "12", "2024-13-45", True, [1], "99/99/2024", "\x00", "Mar 5 14:05", 20241345]
)
def test_what_is_not_a_time(strange):
    assert read_times("when", [strange]).unreadable == 1


@pytest.mark.parametrize(
    "name",
    [
        "Created At",
        "Date (GMT)",
        "createTimeISO",
        "Post Created",
        "Publish time",
        "Zeitstempel",
        "created-at",
        "published_on",
        "post.record.createdAt",
        "created_at.$date",
        "Hora de publicación",
        "YAYINLANMA TARİHİ",
        "公開日時",
        "event_ts",
        "comment_created_utc",
    ],
)
def test_names_of_columns(name):
    assert find_times({"text": ["2024-03-05"], name: ["2024-03-05"]}, None).column == name


def test_times_are_found_by_their_type_but_not_those_of_accounts():
    moments = [datetime(2024, 3, 5), None]
    assert find_times({"updated": moments, "公開": moments}, None).column == "公開"
    assert find_times({"post.author.createdAt": moments, "post.createdAt": moments}, None).column == "post.createdAt"
    assert find_times({"user_created_date": moments, "updated": moments}, None) is None


def test_times_of_annotations_are_not_those_of_posts():
    """As Label Studio exports CSV."""
    columns = {"annotation_id": ["1"], "lead_time": ["5.1"], "created_at": [datetime(2024, 3, 5)]}
    assert find_times(columns, None) is None
    assert find_times({**columns, "date": ["2023-01-02"]}, None).column == "date"
    assert find_times(columns, "created_at").column == "created_at"
    assert find_times({"created_at": columns["created_at"]}, None).column == "created_at"


@pytest.mark.parametrize("month", range(1, 13))
def test_months_in_several_languages(month):
    names = {
        "es": "ene feb mar abr may jun jul ago sept oct nov dic",
        "pt": "jan fev mar abr mai jun jul ago set out nov dez",
        "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
        "it": "gen feb mar apr mag giu lug ago set ott nov dic",
        "de": "Jan Feb März Apr Mai Jun Jul Aug Sep Okt Nov Dez",
        "nl": "jan feb maart apr mei jun jul aug sep okt nov dec",
        "tr": "Oca Şub Mar Nis May Haz Tem Ağu Eyl Eki Kas Ara",
        "pl": "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia",
        "ru": "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    }
    written = [f"9 {of_year.split()[month - 1]} 2024" for of_year in names.values()]
    assert set(read_times("when", written).values.tolist()) == {datetime(2024, month, 9)}


def test_times_may_be_left_out_and_0_is_none():
    columns = {"created": ["1970-01-01", 0, "1970-01-01T00:00:00Z", "2024-03-05", "2024-03-06", "2024-03-06"]}
    assert find_times(columns, None).unreadable == 3
    assert find_times(columns, "") is None


@pytest.mark.parametrize(
    "nothing",
    [
        *("0001-01-01T00:00:00", "1899-12-30", date(1900, 1, 1), "9999-12-31", "1403/11/12", "2568-02-29"),
        datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=8))),
        datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-8))),
        *(np.datetime64("20000-01-01"), np.datetime64("-5000-01-01")),
    ],
)
def test_what_programs_write_for_a_missing_time_is_none(nothing):
    times = read_times("when", [nothing, "2024-03-05"])
    assert (times.unreadable, np.isnat(times.values).tolist()) == (1, [True, False])


def test_columns_of_several_files_are_joined():
    columns = {
        "date": ["05.03.2024", None, "", None],
        "created_at": [None, "03/25/2024", None, "soon"],
        "time": ["12:00", None, None, None],  # beside the date
        "posted": [None, None, "no", None],
    }
    times = find_times(columns, None)
    assert (times.column, times.unreadable) == ("created_at, date", 1)
    assert times.notes == (
        "Dates in 'created_at' were read as month/day/year.",
        "Dates in 'date' were read as day, month, year.",
    )
    days = [each and each.date().isoformat() for each in times.values.tolist()]
    assert days == ["2024-03-05", "2024-03-25", None, None]


def test_a_column_is_found_by_name_and_content():
    columns = {"date": ["n/a", "?"], "Created_At": ["2024-03-05", ""], "text": ["2024-03-05", "x"]}
    assert find_times(columns, None).column == "Created_At"
    assert find_times({"text": ["2024-03-05"]}, None) is None
    assert find_times(columns, "text").column == "text"
    with pytest.raises(SettingError, match="'date' contains no times: 'n/a'"):
        find_times(columns, "date")


@pytest.mark.parametrize(("days", "step"), [(0, "hour"), (2, "hour"), (10, "day"), (200, "week"), (2000, "month")])
def test_the_step_follows_from_the_span(days, step):
    values = NOON + np.linspace(0, days * 86_400, 2000).astype("timedelta64[s]")
    assert choose_step(np.append(values, np.datetime64("NaT", "s"))) == step


@pytest.mark.parametrize(
    ("days", "posts", "step"),
    [(60, 300, "week"), (60, 700, "day"), (60, 30, "week"), (9, 10, "day"), (700, 300, "month"), (2, 40, "hour")],
)
def test_few_posts_are_shown_in_longer_steps(days, posts, step):
    assert choose_step(NOON + np.linspace(0, days * 86_400, posts).astype("timedelta64[s]")) == step


@pytest.mark.parametrize(
    ("days", "step"),
    [
        (["2024-03-01", "2024-03-02", "2024-03-03"], "day"),
        (["2024-03-01", "2024-04-01", "2024-06-01"], "month"),
        (["2024-03-01", "2024-03-02T10:00"], "hour"),
        (["2024-03-01"], "day"),
    ],
)
def test_steps_are_not_shorter_than_the_times(days, step):
    assert choose_step(np.array(300 * days, "datetime64[s]")) == step


@pytest.mark.parametrize("written", ["2024-02", "2024/2", "02/2024", "2.2024", "Feb 2024", "février 2024"])
def test_a_month_is_its_first_day(written):
    assert str(read_times("when", [written]).values[0]) == "2024-02-01T00:00:00"


def test_the_few_times_that_are_far_from_all_others_are_left_out():
    days = np.array("2024-03-01", "datetime64[s]") + np.arange(99) * np.timedelta64(1, "D")
    wrong = np.array(["1998-01-01", "NaT"], "datetime64[s]")
    assert np.isnat(without_distant(np.append(days, wrong))).tolist() == 99 * [False] + [True, True]
    later = np.append(days, days[-1] + np.timedelta64(300, "D"))  # less than five times the span of the others
    assert not np.isnat(without_distant(later)).any()
    assert not np.isnat(without_distant(np.append(days[:10], wrong[:1]))).any()  # too few to know


def test_nothing_to_choose_by():
    nothing = np.array(["NaT"], "datetime64[s]")
    assert choose_step(nothing) == "hour"
    starts, index = periods(nothing, "week")
    assert (len(starts), index.tolist()) == (0, [-1])


def test_weeks_begin_on_monday_and_have_no_gaps():
    days = ["2024-01-07", "2024-01-08", "2024-01-28", "NaT"]  # a Sunday, a Monday, a Sunday
    starts, index = periods(np.array(days, "datetime64[s]"), "week")
    assert [str(start)[:10] for start in starts] == ["2024-01-01", "2024-01-08", "2024-01-15", "2024-01-22"]
    assert index.tolist() == [0, 1, 3, -1]


@pytest.mark.parametrize(
    ("step", "name"),
    [("hour", "5 Mar 2024, 12:00"), ("day", "5 Mar 2024"), ("week", "week of 5 Mar 2024"), ("month", "Mar 2024")],
)
def test_names(step, name):
    assert period_name(NOON, step) == name


def test_months():
    starts, index = periods(np.array(["2023-12-31", "2024-02-01"], "datetime64[s]"), "month")
    assert [str(start)[:7] for start in starts] == ["2023-12", "2024-01", "2024-02"]
    assert index.tolist() == [0, 2]


def test_before_1970():
    starts, _ = periods(np.array(["1969-12-31T23:59:59"], "datetime64[s]"), "week")
    assert str(starts[0])[:10] == "1969-12-29"
