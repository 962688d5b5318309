import errno
import io
import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch
from rich.console import Console
from tiny_recipe import QUIET, TINY

import anymood
from anymood.datasets.corpus import Example
from anymood.datasets.reader import open_corpus
from anymood.errors import JobError, SettingError, TrainingError
from anymood.evaluation.metrics import evaluate
from anymood.labels import LabelSet
from anymood.network.weightings import LossWeights
from anymood.posts import Post
from anymood.training.data_sources import DataSources, TrainingData
from anymood.training.run import resume, train
from anymood.training.run_folder import RunFolder


def test_a_run_folder_holds_all_of_a_run(run: RunFolder) -> None:
    config = json.loads(run.config.read_text())
    assert config["recipe"]["image_encoder"] == "test_efficientnet"
    assert config["labels"] == ["negative", "neutral", "positive"]
    assert re.fullmatch("[0-9a-f]{16}", config["posts"])
    assert config["versions"]["torch"]
    assert [record["epoch"] for record in run.records()] == list(range(1, TINY.epochs + 1))
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
    evaluation = evaluate(truth, validation.labels, text=rows["text"], image=rows["image"], fused=rows["fused"])
    best = max(run.records(), key=lambda record: record["score"])
    for name, metrics in evaluation.metrics.items():
        # Training validates in bfloat16 where the processor has it: one post of a dozen may differ.
        assert metrics["all"].accuracy == pytest.approx(best["validation"][name]["accuracy"], abs=1 / 6 + 1e-9)


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
    process = subprocess.run(
        [sys.executable, "-W", "ignore", str(tmp_path / "job.py")],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
        env={**os.environ, "MASTER_ADDR": "127.0.0.1"},
    )
    assert process.returncode == 0, process.stderr[-2000:]
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
        with pytest.raises(OSError, match=r"No space left on device: .*tokenizer\.json"):
            train(DataSources(table=str(table)), TINY, tmp_path / "run", console=QUIET)
    assert sorted(path.name for path in (tmp_path / "run").iterdir()) == ["checkpoints", "config.json"]


def test_a_folder_in_use_is_left_alone(run: RunFolder, table: Path) -> None:
    with pytest.raises(SettingError, match="holds a finished run"):
        train(DataSources(table=str(table)), TINY, run.folder, console=QUIET)


