"""Logging of a run: a table on the terminal, and a record of metrics per epoch."""

import json
import time
from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any

from lightning import Callback, LightningModule, Trainer
from rich.console import Console

from anymood.evaluation.metrics import Evaluation
from anymood.files import atomic_write
from anymood.runtime.config import CLASSIFIERS
from anymood.training.module import SCORE, MultitaskModule
from anymood.training.run_folder import RunFolder


class RunLog(Callback):
    """Writes each epoch's losses and validation scores to the run folder and to the terminal.

    Only the first of several processes writes; the losses are those of its own batches.
    """

    def __init__(self, run: RunFolder, console: Console) -> None:
        self.run = run
        self.console = console
        self.started = self.processor_started = 0.0
        self.seconds: list[float] = []
        self.learnt: set[str] = set()  # names of losses that were not zero in an epoch

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Drop the records of epochs that a resumed run repeats, and print the table's head."""
        if not trainer.is_global_zero:
            return
        records = [record for record in self.run.records() if record["epoch"] <= trainer.current_epoch]
        self.learnt = {name for record in records for name, loss in record["losses"].items() if loss}
        with atomic_write(self.run.metrics) as file:
            file.writelines(json.dumps(record).encode() + b"\n" for record in records)
        assert isinstance(pl_module, MultitaskModule)  # noqa: S101  # the only module there is
        names = [f"{name:>6}" for name in CLASSIFIERS]
        self._line(f"{'':8} {'training loss':>27}   {'validation ' + pl_module.recipe.select_by:>20}", "dim")
        self._line(
            " ".join(["   epoch", *names, f"{'total':>6}", "|", *names, "|", f"{'time':>8}", f"{'left':>8}"]), "bold"
        )

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Start the timers."""
        self.started, self.processor_started = time.monotonic(), time.process_time()

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Write the epoch's record, and print its line."""
        assert isinstance(pl_module, MultitaskModule)  # noqa: S101
        if pl_module.evaluation is None or not trainer.is_global_zero:
            return
        self.seconds.append(time.monotonic() - self.started)
        epoch, epochs = trainer.current_epoch + 1, trainer.max_epochs or 0
        losses, validation = pl_module.train_losses, validation_record(pl_module.evaluation)
        record = {
            "epoch": epoch,
            "seconds": round(self.seconds[-1], 3),
            "processor_seconds": round(time.process_time() - self.processor_started, 3),
            "losses": losses,
            "weights": pl_module.weighting.weights(),
            "fusion": pl_module.network.fusion.scalars(),
            "validation": validation,
            "score": float(trainer.callback_metrics[SCORE]),
        }
        with self.run.metrics.open("a", encoding="utf-8") as file:
            file.write(json.dumps(record) + "\n")
        left = timedelta(seconds=round((epochs - epoch) * sum(self.seconds) / len(self.seconds)))
        self.learnt |= {name for name, loss in losses.items() if loss}
        shown = loss_columns(losses, self.learnt)
        scores = [_percent(validation, name, pl_module.recipe.select_by) for name in CLASSIFIERS]
        self._line(
            " ".join(
                [f"{epoch:>3} /{epochs:>3}", *shown, "|", *scores, "|", f"{self.seconds[-1]:6.1f} s", f"{left!s:>8}"]
            )
        )

    def _line(self, text: str, style: str | None = None) -> None:
        self.console.print(text, style=style, highlight=False, soft_wrap=True)


def loss_columns(losses: Mapping[str, float], learnt: Collection[str]) -> list[str]:
    """The losses for the terminal; a hyphen where all are zero because no post has what the classifier needs."""
    return [f"{losses[name]:6.3f}" if name in learnt else f"{'-':>6}" for name in (*CLASSIFIERS, "total")]


def validation_record(evaluation: Evaluation) -> dict[str, dict[str, float]]:
    """Scores of each classifier on the validation posts that it can predict."""
    return {
        name: {
            "n": metrics["all"].n,
            "accuracy": metrics["all"].accuracy,
            "macro_f1": metrics["all"].macro_f1,
            "weighted_f1": metrics["all"].weighted_f1,
        }
        for name, metrics in evaluation.metrics.items()
    }


def _percent(scores: dict[str, dict[str, Any]], name: str, key: str) -> str:
    return f"{100 * scores[name][key]:6.2f}" if name in scores else f"{'-':>6}"
