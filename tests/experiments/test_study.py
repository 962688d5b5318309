import pytest

from anymood.errors import SettingError
from anymood.experiments.study import Cell, Study, preset
from anymood.training.config import Recipe
from anymood.training.sources import Sources

SOURCES = Sources(table="posts.csv")


def test_the_cells_of_a_study():
    study = preset("mvsa", SOURCES, Recipe(), seeds=2, shares=(0.01,))
    assert study.sources.protocol == "clmlf"
    cells = list(study.cells(unpaired=True))
    assert len(cells) == len(set(cells)) == 4 * 2 + 2 + 10 * 2 + 2 * 2
    assert len({cell.name for cell in cells}) == len(cells)
    assert len(list(study.cells(unpaired=False))) == len(cells) - 2
    assert Cell("MT", 1, share=0.01, rest=True).name == "MT_seed-1_share-0.01-rest"


def test_some_systems_alone():
    study = preset("mvsa", SOURCES, Recipe(), seeds=3, parts=("systems", "folds"), systems=("SM",))
    assert [cell.name for cell in study.cells(unpaired=True)][:4] == [
        *(f"SM_seed-{i}" for i in range(3)),
        "SM_seed-0_fold-01",
    ]
    assert {cell.system for cell in study.cells(unpaired=True)} == {"SM"}
    assert not list(
        preset("mvsa", SOURCES, Recipe(), parts=("shares", "unpaired"), systems=("SI",)).cells(unpaired=True)
    )


def test_what_a_study_cannot_be():
    with pytest.raises(SettingError, match="at least one seed, not 0"):
        Study(name="table", sources=SOURCES, recipe=Recipe(), seeds=0)
    with pytest.raises(SettingError, match="between 0 and 1, such as 0.25, not at 1"):
        Study(name="table", sources=SOURCES, recipe=Recipe(), shares=(0.5, 1.0))
