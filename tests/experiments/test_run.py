from dataclasses import replace

import numpy as np
import pytest

from anymood.errors import JobError, SettingError
from anymood.experiments.run import StudyFolder, run_study
from anymood.experiments.study import Trial
from anymood.experiments.trials import TrialResult


def test_finished_trials_are_not_trained_again(finished, study):
    _, message, result = finished
    assert message[4] == "4 of 14 trainings were finished before."
    assert [trial.trial for trial in result.trials] == list(study.trials(unpaired=True, pairs=24))
    assert len(message) == 4 + 1 + 10
    assert message[0].endswith("left")


def test_a_trial_holds_what_it_said(finished):
    _, _, result = finished
    by_system = {one.trial.system: one for one in result.trials if one.trial.share == 1}
    assert list(by_system["SM"].rows) == ["SM", "SM_I", "SM_T"]
    assert list(by_system["MT"].rows) == ["C_v", "C_t", "C_m", "C_m_I", "C_m_T"]
    assert by_system["MT"].learnt == {"both": 24, "text": 6, "image": 6}
    for one in result.trials:
        assert (len(one.posts), len(one.truth)) == (6, 6)
        for probabilities in one.rows.values():
            assert np.allclose(probabilities.sum(axis=1), 1, atol=1e-5)


def test_trials_of_a_seed_share_the_graph_of_a_frozen_encoder(finished, study):
    folder, _, _ = finished
    assert len(list(folder.glob("graphs/*/image_encoder.onnx"))) == study.seeds  # whose weights are drawn anew
    assert not list(folder.glob("runs/*"))


def test_another_study_is_refused(finished, study):
    folder, _, _ = finished
    with pytest.raises(SettingError, match="contains a study with other recipe"):
        run_study(replace(study, recipe=replace(study.recipe, epochs=2)), folder, print)


def test_a_foreign_folder_is_left_alone(study, tmp_path):
    (tmp_path / "mine.txt").write_text("")
    with pytest.raises(SettingError, match="is not empty, so no study can be started there"):
        run_study(study, tmp_path, print)


def test_a_study_is_run_by_one_process(study, tmp_path, monkeypatch):
    def run_again(*_):
        with pytest.raises(JobError, match=r"Another process runs the study in .*\. Wait for it\."):
            run_study(study, tmp_path / "study", print)
        return "finished"

    monkeypatch.setattr("anymood.experiments.run._run_trials", run_again)
    assert run_study(study, tmp_path / "study", print) == "finished"


@pytest.mark.parametrize("content", ["", "[1]", "null", '{"recipe": 3}', '{"recipe": {}', "\udcff"])
def test_a_damaged_study_is_refused(content, tmp_path):
    (tmp_path / "study.json").write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(SettingError, match="is damaged: .* Choose another folder"):
        StudyFolder(tmp_path).start({"recipe": {}})


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"cell": 3, "rows": {}}', '{"cell": {}, "rows": []}'])
def test_a_damaged_result_counts_as_unfinished(content, tmp_path):
    store, trial = StudyFolder(tmp_path), Trial("MT", 1)
    store.save(TrialResult(trial, ["1"], [0], {"C_m": np.array([[0.5, 0.5]])}, {}, [], 1.0, {}))
    assert store.load(trial).trial == trial
    [path] = tmp_path.glob("cells/*")
    path.write_text(content)
    assert store.load(trial) is None
