"""A small study: quick encoders over the drawn corpus, trained once for all tests."""

from dataclasses import replace
from string import ascii_lowercase

import pytest
from small_transformer import write_transformer

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
    messages = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANYMOOD_CACHE", str(tmp_path_factory.mktemp("cache")))
        run_study(replace(study, parts=("paper",), seeds=1), folder, messages.append)
        result = run_study(study, folder, messages.append)
    return folder, messages, result


@pytest.fixture(scope="session")
def compared(study, make, tmp_path_factory):
    """The folder of a study of some systems of the field, what it told, and its result."""
    folder, messages = tmp_path_factory.mktemp("compared") / "out", []
    words = [word for label in make.LABELS for word in make.WORDS[label]]
    recipe = replace(
        RECIPE,
        text_encoder="transformer",
        text_folder=str(write_transformer(tmp_path_factory.mktemp("bert"), ascii_lowercase, words)),
        max_tokens=40,
        half_precision=False,
    )
    systems = ("MT", "chen-2017", "xu-2017", "you-2017", "nearest", "zeros")
    study = replace(study, recipe=recipe, parts=("systems", "missing"), systems=systems)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANYMOOD_CACHE", str(tmp_path_factory.mktemp("cache")))
        run_study(replace(study, seeds=1), folder, messages.append)  # as one that is interrupted and goes on
        result = run_study(study, folder, messages.append)
    return folder, messages, result
