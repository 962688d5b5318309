from dataclasses import replace
from pathlib import Path

import pytest
import torch
from same import assert_same
from tiny_recipe import QUIET, TINY

import anymood
from anymood.datasets.reader import open_corpus
from anymood.errors import SettingError
from anymood.export.onnx import verify_graphs
from anymood.labels import LabelSet
from anymood.runtime.bundle import Bundle
from anymood.training.config import Recipe
from anymood.training.data_sources import DataSources
from anymood.training.run import train
from anymood.training.run_folder import RunFolder
from anymood.training.starting_point import from_bundle, open_start


def test_training_starts_from_a_trained_model(run: RunFolder, table: Path, tmp_path: Path) -> None:
    recipe = replace(TINY, start_from=str(run.folder), epochs=1, frozen=True, learning_rate=0.0)
    again = train(DataSources(table=str(table)), recipe, tmp_path / "again", console=QUIET)
    first, second = anymood.load(run.folder), anymood.load(again.folder)
    assert again.config.image == Bundle.open(run.bundle).config.image
    for example in open_corpus(table).select("test").examples:
        one, other = (model.predict(example.post.text, example.post.image) for model in (first, second))
        assert one.deciding is not None and other.deciding is not None
        assert_same(other.deciding, one.deciding, close=1e-3)


def test_other_labels_begin_with_equal_probabilities(run: RunFolder) -> None:
    bundle = Bundle.open(run.bundle)
    _, recipe = open_start(Recipe(start_from=str(run.folder)))
    same, other = (
        from_bundle(bundle, recipe, labels).network for labels in (bundle.labels, LabelSet(("calm", "wild")))
    )
    assert recipe.image_encoder == TINY.image_encoder
    assert verify_graphs(same.eval(), bundle).probability < 1e-4
    for classifier in (other.image_classifier, other.text_classifier, other.fused_classifier):
        assert classifier[-1].out_features == 2
        assert not any(weight.any() for weight in classifier[-1].parameters())
    assert torch.equal(other.fused_classifier[-4].weight, same.fused_classifier[-4].weight)


def test_a_model_that_cannot_be_started_from_says_so(run: RunFolder, tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="There is no model"):
        open_start(Recipe(start_from=str(tmp_path / "nowhere")))
    bundle = Bundle.open(run.bundle)
    image = bundle.path("image.onnx").read_bytes().replace(b"conv_stem.weight", b"conv_what.weight")
    files = {name: bundle.path(name) for name in bundle.config.files} | {"image.onnx": image}
    foreign = Bundle.write(tmp_path / "foreign", bundle.config, files)
    with pytest.raises(SettingError, match="cannot start from .*foreign: its image graph holds weights under names"):
        from_bundle(foreign, Recipe(start_from=str(foreign.folder)), bundle.labels)
    fusion = bundle.path("fusion.onnx").read_bytes().replace(b"classifier.", b"classifies.")
    foreign = Bundle.write(tmp_path / "other", bundle.config, files | {"image.onnx": image, "fusion.onnx": fusion})
    for labels in (bundle.labels, LabelSet(("calm", "wild"))):
        with pytest.raises(SettingError, match="its fusion graph holds weights under names"):
            from_bundle(foreign, Recipe(start_from=str(foreign.folder)), labels)


def test_training_starts_from_a_model_without_words(table: Path, tmp_path: Path) -> None:
    images = tmp_path / "images.csv"
    rows = [e for e in open_corpus(table).examples if e.post.image is not None]
    names = open_corpus(table).labels.names
    images.write_text("\n".join(["image,label", *(f"{e.post.image},{names[e.label]}" for e in rows)]))
    bundle = train(DataSources(table=str(images)), replace(TINY, epochs=1), tmp_path / "run", console=QUIET)
    start, recipe = open_start(replace(TINY, start_from=str(bundle.folder)))
    assert start is not None
    from_bundle(start, recipe, bundle.labels)
