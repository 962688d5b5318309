from dataclasses import replace
from pathlib import Path
from string import ascii_lowercase
from types import ModuleType

import numpy as np
import pytest
import torch
from same import assert_same
from small_transformer import write_transformer
from tiny_recipe import QUIET, TINY

import anymood
from anymood.datasets.reader import open_corpus
from anymood.training.batches import Collate
from anymood.training.config import Recipe
from anymood.training.data_sources import DataSources
from anymood.training.finish import finish
from anymood.training.fit import fit
from anymood.training.prepare import prepare
from anymood.training.run import train
from anymood.training.run_folder import RunFolder
from anymood.training.sampling import Draw


def test_frozen_layers_are_computed_once_and_are_in_the_bundle(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANYMOOD_CACHE", str(tmp_path / "cache"))
    recipe = replace(
        TINY,
        text_encoder="transformer",
        text_folder=str(write_transformer(tmp_path, ascii_lowercase)),
        max_tokens=40,
        tuned_image_stages=1,
        tuned_text_layers=1,
        cache_frozen_layers=True,
        epochs=2,
        text_learning_rate=3e-3,
        ema_decay=None,
        half_precision=False,
    )
    data = DataSources(table=str(table)).read(0)
    run = RunFolder(tmp_path / "run")
    run.start({})
    prepared = prepare(data, recipe, run, QUIET)
    items = (prepared.validation[Draw(index, None)] for index in range(len(data.validation)))
    pairs = {index: item for index, item in enumerate(items) if item.image is not None and item.text is not None}
    states = Collate(prepared.text_preparation)(list(pairs.values()))
    encoders = (prepared.network.image_encoder, prepared.network.text_encoder)
    tuned = [weight for encoder in encoders for weight in encoder.backbone.parameters() if weight.ndim > 1]
    before = [weight.detach().clone() for weight in tuned]
    fitted = fit(prepared, run, QUIET)
    with torch.inference_mode():
        r_v, r_t = fitted.network.encode_image(states.images), fitted.network.encode_text(states.texts)
    bundle = finish(prepared, fitted, run, "tiny", QUIET)  # compares its graphs with the network
    with torch.inference_mode():
        for row, index in enumerate(pairs):
            post = data.validation[index].post
            pixels = torch.from_numpy(prepared.image_preparation.prepare(post.image)[None])
            tokens = torch.from_numpy(prepared.text_preparation.encode(post.text)[None])
            assert_same(fitted.network.encode_image(pixels)[0], r_v[row], close=1e-2)
            assert_same(fitted.network.encode_text(tokens)[0], r_t[row], close=1e-2)
    assert set(tuned) < set(fitted.network.parameters())
    assert not any(torch.equal(weight, start) for weight, start in zip(tuned, before, strict=True))
    assert anymood.load(bundle.folder).predict(post.text).used == "text"


@pytest.mark.parametrize("int8", [False, True])
def test_a_frozen_encoder_is_computed_once_and_a_file_that_bundles_share(
    int8: bool, table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANYMOOD_CACHE", str(tmp_path / "cache"))
    recipe = replace(TINY, frozen=True, epochs=2, int8_images=int8)
    first = train(DataSources(table=str(table)), recipe, tmp_path / "first", console=QUIET)
    assert (b"QuantizeLinear" in first.path("image_encoder.onnx").read_bytes()) == int8
    [cache] = (tmp_path / "cache").glob("image-*.npz")
    with np.load(cache) as stored:
        assert stored["features"].shape == (39, 256)  # every image of training (30) and validation (9)
    assert anymood.load(first.folder).predict(image=table.parent / "images" / "pos01.jpg").used == "image"
    # A run that starts from there has the very same file, and computes no feature anew.
    written = cache.stat().st_mtime_ns
    recipe = replace(TINY, frozen=True, epochs=1, start_from=str(first.folder), learning_rate=0.0)
    second = train(DataSources(table=str(table)), recipe, tmp_path / "second", console=QUIET)
    assert second.config.files["image_encoder.onnx"] == first.config.files["image_encoder.onnx"]
    assert cache.stat().st_mtime_ns == written
    posts = [example.post for example in open_corpus(table).select("test").examples]
    for one, other in zip(*(anymood.load(b.folder).predict_many(posts) for b in (first, second)), strict=True):
        assert_same(other.deciding, one.deciding, close=1e-3)
    # It can be tuned, too: its weights are read from its graph.
    third = train(
        DataSources(table=str(table)),
        replace(TINY, epochs=1, start_from=str(first.folder)),
        tmp_path / "third",
        console=QUIET,
    )
    assert "image_encoder.onnx" not in third.config.files


def test_an_image_encoder_of_which_nothing_is_tuned_is_frozen(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANYMOOD_CACHE", str(tmp_path / "cache"))
    recipe = Recipe.from_dict({**TINY.to_dict(), "tuned_image_stages": 0, "epochs": 2})
    bundle = train(DataSources(table=str(table)), recipe, tmp_path / "run", console=QUIET)
    assert [path.name.partition("-")[0] for path in (tmp_path / "cache").glob("*.npz")] == ["image"]
    prediction = anymood.load(bundle.folder).predict("love this", table.parent / "images" / "pos01.jpg")
    assert prediction.used == "both"


def test_a_frozen_transformer_in_eight_bits_is_smaller_and_can_be_tuned(
    table: Path, make: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANYMOOD_CACHE", str(tmp_path / "cache"))
    folder = write_transformer(tmp_path, ascii_lowercase, (word for label in make.LABELS for word in make.WORDS[label]))
    recipe = replace(TINY, text_encoder="transformer", text_folder=str(folder), max_tokens=40, frozen=True, epochs=1)
    plain, small = (
        train(DataSources(table=str(table)), replace(recipe, int8=int8), tmp_path / f"int8 {int8}", console=QUIET)
        for int8 in (False, True)
    )
    sizes = [bundle.path("text_encoder.onnx").stat().st_size for bundle in (plain, small)]
    assert sizes[1] < sizes[0]
    posts = ["good day", "bad food", "a fine evening with friends"]
    features = [anymood.load(bundle.folder).features(posts).text for bundle in (plain, small)]
    assert np.corrcoef(*(each.ravel() for each in features))[0, 1] > 0.99
    recipe = replace(TINY, start_from=str(small.folder), epochs=1)
    tuned = train(DataSources(table=str(table)), recipe, tmp_path / "tuned", console=QUIET)
    assert anymood.load(tuned.folder).predict(posts[0]).used == "text"
