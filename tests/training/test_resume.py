import json
import shutil
import signal
from pathlib import Path

import pytest
import torch
from lightning import Trainer
from same import assert_same
from tiny_recipe import QUIET, TINY

from anymood.errors import TrainingError
from anymood.runtime.bundle import Bundle
from anymood.training.data_sources import DataSources
from anymood.training.module import MultitaskModule
from anymood.training.run import resume, train
from anymood.training.run_folder import RunFolder


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
    actual, expected = (torch.load(r.best, weights_only=True)["state_dict"] for r in (broken, run))
    assert_same(actual, expected)
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

    def export(network: object, config: object, preparation: object, folder: Path, encoders: object) -> Bundle:
        return Bundle.open(Path(shutil.copytree(run.bundle, folder)))  # its graphs do not matter here

    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "fit", trained)
        patch.setattr("anymood.training.finish.export_bundle", export)
        assert resume(stopped.folder, console=QUIET).folder == stopped.bundle
    assert stopped.records() == records


@pytest.mark.parametrize(("name", "content"), [("last", b""), ("last", None), ("best", b"PK\x03\x04")])
def test_a_damaged_checkpoint_is_named(run: RunFolder, tmp_path: Path, name: str, content: bytes | None) -> None:
    damaged = RunFolder(Path(shutil.copytree(run.folder, tmp_path / "damaged", ignore=lambda *_: ["bundle"])))
    path = damaged.last if name == "last" else damaged.best
    if content is None:
        weights = torch.load(path, weights_only=True)
        weights["state_dict"].popitem()
        torch.save(weights, path)
    else:
        path.write_bytes(content)
    with pytest.raises(
        TrainingError, match=rf"{name}\.ckpt is missing, damaged or of another recipe .* Start a new one"
    ):
        resume(damaged.folder, console=QUIET)


def test_a_damaged_record_of_a_run_is_named(run: RunFolder, tmp_path: Path) -> None:
    damaged = RunFolder(Path(shutil.copytree(run.folder, tmp_path / "damaged", ignore=lambda *_: ["bundle"])))
    damaged.metrics.write_text("junk\n")
    with pytest.raises(
        TrainingError, match=r"metrics\.jsonl has no epochs: it is damaged\. The run cannot be continued"
    ):
        resume(damaged.folder, console=QUIET)
    damaged.config.write_text(json.dumps(damaged.read_config() | {"sources": {}}))
    with pytest.raises(TrainingError, match=r"config\.json is damaged, or of another version .* Start a new run"):
        resume(damaged.folder, console=QUIET)


def test_a_run_does_not_resume_with_other_data(table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    copy = Path(shutil.copytree(table.parent, tmp_path / "data")) / table.name
    before = copy.read_text(encoding="utf-8")
    monkeypatch.setattr("anymood.training.prepare.prepare", stop)
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
