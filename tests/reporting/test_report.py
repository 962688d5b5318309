"""Reports as a whole: shares, times, problems, options, files."""

import json

import numpy as np
import pytest
from scored_tables import LABELS, table, write_csv

import anymood
from anymood.errors import InputError, SettingError, TableError


def test_shares_are_counted_without_a_correction(csv_file, rows, bundle):
    report = anymood.report(csv_file, model=bundle.folder)
    assert (report.rows, report.total.posts, report.labels) == (300, 300, LABELS)
    assert not report.method.corrected
    assert repr(report).startswith(f"<Report {report.title!r}: negative ")
    for share in report.total.shares:
        counted = np.mean([row["label"] == share.label for row in rows])
        assert share.share == share.counted == pytest.approx(counted)
        assert share.low < share.share < share.high


def test_corrected_shares(tmp_path, corrected):
    true = (0.15, 0.7, 0.15)
    report = anymood.report(write_csv(tmp_path / "s.csv", table(1000, shares=true)), model=corrected.folder)
    assert report.method.corrected
    assert report.method.labelled == "1,500 posts"
    for share, expected in zip(report.total.shares, true, strict=True):
        assert share.low <= expected <= share.high
    neutral = report.total.shares[1]
    assert abs(neutral.share - 0.7) < abs(neutral.counted - 0.7) / 2


def test_bundled_models_are_not_corrected(csv_file, corrected, monkeypatch):
    assert anymood.report(csv_file, model=corrected.folder).method.corrected
    monkeypatch.setattr("anymood.reporting.correction.is_bundled", lambda folder: folder == corrected.folder)
    assert not anymood.report(csv_file, model=corrected.folder).method.corrected


def test_time(rows, tmp_path, bundle):
    rows[0]["created"] = "soon"
    rows[1]["created"] = ""
    series = anymood.report(write_csv(tmp_path / "s.csv", rows), model=bundle.folder).series
    assert (series.step, series.column, len(series.periods), series.undated) == ("day", "created", 20, 2)
    assert sum(period.posts for period in series.periods) == 298
    assert series.periods[0].start == "2024-05-01T00:00:00Z"
    assert "1 cell that cannot be read" in series.notes[0]
    weekly = anymood.report(tmp_path / "s.csv", model=bundle.folder, every="week").series
    assert weekly.periods[0].name == "week of 29 Apr 2024"


def test_the_words_of_an_unusual_day(rows, tmp_path, bundle):
    for row in rows:
        if row["created"].startswith("2024-05-03"):
            row["text"] = f"the main gate is closed {row['text']}"
    report = anymood.report(write_csv(tmp_path / "s.csv", rows), model=bundle.folder)
    [(day, [words])] = report.series.words.items()
    assert (day, words.word in words.phrase, words.posts, words.share) == ("3 May 2024", True, 15, 1.0)
    assert words.example.startswith("the main gate is closed")
    page = report.to_html()
    assert '<b><bdi dir="auto">3 May 2024</bdi></b> (15 posts): unusually frequent are' in page
    assert "Words that distinguish a day from all others" in page


def test_a_few_wrong_times_are_left_out_of_the_chart(rows, tmp_path, bundle):
    rows[0]["created"] = "1971-01-01"
    series = anymood.report(write_csv(tmp_path / "s.csv", rows), model=bundle.folder, by="campaign").series
    assert (series.step, len(series.periods), series.undated) == ("day", 20, 0)
    assert "Left out here: 1 post far before or after all others, such as of 1971-01-01." in series.notes[0]


def test_many_wrong_times_are_an_error(rows, tmp_path, bundle):
    for row in rows[:10]:
        row["created"] = "1971-01-01"
    with pytest.raises(SettingError, match="Check for wrong times"):
        anymood.report(write_csv(tmp_path / "s.csv", rows), model=bundle.folder)
    with pytest.raises(SettingError, match="Choose a longer step"):
        anymood.report(tmp_path / "s.csv", model=bundle.folder, every="hour")


def test_a_column_with_the_name_of_a_time_that_has_none_is_noted(rows, tmp_path, bundle):
    posts = [{"text": row["text"], "date": "2 days ago"} for row in rows[:5]]
    path = write_csv(tmp_path / "posts.csv", posts)
    note = "Few cells of the column 'date' can be read as times: '2 days ago'."
    assert note in anymood.report(path, model=bundle.folder).method.reading
    assert note not in anymood.report(path, model=bundle.folder, created="").method.reading


def test_problems_are_counted_by_reason(rows, tmp_path, bundle):
    for row in rows[:7]:
        row |= {"label": "", "p_negative": "", "p_neutral": "", "p_positive": "", "used": "none", "text": "",
                "problem": "s.csv:1: its image does not exist", "reason": "missing image"}  # fmt: skip
    rows[8] |= {"problem": "cut", "reason": "too many words"}
    report = anymood.report(write_csv(tmp_path / "s.csv", rows), model=bundle.folder)
    assert [(each.reason, each.posts, each.without_label) for each in report.problems] == [
        ("missing image", 7, 7), ("too many words", 1, 0),
    ]  # fmt: skip
    assert (report.rows, report.total.posts) == (300, 293)


def test_saved(csv_file, tmp_path, bundle):
    report = anymood.report(csv_file, model=bundle.folder, by="campaign", title="Mine")
    report.save(tmp_path / "r.json")
    read = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    assert (read["format"], read["title"], len(read["breakdowns"][0]["groups"])) == ("anymood-report", "Mine", 2)
    report.save(tmp_path / "r.html")
    assert (tmp_path / "r.html").read_text(encoding="utf-8") == report.to_html()
    assert "iframe" in report._repr_html_()
    with pytest.raises(SettingError, match=".html, .htm or .json"):
        report.save(tmp_path / "r.pdf")
    with pytest.raises(SettingError, match="no folder"):
        report.save(tmp_path / "none" / "r.html")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"by": "kampaign"}, "no column 'kampaign'.*Did you mean 'campaign'"),
        ({"created": "text"}, "'text' contains no times"),
        ({"every": "year"}, "no step 'year'"),
        ({"model": "gone"}, "no model 'gone'"),
        ({"labelled": {"text": ["love"]}}, "labelled posts are in a file, but a dict was given"),
        ({"label": "verdict"}, "'verdict' is one of labelled posts. Give their table, too"),
    ],
)
def test_options_that_cannot_be_used(csv_file, options, message):
    with pytest.raises(InputError, match=message):
        anymood.report(csv_file, **options)


def test_posts_without_a_label_are_an_error(tmp_path, bundle):
    path = write_csv(tmp_path / "raw.csv", [{"text": ""}, {"text": " "}])
    with pytest.raises(TableError, match="2 posts, none with a label: nothing to see"):
        anymood.report(path, model=bundle.folder)
    (tmp_path / "empty.csv").write_text("text\n")
    with pytest.raises(TableError, match=r"0 posts, none with a label\."):
        anymood.report(tmp_path / "empty.csv", model=bundle.folder)
    with pytest.raises(TableError):
        anymood.report(tmp_path / "gone.csv", model=bundle.folder)
