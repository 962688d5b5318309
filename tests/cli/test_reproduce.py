import json

import pytest

pytest.importorskip("torch")

QUICK = (
    *("--image-encoder", "test_efficientnet", "--image-weights", "none"),
    *("--epochs", "1", "--batch-size", "16", "--threads", "1", "--seeds", "1"),
)


def test_a_study_becomes_a_report_and_continues(anymood, table, tmp_path, monkeypatch):
    monkeypatch.setenv("ANYMOOD_CACHE", str(tmp_path / "cache"))
    study = ("reproduce", "table", table, "-o", tmp_path / "study", *QUICK, "--no-examples", "--parts", "paper")
    code, out, err = anymood(*study, "--systems", "MT")
    assert (code, out) == (0, ""), err
    assert "[1/1] " in err
    assert "The report is " in err
    results = json.loads((tmp_path / "study" / "results.json").read_text(encoding="utf-8"))
    assert results["study"]["name"] == "table"
    report = (tmp_path / "study" / "report.html").read_text(encoding="utf-8")
    assert "Table 5" not in report
    code, _, err = anymood(*study, "--systems", "MT")
    assert (code, "1 of 1 trainings were finished before" in err) == (0, True)
    code, _, err = anymood(*study, "--systems", "MT", "SM")
    assert "Claim a, not shown: significantly better in 0 of 1 comparisons. With text and image, the multitask" in err


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("table", "nowhere.csv"), 1, "nowhere.csv does not exist"),
        (("nothing", "posts.csv"), 2, "Invalid value"),
        (("table", "posts.csv", "--parts", "--seeds", "2"), 2, "Name at least one of the parts"),
    ],
)
def test_invalid_options_are_reported(anymood, tmp_path, arguments, code, message):
    status, _, err = anymood("reproduce", *arguments, "-o", tmp_path / "study")
    assert (status, message in " ".join(err.split())) == (code, True), err
