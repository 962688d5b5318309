import pytest

from anymood.errors import SettingError
from anymood.experiments.study import Study, Trial, preset
from anymood.training.config import Recipe
from anymood.training.data_sources import DataSources

SOURCES = DataSources(table="posts.csv")


def test_the_trials_of_a_study():
    study = preset("mvsa", SOURCES, Recipe(), seeds=2, shares=(0.01,))
    assert study.sources.protocol == "clmlf"
    trials = list(study.trials(unpaired=True))
    assert len(trials) == len(set(trials)) == 4 * 2 + 2 + 10 * 2 + 2 * 2
    assert len({trial.name for trial in trials}) == len(trials)
    assert len(list(study.trials(unpaired=False))) == len(trials) - 2
    assert Trial("MT", 1, share=0.01, rest=True).name == "MT_seed-1_share-0.01-rest"


def test_some_systems_alone():
    study = preset("mvsa", SOURCES, Recipe(), seeds=3, parts=("systems", "folds"), systems=("SM",))
    assert [trial.name for trial in study.trials(unpaired=True)][:4] == [
        *(f"SM_seed-{i}" for i in range(3)),
        "SM_seed-0_fold-01",
    ]
    assert {trial.system for trial in study.trials(unpaired=True)} == {"SM"}
    assert not list(
        preset("mvsa", SOURCES, Recipe(), parts=("shares", "unpaired"), systems=("SI",)).trials(unpaired=True)
    )


def test_what_a_study_cannot_be():
    with pytest.raises(SettingError, match="at least one seed, not 0"):
        Study(name="table", sources=SOURCES, recipe=Recipe(), seeds=0)
    with pytest.raises(SettingError, match="between 0 and 1, such as 0.25, not at 1"):
        Study(name="table", sources=SOURCES, recipe=Recipe(), shares=(0.5, 1.0))
