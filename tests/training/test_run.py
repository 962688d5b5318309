import errno
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from string import ascii_lowercase

import numpy as np
import pytest
import torch
from lightning import Trainer
from rich.console import Console
from same import assert_same
from small_transformer import write_transformer

import anymood
from anymood.datasets.reader import open_corpus
from anymood.errors import SettingError, TrainingError
from anymood.evaluation.metrics import evaluate
from anymood.export.onnx import verify_graphs
from anymood.labels import LabelSet
from anymood.network.weightings import LossWeights
from anymood.runtime.bundle import Bundle
from anymood.training.batches import Collate, Draw
from anymood.training.config import Recipe
from anymood.training.data_sources import DataSources
from anymood.training.finish import finish
from anymood.training.fit import fit
from anymood.training.module import MultitaskModule
from anymood.training.prepare import prepare
from anymood.training.run import resume, train
from anymood.training.run_folder import RunFolder
from anymood.training.starting_point import from_bundle, open_start

EPOCHS = 10
TINY = Recipe(
    image_encoder="test_efficientnet",
    image_weights="none",
    word_vectors="random",
    epochs=EPOCHS,
    patience=EPOCHS,
    batch_size=8,
    learning_rate=3e-3,
    image_learning_rate=3e-3,
    rate_warm_up=0.0,
    threads=1,
    average=0.9,
    alpha=LossWeights(modality=0.5),
)
QUIET = Console(quiet=True)


