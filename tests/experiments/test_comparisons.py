import json
from dataclasses import replace

import numpy as np
import pytest

from anymood.experiments.comparisons import PartResult, learnt_numbers, missing_shares, part_results
from anymood.experiments.report import write_report
from anymood.experiments.results import numbers
from anymood.experiments.study import Trial


@pytest.fixture(scope="module")
def invented(finished):
    """A study as if each fusion and weighting had been tried, the gated one with all right, the sum with all wrong."""
    result = finished[2]
    plain = [one for one in result.trials if one.trial.system == "MT" and one.trial.is_experiment_1]
    trials = list(result.trials)
    for one in plain:
        right = np.eye(len(result.posts.labels))[one.truth]
        for field, name, rows in (
            ("fusion", "gated", right),
            ("fusion", "sum", np.roll(right, 1, axis=1)),
            ("fusion", "central", right),
            ("weighting", "uncertainty", right),
        ):
            epochs = [
                record | {"fusion": {"image 0": 0.1 * e, "text 0": 0.5}, "weights": {"text": 1 + e, "fused": 1.0}}
                for e, record in enumerate(one.epochs * (3 if one.trial.seed else 2))
            ]
            trial = Trial("MT", one.trial.seed, **{field: name})
            trials.append(replace(one, trial=trial, rows=one.rows | {"C_m": rows}, epochs=epochs))
    study = replace(result.study, parts=(*result.study.parts, "fusions", "weights"))
    return replace(result, study=study, trials=trials)


def test_a_study_tells_in_words_what_helped(invented):
    message = numbers(invented).in_words()
    assert [line[:8] for line in message[:4]] == [f"Claim {letter}," for letter in "abcd"]
    assert message[0].endswith(" With text and image, the multitask C_m is ahead of the single-task SM.")
    assert any(line.startswith("Fusions. C_m, against concatenation: ") for line in message)
    assert any(line.startswith("Weights of the losses. C_m, against fixed: ") for line in message)


def test_a_study_that_was_interrupted_resumes(compared):
    _, message, result = compared
    assert message[6] == "6 of 12 trainings were finished before."
    assert len(message) == 6 + 1 + 6
    assert {one.trial.system for one in result.trials} == set(result.study.systems)


def test_the_rows_of_the_systems(compared):
    results = part_results(compared[2])
    assert list(results) == ["systems", "missing"]
    assert [row.name for row in results["systems"].rows] == ["multitask", "chen-2017", "xu-2017", "you-2017"]
    assert [row.name for row in results["missing"].rows] == ["multitask", "nearest", "zeros"]
    routed, chen, *_ = results["systems"].rows
    trial = next(one for one in compared[2].trials if one.trial.system == "MT")
    right = np.mean(trial.rows["C_v"].argmax(axis=1) == trial.truth)
    assert routed.columns["image alone"].runs["seed 0"].accuracy == right
    assert chen.parameters > 0
    assert chen.seconds > 0
    assert "word vectors" in chen.note
    assert all(len(row.trials) == 2 for row in results["systems"].rows)
    assert len(results["systems"].compared) == 3 * 3


def test_the_report_tells_of_systems(compared, tmp_path):
    page = write_report(compared[2], numbers(compared[2]), tmp_path, examples=False).read_text(encoding="utf-8")
    message = (tmp_path / "report.md").read_text(encoding="utf-8")
    for heading in (
        "The systems of other papers: what helped",
        "The systems of other papers: descriptions",
        "The systems of other papers: share of the test posts without image",
        "Methods for missing modalities: a modality is missing",
    ):
        assert heading in page
        assert heading in message
    assert {"systems.png", "missing.png"} <= {path.name for path in (tmp_path / "figures").iterdir()}
    results = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    assert results["parts"]["missing"]["rows"]["zeros"]["parameters"] > 0


def test_fusions_and_weights_against_those_of_the_paper(invented, tmp_path):
    results = part_results(invented)
    fusions, weights = results["fusions"], results["weights"]
    assert [row.name for row in fusions.rows] == ["concatenation", "central", "gated", "sum"]
    assert [row.name for row in weights.rows] == ["fixed", "uncertainty"]
    assert "gate z" in next(row.title for row in fusions.rows if row.name == "gated")
    assert {one.second for one in fusions.compared} == {"concatenation"}
    write_report(invented, numbers(invented), tmp_path, examples=False)
    message = (tmp_path / "report.md").read_text(encoding="utf-8")
    same = any(one.outcome.interval is None for one in fusions.compared)
    assert same == ("No interval, and p = 1" in message)
    assert {"fusions.png", "weights.png"} <= {path.name for path in (tmp_path / "figures").iterdir()}


def test_what_was_learnt_over_the_epochs(invented):
    [central] = [row for row in part_results(invented)["fusions"].rows if row.name == "central"]
    values = learnt_numbers(central, "fusion")
    assert set(values) == {"image 0", "text 0"}
    np.testing.assert_allclose(values["image 0"], [[0, 0.1, np.nan], [0, 0.1, 0.2]])


def test_the_words_tell_better_from_worse(invented):
    results = part_results(invented)["fusions"]
    gated, *_ = (one for one in results.compared if (one.claim, one.first) == ("C_m", "gated"))
    better = replace(gated, adjusted=0.01, outcome=replace(gated.outcome, difference=0.02))
    worse = replace(better, first="sum", outcome=replace(gated.outcome, difference=-0.031))
    chance = replace(better, first="central", adjusted=0.2)
    [sentence] = PartResult("fusions", results.rows, [better, worse, chance]).in_words()
    assert sentence == (
        "C_m, against concatenation: better: gated (+2.0); worse: sum (-3.1); no significant difference: 1 of 3."
    )


def test_accuracy_falls_in_proportion_to_what_is_missing(compared):
    row = part_results(compared[2])["missing"].rows[-1]
    lines = missing_shares(row, (0.0, 0.5, 1.0))
    for missing, remaining in (("image", "text alone"), ("text", "image alone")):
        whole, alone = (np.array(row.columns[name].values("accuracy")) for name in ("both", remaining))
        np.testing.assert_allclose(lines[missing], np.stack([whole, (whole + alone) / 2, alone], axis=1))
