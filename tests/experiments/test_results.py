import dataclasses
import json

import numpy as np
import pytest

from anymood.evaluation.metrics import classifier_metrics
from anymood.experiments import report
from anymood.experiments.report import write_report
from anymood.experiments.results import numbers
from anymood.experiments.scores import ROW_MEANINGS, ClassifierRuns, adjust, compare, verdict
from anymood.labels import LabelSet


@pytest.fixture(scope="module")
def measured(finished):
    return numbers(finished[2])


def test_the_rows_of_the_tables(finished, measured):
    assert list(measured.systems) == ["SI", "ST", "L-Fus", "SM", "SM_I", "SM_T", "C_v", "C_t", "C_m"]
    assert list(measured.unpaired) == ["C_v", "C_t", "C_m"]
    image, text = (next(c for c in finished[2].trials if c.trial.system == name) for name in ("SI", "ST"))
    mean = (image.rows["SI"] + text.rows["ST"]) / 2
    assert measured.systems["L-Fus"].runs["seed 0"].accuracy == np.mean(mean.argmax(axis=1) == image.truth)
    assert measured.confusions["C_m"].sum() == 2 * 6
    assert measured.statistics["train"]["positive"] == {"both": 8, "text": 2, "image": 2}


def test_the_report_tells_it(finished, measured, tmp_path):
    page = write_report(finished[2], measured, tmp_path, examples=False).read_text(encoding="utf-8")
    results = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    assert set(results["claims"]) == {"a", "b", "c", "d"}
    assert results["rows"]["C_m"]["runs"]["seed 1"]["accuracy"] == measured.systems["C_m"].runs["seed 1"].accuracy
    assert page.count("data:image/png;base64,") == 2
    message = (tmp_path / "report.md").read_text(encoding="utf-8")
    for heading in ("Tables 2 and 3", "Table 4", "Figure 3 in numbers", "The tests behind the claims"):
        assert heading in page
        assert heading in message
    assert sorted(path.name for path in (tmp_path / "figures").iterdir()) == ["confusion.png", "shares.png"]


def row(name, *right):
    """A row whose runs have so many of 100 posts right."""
    probabilities = np.tile([0.9, 0.1], (100, 1))
    truths = [[0] * count + [1] * (100 - count) for count in right]
    return ClassifierRuns(
        name, {f"seed {seed}": classifier_metrics(probabilities, truth) for seed, truth in enumerate(truths)}
    )


def test_an_interval_of_the_first_run():
    measured = row("any", 80, 60).interval("accuracy")
    assert measured.value == pytest.approx(0.8)
    assert (measured.low, measured.high) == pytest.approx((0.72, 0.88), abs=0.015)  # a binomial's 0.8 +- 2 * 0.04


def test_two_classes_have_the_f1_of_the_pleasant_one():
    table = report._scores("", {"C_m": row("C_m", 80, 60)}, LabelSet(("positive", "negative")), {})
    assert table.header[-1] == "F1 of positive"
    f1 = [2 * right / (right + 100) for right in (80, 60)]  # recall 1, precision right / 100
    assert table.rows[0][-1] == f"{50 * sum(f1):.1f} ± {100 * (f1[0] - f1[1]) / 2**0.5:.1f}"
    three = LabelSet(("negative", "neutral", "positive"))
    assert report._scores("", {"C_m": row("C_m", 80)}, three, {}).header[-1] == "macro F1"


def test_a_system_that_gives_the_most_frequent_class_is_marked():
    table = report._scores("", {"SI": row("SI", 80, 60), "ST": row("ST", 30)}, LabelSet(("positive", "negative")), {})
    assert [cells[0] for cells in table.rows] == ["SI *", "ST"]
    assert "exactly that of the most frequent class" in table.note


def test_the_report_spells_out_the_systems(finished, measured, tmp_path):
    write_report(finished[2], measured, tmp_path, examples=False)
    message = (tmp_path / "report.md").read_text(encoding="utf-8")
    for name in measured.systems:
        assert f"| {name} | {ROW_MEANINGS[name]} |" in message
    assert "## Table 1: posts" in message


def test_a_claim_that_was_not_tested_says_what_it_needs(measured):
    nothing = dataclasses.replace(measured, compared=[])
    assert nothing.claims()["d"] == "not tested: it needs the part shares"
    assert dataclasses.replace(nothing, seeds=1).claims()["d"] == "not tested: it needs at least two seeds (--seeds)"


def test_whether_a_claim_holds():
    low, high = ("low", row("low", 50, 51, 52, 50)), ("high", row("high", 80, 82, 81, 80))
    assert verdict(adjust(compare("a", high, low))) == "held"
    worse = verdict(adjust(compare("a", low, high)))
    assert worse == "not held: significantly better in 0 of 1 comparisons, significantly worse in 1"
    same = adjust(compare("a", low, low))
    assert verdict(same) == "not shown: significantly better in 0 of 1 comparisons"
    assert [one.outcome.test for one in same] == ["paired t", "Welch's t"]
    assert verdict(compare("a", ("one", row("one", 5)), ("one", row("one", 5)))).startswith("not tested")


def test_intervals_of_few_seeds_are_cut_at_100_points():
    wide = adjust(compare("a", ("C_m", row("C_m", 90, 60)), ("SM", row("SM", 50, 55))))
    table = report._comparisons(wide)
    assert table.rows[0][4] == "-100.0 to +100.0"
    assert "the seeds are too few; give more (--seeds)" in table.note
    narrow = adjust(compare("a", ("C_m", row("C_m", 80, 82, 81)), ("SM", row("SM", 70, 71, 72))))
    assert "too few" not in report._comparisons(narrow).note