@pytest.fixture(scope="module")
def run(table: Path, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    folder = tmp_path_factory.mktemp("runs") / "whole"
    train(DataSources(table=str(table)), TINY, folder, console=QUIET)
    return RunFolder(folder)


def test_a_run_folder_holds_all_of_a_run(run: RunFolder) -> None:
    config = json.loads(run.config.read_text())
    assert config["recipe"]["image_encoder"] == "test_efficientnet"
    assert config["labels"] == ["negative", "neutral", "positive"]
    assert re.fullmatch("[0-9a-f]{16}", config["posts"])
    assert config["versions"]["torch"]
    assert [record["epoch"] for record in run.records()] == list(range(1, EPOCHS + 1))
    assert set(run.records()[0]["losses"]) == {"image", "text", "fused", "modality", "total"}
    assert run.learning_curves.read_bytes().startswith(b"\x89PNG")
    assert run.last.exists()
    assert run.best.exists()


def test_the_bundle_predicts_what_was_learnt(run: RunFolder, table: Path) -> None:
    model = anymood.load(run.folder)
    test = open_corpus(table).select("test")
    predictions = list(model.predict_many(example.post for example in test.examples))
    assert {prediction.used for prediction in predictions} == {"both", "text", "image"}
    right = [p.label == test.labels.names[e.label] for p, e in zip(predictions, test.examples, strict=True)]
    assert np.mean(right) >= 0.75  # a third by chance


def test_the_bundle_scores_validation_as_training_did(run: RunFolder, table: Path) -> None:
    model = anymood.load(run.folder)
    validation = open_corpus(table).select("validation")
    rows: dict[str, list[list[float]]] = {"text": [], "image": [], "fused": []}
    for prediction in model.predict_many(example.post for example in validation.examples):
        for name, values in rows.items():
            scores = getattr(prediction, name)
            values.append([np.nan] * 3 if scores is None else list(scores.values))
    truth = [example.label for example in validation.examples]
    found = evaluate(truth, validation.labels, text=rows["text"], image=rows["image"], fused=rows["fused"])
    best = max(run.records(), key=lambda record: record["score"])
    for name, metrics in found.metrics.items():
        # Training validates in bfloat16 where the processor has it: one post of a dozen may differ.
        assert metrics["all"].accuracy == pytest.approx(best["validation"][name]["accuracy"], abs=1 / 6 + 1e-9)


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
        average=None,
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


def test_an_interrupted_run_resumes_as_if_uninterrupted(
    run: RunFolder, table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = MultitaskModule.on_train_epoch_start

    def stop(module: MultitaskModule) -> None:
        if module.current_epoch == 2:
            raise KeyboardInterrupt
        start(module)

    with monkeypatch.context() as patch:
        patch.setattr(MultitaskModule, "on_train_epoch_start", stop)
        with pytest.raises(KeyboardInterrupt):
            train(DataSources(table=str(table)), TINY, tmp_path / "broken", console=QUIET)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    broken = RunFolder(tmp_path / "broken")
    assert len(broken.records()) == 2
    assert not broken.bundle.exists()
    resume(broken.folder, console=QUIET)
    timed = {"seconds", "processor_seconds"}

    def untimed(run: RunFolder) -> list[dict[str, object]]:
        return [{key: value for key, value in record.items() if key not in timed} for record in run.records()]

    assert_same(untimed(broken), untimed(run))
    ours, theirs = (torch.load(r.best, weights_only=True)["state_dict"] for r in (broken, run))
    assert_same(ours, theirs)
    with pytest.raises(TrainingError, match="has finished"):
        resume(broken.folder, console=QUIET)


def test_a_run_that_had_stopped_early_trains_no_further(
    run: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped = RunFolder(Path(shutil.copytree(run.folder, tmp_path / "stopped", ignore=lambda *_: ["bundle"])))
    config, records = stopped.read_config(), stopped.records()[:5]
    config["recipe"]["patience"] = 3
    stopped.config.write_text(json.dumps(config))
    for record, score in zip(records, (0.5, 0.75, 0.75, 0.5, 0.5), strict=True):
        record["score"] = score
    stopped.metrics.write_text("".join(json.dumps(record) + "\n" for record in records))

    def trained(*_: object, **__: object) -> None:
        raise AssertionError("trained on")

    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "fit", trained)
        assert resume(stopped.folder, console=QUIET).folder == stopped.bundle
    assert stopped.records() == records


def test_a_run_does_not_resume_with_other_data(table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    copy = Path(shutil.copytree(table.parent, tmp_path / "data")) / table.name
    before = copy.read_text(encoding="utf-8")
    monkeypatch.setattr("anymood.training.run.prepare", stop)
    with pytest.raises(KeyboardInterrupt):
        train(DataSources(table=str(copy)), TINY, tmp_path / "run", console=QUIET)
    with pytest.raises(KeyboardInterrupt):  # the same data, and it goes on
        resume(tmp_path / "run", console=QUIET)
    texts = before.replace(" ", " very ", 1)
    labels = before.replace("negative", "angry")
    assert len({before, texts, labels}) == 3
    for changed in (texts, labels):
        copy.write_text(changed, encoding="utf-8")
        with pytest.raises(TrainingError, match="The data have changed since the run in .*run was started. Start a"):
            resume(tmp_path / "run", console=QUIET)
    copy.unlink()
    with pytest.raises(TrainingError, match="The data of the run in .*run can no longer be read: .*posts.csv"):
        resume(tmp_path / "run", console=QUIET)


def test_frozen_encoders_are_computed_once(table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANYMOOD_CACHE", str(tmp_path / "cache"))
    recipe = Recipe.from_dict({**TINY.to_dict(), "frozen": True, "epochs": 2})
    bundle = train(DataSources(table=str(table)), recipe, tmp_path / "run", console=QUIET)
    [cache] = (tmp_path / "cache").glob("image-*.npz")
    with np.load(cache) as stored:
        assert stored["features"].shape == (39, 256)  # every image of training (30) and validation (9)
    prediction = anymood.load(bundle.folder).predict(image=table.parent / "images" / "pos01.jpg")
    assert prediction.used == "image"


@pytest.mark.parametrize("int8", [False, True])
def test_a_frozen_encoder_is_a_file_that_bundles_share(
    int8: bool, table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANYMOOD_CACHE", str(tmp_path / "cache"))
    recipe = replace(TINY, frozen=True, epochs=2, int8_images=int8)
    first = train(DataSources(table=str(table)), recipe, tmp_path / "first", console=QUIET)
    assert (b"QuantizeLinear" in first.path("image_encoder.onnx").read_bytes()) == int8
    # A run that starts from there has the very same file, and computes no feature anew.
    [cache] = (tmp_path / "cache").glob("image-*.npz")
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


def test_two_processes_train_one_model(table: Path, tmp_path: Path) -> None:
    script = (
        "from pathlib import Path; from rich.console import Console\n"
        "from anymood.training.config import Recipe; from anymood.training.run import train\n"
        "from anymood.training.data_sources import DataSources\n"
        f"recipe = Recipe.from_dict({ {**TINY.to_dict(), 'devices': 2, 'accelerator': 'cpu', 'epochs': 1}!r})\n"
        f"sources = DataSources(table={str(table)!r})\n"
        f"train(sources, recipe, Path({str(tmp_path / 'run')!r}), console=Console(quiet=True))\n"
    )
    (tmp_path / "job.py").write_text(script)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(tmp_path / "job.py")],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
        env={**os.environ, "MASTER_ADDR": "127.0.0.1"},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    run = RunFolder(tmp_path / "run")
    # Both processes' shares are scored together: all validation posts, not half of them.
    [record] = run.records()  # one process writes
    assert record["validation"]["routed"]["n"] == 12
    assert anymood.load(run.folder).predict(text="love this").used == "text"


def test_a_vocabulary_is_there_whole_or_not_at_all(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync, synced = os.fsync, []

    def full(file: int) -> None:
        synced.append(file)
        if len(synced) > 1:  # config.json comes first
            raise OSError(errno.ENOSPC, "No space left on device")
        sync(file)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space left"):
            train(DataSources(table=str(table)), TINY, tmp_path / "run", console=QUIET)
    assert sorted(path.name for path in (tmp_path / "run").iterdir()) == ["checkpoints", "config.json"]


def test_a_folder_in_use_is_left_alone(run: RunFolder, table: Path) -> None:
    with pytest.raises(SettingError, match="holds a finished run"):
        train(DataSources(table=str(table)), TINY, run.folder, console=QUIET)


def test_a_classifier_without_posts_is_not_asked(tmp_path: Path) -> None:
    table = tmp_path / "posts.csv"
    rows = [f"{word} {n},lost/{n}.jpg,{word}" for n in range(30) for word in ("good", "bad")]
    table.write_text("\n".join(["text,image,label", *rows]))
    console = Console(record=True, width=400, file=io.StringIO())
    bundle = train(DataSources(table=str(table)), replace(TINY, epochs=1), tmp_path / "run", console=console)
    told = console.export_text()
    assert "60 missing image" in told
    assert "The image classifier is not trained" in told
    assert "The fused classifier is not trained" in told
    assert "lost/7.jpg" in (tmp_path / "run/problems.txt").read_text()
    assert bundle.config.trained == ("text",)
    prediction = anymood.load(bundle.folder).predict("good 3", np.zeros((40, 40, 3), np.uint8))
    assert (prediction.used, prediction.reason) == ("text", "not trained for it")


def test_training_starts_from_a_trained_model(run: RunFolder, table: Path, tmp_path: Path) -> None:
    recipe = replace(TINY, start_from=str(run.folder), epochs=1, frozen=True, learning_rate=0.0)
    again = train(DataSources(table=str(table)), recipe, tmp_path / "again", console=QUIET)
    first, second = anymood.load(run.folder), anymood.load(again.folder)
    assert again.config.image == Bundle.open(run.bundle).config.image
    for example in open_corpus(table).select("test").examples:
        one, other = (model.predict(example.post.text, example.post.image) for model in (first, second))
        assert one.deciding is not None and other.deciding is not None
        assert_same(other.deciding, one.deciding, close=1e-3)


def test_other_labels_begin_with_other_last_layers(run: RunFolder) -> None:
    bundle = Bundle.open(run.bundle)
    _, recipe = open_start(Recipe(start_from=str(run.folder)))
    same, other = (
        from_bundle(bundle, recipe, labels).network for labels in (bundle.labels, LabelSet(("calm", "wild")))
    )
    assert recipe.image_encoder == TINY.image_encoder
    assert verify_graphs(same.eval(), bundle).probability < 1e-4
    assert other.fused_classifier[-1].out_features == 2
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


def test_hosts_that_cannot_find_each_other_do_not_wait(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("MASTER_ADDR", "MASTER_PORT", "NODE_RANK"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NODE_RANK", "0")
    with pytest.raises(SettingError, match="on 2 hosts needs MASTER_ADDR, MASTER_PORT in the environment of each"):
        train(DataSources(table=str(table)), replace(TINY, hosts=2), tmp_path / "run", console=QUIET)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_device_that_is_not_there_is_named(table: Path, tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="Training cannot have accelerator=gpu: .*backend"):
        train(DataSources(table=str(table)), replace(TINY, accelerator="gpu"), tmp_path / "run", console=QUIET)
    assert list((tmp_path / "run").iterdir()) == []  # so that the same folder may be named again


def test_training_starts_from_a_model_without_words(table: Path, tmp_path: Path) -> None:
    images = tmp_path / "images.csv"
    rows = [e for e in open_corpus(table).examples if e.post.image is not None]
    names = open_corpus(table).labels.names
    images.write_text("\n".join(["image,label", *(f"{e.post.image},{names[e.label]}" for e in rows)]))
    bundle = train(DataSources(table=str(images)), replace(TINY, epochs=1), tmp_path / "run", console=QUIET)
    start, recipe = open_start(replace(TINY, start_from=str(bundle.folder)))
    assert start is not None
    from_bundle(start, recipe, bundle.labels)


def test_a_question_that_is_answered_with_no_ends_the_run_before_it_begins(tmp_path):
    labels = ["good"] * 20 + ["bad"] * 20 + ["goood"]
    path = tmp_path / "posts.csv"
    path.write_text("text,label\n" + "".join(f"text {n},{label}\n" for n, label in enumerate(labels)), encoding="utf-8")
    asked = []
    with pytest.raises(TrainingError, match="Nothing was trained"):
        train(DataSources(table=path), TINY, tmp_path / "run", console=QUIET, confirm=lambda q: bool(asked.append(q)))
    assert "'goood' (1) and 'good' (20 posts)" in asked[0]
    assert not (tmp_path / "run").exists()
