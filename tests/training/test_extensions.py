"""Encoders, a fusion and a weighting that a user's own program registers: trained, exported, gone on from."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from rich.console import Console
from torch import nn

import anymood
from anymood.datasets.reader import open_corpus
from anymood.errors import SettingError
from anymood.network.encoder import ImageEncoder, TextEncoder
from anymood.network.fusion import Fusion
from anymood.network.fusions import FUSIONS
from anymood.network.image_encoders import IMAGE_ENCODERS
from anymood.network.text_encoders import TEXT_ENCODERS
from anymood.network.weighting import LossWeighting
from anymood.network.weightings import WEIGHTINGS
from anymood.preparation.image import ImagePreparation
from anymood.training.config import Recipe
from anymood.training.data_sources import DataSources
from anymood.training.fit import fit
from anymood.training.prepare import prepare
from anymood.training.run import train
from anymood.training.run_folder import RunFolder

QUIET = Console(quiet=True)
RECIPE = Recipe(
    image_weights="none", epochs=2, batch_size=16, threads=1, learning_rate=1e-2, image_learning_rate=1e-2, seed=1
)


@pytest.fixture
def recipe(monkeypatch):
    """Registers one extension of each kind, under the name ``mine``."""
    for registry in (IMAGE_ENCODERS, TEXT_ENCODERS, FUSIONS, WEIGHTINGS):
        monkeypatch.setattr(registry, "_found", registry.all())

    @IMAGE_ENCODERS.register("mine")
    class Colours(ImageEncoder):
        """The mean colour of an image."""

        @classmethod
        def build(cls, name):
            return nn.Sequential(nn.Conv2d(3, 6, 1), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()), 6

        @classmethod
        def preparation(cls, name):
            return ImagePreparation(side=16, resize=16)

    @TEXT_ENCODERS.register("mine")
    class Words(TextEncoder):
        """The sum of the embeddings of a text's words."""

        pretrained = False

        def __init__(self, vocabulary, width=300):
            super().__init__(Embedded(vocabulary), 8, width)

    class Embedded(nn.Module):
        def __init__(self, vocabulary):
            super().__init__()
            self.embedding = nn.Embedding(vocabulary, 8, padding_idx=0)

        def forward(self, tokens):
            return self.embedding(tokens).sum(dim=1)

    @FUSIONS.register("mine")
    class Difference(Fusion):
        """How far text and image are apart."""

        def __init__(self, width):
            super().__init__(width, 5)
            self.project = nn.Linear(width, 5)

        def both(self, image, text):
            return self.project(image - text)

    @WEIGHTINGS.register("mine")
    class Largest(LossWeighting):
        """The largest loss alone."""

        def forward(self, losses, encoders=()):
            return torch.stack(list(losses.values())).max()

    return replace(RECIPE, image_encoder="mine", text_encoder="mine", fusion="mine", weighting="mine")


def test_a_users_own_parts_are_trained_and_started_from(recipe, table, tmp_path):
    sources = DataSources(table=str(table))
    bundle = train(sources, recipe, tmp_path / "run", console=QUIET)
    assert {bundle.config.architecture[name] for name in ("image_encoder", "text_encoder", "fusion")} == {"mine"}
    model = anymood.load(tmp_path / "run")
    posts = [example.post for example in open_corpus(table).select("test").examples]
    assert {prediction.used for prediction in model.predict_many(posts)} == {"both", "text", "image"}
    later = replace(recipe, start_from=str(tmp_path / "run"), epochs=1, learning_rate=0.0, image_learning_rate=0.0)
    # The model that training starts from brings its own parts.
    later = replace(later, image_encoder=RECIPE.image_encoder, text_encoder="cnn", fusion="sum")
    train(sources, later, tmp_path / "later", console=QUIET)
    for one, other in zip(model.predict_many(posts), anymood.load(tmp_path / "later").predict_many(posts), strict=True):
        assert np.allclose(list(one.probabilities.values()), list(other.probabilities.values()), atol=2e-2)


def test_a_bundle_of_unregistered_parts_predicts_but_is_not_a_start_of_training(recipe, table, tmp_path, monkeypatch):
    sources = DataSources(table=str(table))
    train(sources, replace(recipe, epochs=1), tmp_path / "run", console=QUIET)
    monkeypatch.undo()
    assert anymood.load(tmp_path / "run").predict("good").label
    with pytest.raises(SettingError, match=r"text_encoder is 'mine'; it must be one of cnn, static, transformer"):
        train(sources, replace(RECIPE, start_from=str(tmp_path / "run")), tmp_path / "later", console=QUIET)


@pytest.mark.parametrize(
    ("weighting", "fusion"),
    [("uncertainty", "central"), ("dynamic-average", "gated"), ("gradnorm", "sum"), ("pcgrad", "tensor")],
)
def test_what_is_learnt_is_written_for_each_epoch(table, tmp_path, weighting, fusion):
    recipe = replace(RECIPE, image_encoder="test_efficientnet", word_vectors="random", epochs=3, modality_dropout=0.2)
    ema_decay = 0.9 if weighting == "uncertainty" else None
    recipe = replace(recipe, weighting=weighting, fusion=fusion, ema_decay=ema_decay)
    run = RunFolder(tmp_path / "run")
    run.start({})
    records = fit(prepare(DataSources(table=str(table)).read(0), recipe, run, QUIET), run, QUIET).records
    weights = [record["weights"] for record in records]
    assert [list(one) for one in weights] == [["image", "text", "fused"]] * 3
    assert (weights[0] != weights[-1]) == (weighting != "pcgrad")
    assert ("central 1" in records[-1]["fusion"]) == (fusion == "central")
    if fusion == "central":
        assert records[0]["fusion"] != records[-1]["fusion"]
