"""Shares corrected with labelled posts of the user."""

import pandas as pd
import pytest
from scored_tables import write_csv

import anymood
from anymood.errors import SettingError, TableError


def test_labelled_posts_of_the_user(tmp_path, bundle):
    words = {"negative": "awful sad", "neutral": "table report", "positive": "love happy"}
    labelled = write_csv(tmp_path / "mine.csv", [{"text": w, "label": k} for k, w in words.items() for _ in range(25)])
    path = write_csv(tmp_path / "raw.csv", [{"text": w} for w in words.values()] * 20)
    report = anymood.report(path, model=bundle.folder, labelled=labelled)
    assert report.method.labelled == "75 labelled posts of mine.csv"
    for share in report.total.shares:
        assert share.share == pytest.approx(1 / 3, abs=0.1)


def test_labelled_posts_without_information(tmp_path, bundle):
    words, names = ["awful sad", "table report", "love happy"], ["negative", "neutral", "positive"]
    rows = [{"text": word, "label": name} for word in words for name in names]
    labelled = write_csv(tmp_path / "mine.csv", rows * 25)
    path = write_csv(tmp_path / "raw.csv", [{"text": word} for word in words] * 20)
    report = anymood.report(path, model=bundle.folder, labelled=labelled)
    assert report.is_undetermined
    assert "Some of these shares cannot be estimated" in report.to_html()
    assert not anymood.report(path, model=bundle.folder).is_undetermined


def test_labels_in_another_column(tmp_path, csv_file, bundle):
    labelled = write_csv(tmp_path / "mine.csv", [{"text": "love", "verdict": k} for k in ("negative", "positive")])
    with pytest.raises(TableError, match="no label column.*--label-column"):
        anymood.report(csv_file, model=bundle.folder, labelled=labelled)
    with pytest.raises(SettingError, match="too few labelled posts"):
        anymood.report(csv_file, model=bundle.folder, labelled=labelled, label="verdict")


def test_too_few_labelled_posts(tmp_path, csv_file, bundle):
    labelled = write_csv(tmp_path / "mine.csv", [{"text": "love", "label": k} for k in ("negative", "positive")])
    with pytest.raises(SettingError, match="mine.csv.*too few labelled posts.*at least 20"):
        anymood.report(csv_file, model=bundle.folder, labelled=labelled)


def test_posts_that_another_model_scored(tmp_path, bundle):
    words = {"negative": "awful sad", "neutral": "table report", "positive": "love happy"}
    labelled = write_csv(tmp_path / "mine.csv", [{"text": w, "label": k} for k, w in words.items() for _ in range(25)])
    frame = pd.DataFrame({"text": list(words.values()) * 20})
    scored = anymood.load(bundle.folder).predict_frame(frame)
    scored.to_csv(tmp_path / "scored.csv")
    assert anymood.report(tmp_path / "scored.csv", model=bundle.folder, labelled=labelled).method.corrected
    scored.rename(columns={"p_positive": "p_negative", "p_negative": "p_positive"}).to_csv(tmp_path / "other.csv")
    with pytest.raises(SettingError, match=r"another model .* differ by a factor of \d+\.\d or more.*--model"):
        anymood.report(tmp_path / "other.csv", model=bundle.folder, labelled=labelled)
    assert anymood.report(tmp_path / "scored.csv", model=bundle.folder).method.model == bundle.name
    counted = anymood.report(tmp_path / "other.csv", model=bundle.folder)
    assert counted.method.model == "unknown"
    assert "scored by another model than" in counted.to_html()