def test_a_run_of_another_process_is_not_resumed(table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = RunFolder(tmp_path / "run")

    def resume_meanwhile(*_: object, **__: object) -> None:
        before = sorted(run.folder.rglob("*"))
        with pytest.raises(JobError, match=r"Another process is training in .*run\. Wait for it"):
            resume(run.folder, console=QUIET)
        assert sorted(run.folder.rglob("*")) == before
        raise KeyboardInterrupt

    monkeypatch.setattr("anymood.training.prepare.prepare", resume_meanwhile)
    with pytest.raises(KeyboardInterrupt):
        train(DataSources(table=str(table)), TINY, run.folder, console=QUIET)
    monkeypatch.undo()
    monkeypatch.setattr("anymood.training.run._run", lambda *_, **__: "resumed")
    assert resume(run.folder, console=QUIET) == "resumed"


def test_a_classifier_without_posts_is_not_asked(tmp_path: Path) -> None:
    table = tmp_path / "posts.csv"
    rows = [f"{word} {n},lost/{n}.jpg,{word}" for n in range(30) for word in ("good", "bad")]
    table.write_text("\n".join(["text,image,label", *rows]))
    console = Console(record=True, width=400, file=io.StringIO())
    bundle = train(DataSources(table=str(table)), replace(TINY, epochs=1), tmp_path / "run", console=console)
    message = console.export_text()
    assert "60 missing image" in message
    assert "The image classifier is not trained" in message
    assert "The fused classifier is not trained" in message
    assert "lost/7.jpg" in (tmp_path / "run/problems.txt").read_text()
    assert bundle.config.trained == ("text",)
    prediction = anymood.load(bundle.folder).predict("good 3", np.zeros((40, 40, 3), np.uint8))
    assert (prediction.used, prediction.reason) == ("text", "not trained for it")


@pytest.mark.parametrize(
    ("train_text", "validation_text", "alpha", "message"),
    [
        ("https://t.co/{n}", "words {n}", {}, "None of the 8 training posts has a text with words or an image"),
        ("words {n}", "https://t.co/{n}", {}, "None of the 2 validation posts has a text with words or an image"),
        ("words {n}", "words {n}", {"text": 0}, "None of the 8 training posts has an image .* alpha is 0"),
    ],
)
def test_posts_that_teach_nothing_are_an_error_before_the_training(
    tmp_path: Path, train_text: str, validation_text: str, alpha: dict[str, float], message: str
) -> None:
    rows = [f"{train_text.format(n=n)},{('bad', 'good')[n % 2]},train" for n in range(8)]
    rows += [f"{validation_text.format(n=n)},{('bad', 'good')[n % 2]},validation" for n in range(8, 10)]
    table = tmp_path / "posts.csv"
    table.write_text("\n".join(["text,label,split", *rows]), encoding="utf-8")
    recipe = replace(TINY, epochs=1, alpha=LossWeights(**alpha))
    with pytest.raises(TrainingError, match=message):
        train(DataSources(table=str(table)), recipe, tmp_path / "run", console=QUIET)


def test_arguments_of_other_types_are_named(table: Path, tmp_path: Path) -> None:
    sources = DataSources(table=str(table))
    for wrong in (str(table), table, open_corpus(table), None):
        with pytest.raises(SettingError, match=r"such as DataSources\(table='posts.csv'\), not a"):
            train(wrong, TINY, tmp_path / "run")  # type: ignore[arg-type]
    for recipe in (TINY.to_dict(), "default", None):
        with pytest.raises(SettingError, match="The recipe is a Recipe, .*not a"):
            train(sources, recipe, tmp_path / "run")  # type: ignore[arg-type]


@pytest.mark.parametrize("label", [2, -1, "good", None])
def test_a_label_that_is_no_class_is_named(label: object) -> None:
    posts = Example(Post("a", id="first"), 0), Example(Post("b", id="second"), label)  # type: ignore[arg-type]
    with pytest.raises(TrainingError, match="The post 'second' has the label .* class indices from 0 to 1"):
        TrainingData(LabelSet(("bad", "good")), posts, posts[:1])


def test_hosts_that_cannot_find_each_other_do_not_wait(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("MASTER_ADDR", "MASTER_PORT", "NODE_RANK"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NODE_RANK", "0")
    with pytest.raises(SettingError, match="on 2 machines needs MASTER_ADDR, MASTER_PORT in the environment of each"):
        train(DataSources(table=str(table)), replace(TINY, num_nodes=2), tmp_path / "run", console=QUIET)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_device_that_does_not_exist_is_named(table: Path, tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="Training cannot have accelerator=gpu: .*backend"):
        train(DataSources(table=str(table)), replace(TINY, accelerator="gpu"), tmp_path / "run", console=QUIET)
    assert list((tmp_path / "run").iterdir()) == []  # so that the same folder may be named again
    if find_spec("torch_xla") is None:
        with pytest.raises(SettingError, match="Training cannot have accelerator=tpu: .*torch_xla"):
            train(DataSources(table=str(table)), replace(TINY, accelerator="tpu"), tmp_path / "run", console=QUIET)


def test_a_question_that_is_answered_with_no_ends_the_run_before_it_begins(tmp_path):
    labels = ["good"] * 20 + ["bad"] * 20 + ["goood"]
    path = tmp_path / "posts.csv"
    path.write_text("text,label\n" + "".join(f"text {n},{label}\n" for n, label in enumerate(labels)), encoding="utf-8")
    questions = []
    with pytest.raises(TrainingError, match="Nothing was trained"):
        train(
            DataSources(table=path), TINY, tmp_path / "run", console=QUIET, confirm=lambda q: bool(questions.append(q))
        )
    assert "'goood' (1) and 'good' (20 posts)" in questions[0]
    assert not (tmp_path / "run").exists()
