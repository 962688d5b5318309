"""A small study: quick encoders over the drawn corpus, trained once for all tests."""

from dataclasses import replace

import pytest

from anymood.experiments.run import run_study
from anymood.experiments.study import Study
from anymood.training.config import Recipe
from anymood.training.data_sources import DataSources

RECIPE = Recipe(
    image_encoder="test_efficientnet",
    image_weights="none",
    word_vectors="random",
    frozen=True,
    epochs=1,
    batch_size=16,
    threads=1,
)


@pytest.fixture(scope="session")
def study(table):
    return Study(name="table", sources=DataSources(table=str(table)), recipe=RECIPE, seeds=2, shares=(0.25,))


@pytest.fixture(scope="session")
def finished(study, tmp_path_factory):
    """The folder of the finished study, what it told, and its result."""
    folder = tmp_path_factory.mktemp("study") / "out"
    told = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANYMOOD_CACHE", str(tmp_path_factory.mktemp("cache")))
        run_study(replace(study, parts=("systems",), seeds=1), folder, told.append)
        result = run_study(study, folder, told.append)
    return folder, told, result
