from dataclasses import replace

import pytest
import torch

from anymood.errors import SettingError
from anymood.experiments.features import StudyFeatures
from anymood.experiments.posts import read_posts


@pytest.fixture(scope="module")
def features(compared, tmp_path_factory):
    """Features of a study. Not to be changed."""
    study = compared[2].study
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANYMOOD_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield StudyFeatures(study, read_posts(study), tmp_path_factory.mktemp("graphs"))


def test_the_means_of_regions_and_tokens_are_the_pooled_features(features):
    rows = torch.arange(len(features.examples))
    regions, _ = features.regions.of(rows)
    torch.testing.assert_close(regions.mean(dim=1), features.image, atol=1e-2, rtol=1e-2)  # kept in 16 bits
    words, filled = features.words.of(rows)
    torch.testing.assert_close(words.sum(dim=1) / filled.sum(dim=1, keepdim=True), features.text, atol=1e-2, rtol=1e-2)
    assert torch.equal(features.peaks, regions.amax(dim=1))


def test_the_parts_of_the_study_in_a_row(features):
    assert {part: len(rows) for part, rows in features.parts.items()} == {"train": 24, "validation": 6, "test": 6}
    assert torch.equal(torch.cat(list(features.parts.values())), torch.arange(36))
    assert features.labels.tolist() == [example.label for example in features.examples]


def test_encoders_that_learn_have_no_features(study, tmp_path):
    with pytest.raises(SettingError, match="Choose a recipe that freezes both"):
        StudyFeatures(study, read_posts(study), tmp_path)
    tuned = replace(study.recipe, frozen=False)
    with pytest.raises(SettingError, match="leave these parts out"):
        StudyFeatures(replace(study, recipe=tuned), read_posts(study), tmp_path)
