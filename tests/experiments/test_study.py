import pytest

from anymood.errors import SettingError
from anymood.experiments.study import EPOCHS, Study, Trial, preset
from anymood.network.fusions import FUSIONS
from anymood.network.weightings import WEIGHTINGS
from anymood.training.config import Recipe
from anymood.training.data_sources import DataSources

SOURCES = DataSources(table="posts.csv")


def test_the_trials_of_a_study():
    study = preset("mvsa", SOURCES, Recipe(), seeds=2, shares=(0.01,))
    assert study.sources.protocol == "clmlf"
    trials = list(study.trials(unpaired=True, pairs=24))
    assert len(trials) == len(set(trials)) == 4 * 2 + 2 + 10 * 2 + 2 * 2
    assert len({trial.name for trial in trials}) == len(trials)
    assert len(list(study.trials(unpaired=False, pairs=24))) == len(trials) - 2
    assert Trial("MT", 1, share=0.01, rest=True).name == "MT_seed-1_share-0.01-rest"


def test_some_systems_alone():
    study = preset("mvsa", SOURCES, Recipe(), seeds=3, parts=("paper", "folds"), systems=("SM",))
    assert [trial.name for trial in study.trials(unpaired=True, pairs=24)][:4] == [
        *(f"SM_seed-{i}" for i in range(3)),
        "SM_seed-0_fold-01",
    ]
    assert {trial.system for trial in study.trials(unpaired=True, pairs=24)} == {"SM"}
    assert not list(
        preset("mvsa", SOURCES, Recipe(), parts=("shares", "unpaired"), systems=("SI",)).trials(unpaired=True, pairs=24)
    )


def test_what_a_study_cannot_be():
    with pytest.raises(SettingError, match="at least one seed, not 0"):
        Study(name="table", sources=SOURCES, recipe=Recipe(), seeds=0)
    with pytest.raises(SettingError, match="between 0 and 1, such as 0.25, not at 1"):
        Study(name="table", sources=SOURCES, recipe=Recipe(), shares=(0.5, 1.0))
    with pytest.raises(SettingError, match="no system 'best'. Available: SI, ST"):
        Study(name="table", sources=SOURCES, recipe=Recipe(), systems=("SI", "best"))


def test_the_paper_s_smallest_share_had_230_pairs():
    study = preset("table", SOURCES, Recipe(), seeds=1, shares=(0.01,), parts=("shares",))
    assert [t.share for t in study.trials(unpaired=False, pairs=2300) if t.rest] == [0.01, 0.1]
    assert [t.share for t in study.trials(unpaired=False, pairs=230) if t.rest] == [0.01]


def test_each_fusion_and_weighting_and_what_the_recipe_has_once():
    study = preset("table", SOURCES, Recipe(fusion="gated"), seeds=1, parts=("paper", "fusions", "weights"))
    trials = list(study.trials(unpaired=False, pairs=24))
    fusions = [t.fusion for t in trials if t.fusion]
    assert sorted([*fusions, "gated"]) == sorted(FUSIONS.names())
    weightings = [t.weighting for t in trials if t.weighting]
    assert sorted([*weightings, "fixed"]) == sorted(WEIGHTINGS.names())
    assert len(trials) == len({t.name for t in trials}) == 4 + len(fusions) + len(weightings)
    assert Trial("MT", 0, fusion="sum").name == "MT_seed-0_fusion-sum"
    assert not Trial("MT", 0, fusion="sum").is_experiment_1


def test_the_systems_of_the_field():
    study = preset("table", SOURCES, Recipe(), seeds=2, parts=("systems", "missing"), systems=("SM", "xu-2017", "mean"))
    assert [t.name for t in study.trials(unpaired=False, pairs=24)] == [
        *(f"{name}_seed-{seed}" for name in ("xu-2017", "mean") for seed in (0, 1))
    ]


def test_the_reference_of_the_systems_has_as_many_epochs_as_they():
    study = preset("table", SOURCES, Recipe(), seeds=1, parts=("systems", "missing"), systems=("MT", "mean"))
    references = [t for t in study.trials(unpaired=False, pairs=24) if t.system == "MT"]
    assert references == [Trial("MT", 0, epochs=EPOCHS)]
    assert references[0].name == "MT_seed-0_epochs-times-3"
    assert not references[0].is_experiment_1
