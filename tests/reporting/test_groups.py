"""Reports by group: differences between groups, and their names."""

from pathlib import Path

import numpy as np
import pandas
import pytest
from scored_tables import table, write_csv, write_json_lines

import anymood
from anymood.errors import SettingError
from anymood.jobs import predict_files


def test_a_group_that_differs_is_reported(tmp_path, corrected):
    sad, glad = table(300, 1, (0.7, 0.2, 0.1)), table(300, 2, (0.1, 0.2, 0.7))
    for row in sad:
        row["team"] = "sad"
    for row in glad:
        row["team"] = "glad"
    report = anymood.report(write_csv(tmp_path / "s.csv", sad + glad), model=corrected.folder, by="team")
    [breakdown] = report.breakdowns
    differences = {each.label: each for each in breakdown.differences}
    assert {each.first for each in breakdown.differences} == {"sad"}
    assert differences["negative"].p_value < 0.001
    assert differences["negative"].difference == pytest.approx(0.6, abs=0.15)
    assert differences["negative"].low > 0.4
    assert {each.word for each in breakdown.words["glad"]} >= {"sun"}


def test_without_a_difference_none_is_reported(csv_file, corrected):
    report = anymood.report(csv_file, model=corrected.folder, by="campaign")
    assert all(each.p_value > 0.05 for each in report.breakdowns[0].differences)
    assert report.breakdowns[0].words == {"red": (), "blue": ()}


def test_files_are_compared(tmp_path, bundle):
    first, second = (write_csv(tmp_path / f"{name}.csv", table(60, seed)) for seed, name in enumerate(("may", "june")))
    [breakdown] = anymood.report([first, second], model=bundle.folder, by="file").breakdowns
    assert [(group.name, group.posts) for group in breakdown.groups] == [("may.csv", 60), ("june.csv", 60)]
    predict_files(anymood.load(bundle.folder), [first, second], tmp_path / "both.parquet")
    [breakdown] = anymood.report(tmp_path / "both.parquet", model=bundle.folder, by="file").breakdowns
    assert [(group.name, group.posts) for group in breakdown.groups] == [("may.csv", 60), ("june.csv", 60)]
    with pytest.raises(SettingError, match="There is no column 'file' in may.csv.*'file' compares several tables"):
        anymood.report(first, model=bundle.folder, by="file")
    with pytest.raises(SettingError, match="Shares by month are shown with --every month or every='month'"):
        anymood.report(first, model=bundle.folder, by="Month")
    with pytest.raises(SettingError, match="--by 'id' --by 'text' or by="):
        anymood.report(first, model=bundle.folder, by="id, text")
    (tmp_path / "new").mkdir()
    newer = write_csv(tmp_path / "new" / "may.csv", table(50))
    [breakdown] = anymood.report([first, newer], model=bundle.folder, by="file").breakdowns
    assert {group.name: group.posts for group in breakdown.groups} == {
        str(Path(tmp_path.name, "may.csv")): 60, str(Path("new", "may.csv")): 50,
    }  # fmt: skip
    rows = [row | {"file": "mine"} for row in table(60)]
    both = [write_csv(tmp_path / f"{name}.csv", rows) for name in "ab"]
    [breakdown] = anymood.report(both, model=bundle.folder, by="file").breakdowns
    assert [group.name for group in breakdown.groups] == ["mine"]


@pytest.mark.parametrize("middle", ["/" * 5, "/" * 60])
@pytest.mark.parametrize("end", ["/", "/" * 60])
def test_long_names_of_groups_are_distinguished(tmp_path, bundle, middle, end):
    rows = table(60)
    for number, row in enumerate(rows):
        row["campaign"] = f"https://example.org/{middle}{number % 2}{end}"
    [breakdown] = anymood.report(write_csv(tmp_path / "s.csv", rows), model=bundle.folder, by="campaign").breakdowns
    assert [group.posts for group in breakdown.groups] == [30, 30]
    assert len({group.name for group in breakdown.groups}) == 2
    assert all(len(group.name) <= 60 for group in breakdown.groups) or (middle, end) == (60 * "/", 60 * "/")


def test_many_groups_and_missing_values(tmp_path, bundle, rows):
    for number, row in enumerate(rows):
        row["campaign"] = "" if number % 10 == 0 else f"group {number % 40}"
    [breakdown] = anymood.report(write_csv(tmp_path / "s.csv", rows), model=bundle.folder, by="campaign").breakdowns
    assert sum(group.posts for group in breakdown.groups) == 300
    assert breakdown.groups[-1].name == "all others"
    assert "(none)" in {group.name for group in breakdown.groups}


def test_names_are_found_regardless_of_case(csv_file, bundle):
    assert anymood.report(csv_file, model=bundle.folder, by="Campaign").breakdowns[0].column == "campaign"


def test_columns_that_differ_in_case_are_kept_apart(rows, tmp_path, bundle):
    both = [row | {"Campaign": "spring"} for row in rows]
    report = anymood.report(write_csv(tmp_path / "s.csv", both), model=bundle.folder, by=["campaign", "Campaign"])
    assert [(each.column, each.values) for each in report.breakdowns] == [("campaign", 2), ("Campaign", 1)]


def test_groups_of_lists_and_bytes(bundle):
    """Pandas has arrays where Parquet has lists, and bytes where Hive has texts."""
    values = {"tags": [np.array(["a"]), np.array([]), None, np.array(["a"])], "team": [b"x", b"y", None, b"x"]}
    frame = pandas.DataFrame({"text": ["love", "awful", "love", "love"], **values})
    report = anymood.report(frame, model=str(bundle.folder), by=["tags", "team"])
    names = [[(group.name, group.posts) for group in each.groups] for each in report.breakdowns]
    assert [sorted(each) for each in names] == [
        [("(none)", 2), ("a", 2)],
        [("(none)", 1), ("x", 2), ("y", 1)],
    ]


def test_columns_of_objects_are_refused(tmp_path, bundle):
    path = write_json_lines(tmp_path / "posts.jsonl", [{"text": "love", "user": {"name": "ada", "lang": "en"}}])
    with pytest.raises(SettingError, match=r"'user' contains objects in .*Name a value in them: user\.lang, u"):
        anymood.report(path, model=bundle.folder, by="user")
