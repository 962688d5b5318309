"""Training and prediction of a system.

Shape legend: N posts, C classes.
"""

import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from anymood.datasets.corpus import Split
from anymood.errors import TrainingError
from anymood.evaluation.metrics import classifier_metrics
from anymood.experiments.features import Features, in_groups
from anymood.experiments.study import EPOCHS
from anymood.experiments.system import GIVEN, Given, Phase, Seen, Sizes, System
from anymood.training.config import Recipe
from anymood.training.module import TIE

ANSWERED = 256  # posts at once


def fit_system(
    kind: Callable[[Sizes], System], features: Features, recipe: Recipe
) -> tuple[System, list[dict[str, Any]]]:
    """Train a system with the recipe's seed, rates, batches, decay and early stopping.

    Args:
        kind: class of the system.
        features: features of the posts.
        recipe: the recipe.

    Returns:
        The system with its best weights, and a record per epoch.

    Raises:
        TrainingError: the loss is not finite.
    """
    torch.manual_seed(recipe.seed)
    sizes = Sizes(features.image.shape[1], features.text.shape[1], features.classes, recipe.classifier_dropout)
    system, records = kind(sizes), list[dict[str, Any]]()
    train = Seen(features, features.parts["train"])
    system.look_at(train)
    answers(system, features, "validation")  # so that the time of training is without that of features
    for number, phase in enumerate(system.phases(), 1):
        learner = _Learner(system, phase, features, recipe)
        for epoch in range(learner.epochs):
            records.append({"epoch": len(records) + 1, "phase": number, **learner.epoch(epoch)})
            if learner.is_over():
                break
        learner.keep_best()
    system.eval()
    with torch.inference_mode():
        system.look_at(train)
    return system, records


class _Learner:
    """One phase of a training."""

    def __init__(self, system: System, phase: Phase, features: Features, recipe: Recipe) -> None:
        self.system, self.phase, self.features, self.recipe = system, phase, features, recipe
        rows = features.parts["train"]
        if phase.keeps is not None:
            system.eval()
            with torch.inference_mode():
                kept = rows[phase.keeps(Seen(features, rows))]
            rows = kept if len(kept) else rows
        self.rows, self.epochs = rows, EPOCHS * recipe.epochs
        parameters = list({id(p): p for module in phase.learns for p in module.parameters()}.values())
        learns = {id(p) for p in parameters}
        for parameter in system.parameters():
            parameter.requires_grad_(id(parameter) in learns)  # no gradients are computed for the others
        matrices = [p for p in parameters if p.ndim > 1]
        others = [p for p in parameters if p.ndim <= 1]  # biases keep their size
        groups: list[dict[str, Any]] = [{"params": matrices}, {"params": others, "weight_decay": 0.0}]
        self.parameters = parameters
        self.optimizer = torch.optim.AdamW(groups, recipe.learning_rate, weight_decay=recipe.weight_decay)
        steps = self.epochs * -(-len(rows) // recipe.batch_size)
        rising = max(1, round(recipe.rate_warm_up * steps))

        def factor(step: int) -> float:
            falling = (1 + math.cos(math.pi * (step - rising) / max(1, steps - rising))) / 2
            return (step + 1) / rising if step < rising else falling

        self.schedule = torch.optim.lr_scheduler.LambdaLR(self.optimizer, factor)
        self.scores: list[float] = []
        self.best: dict[str, Tensor] | None = None

    def epoch(self, epoch: int) -> dict[str, Any]:
        """Train for one epoch; returns its record."""
        started, losses = time.monotonic(), []
        generator = torch.Generator().manual_seed(self.recipe.seed * 1009 + epoch)
        self.system.train()
        order = torch.randperm(len(self.rows), generator=generator)
        for rows in in_groups(self.rows[order], self.recipe.batch_size):
            loss = self.phase.loss(Seen(self.features, rows))
            self.optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            if self.recipe.gradient_clip:
                torch.nn.utils.clip_grad_norm_(self.parameters, self.recipe.gradient_clip)
            self.optimizer.step()
            self.schedule.step()
            losses.append(loss.item())
        if not math.isfinite(sum(losses)):
            raise TrainingError("The training diverged: its loss is not finite. Lower the learning_rate.")
        record = {"seconds": 0.0, "losses": {"total": sum(losses) / len(losses)}}
        if self.phase.supervised:
            validation = self.features.parts["validation"]
            found = classifier_metrics(
                _probabilities(self.system, self.features, validation, "both"),
                self.features.labels[validation].tolist(),
            )
            self.scores.append(getattr(found, self.recipe.select_by) + TIE * (1 - found.brier / 2))
            if self.scores[-1] == max(self.scores):
                self.best = {name: value.clone() for name, value in self.system.state_dict().items()}
            record["validation"] = {"fused": {"accuracy": found.accuracy}}
        return {**record, "seconds": round(time.monotonic() - started, 3)}

    def is_over(self) -> bool:
        """Whether early stopping ends the training."""
        return bool(self.scores) and len(self.scores) - 1 - self.scores.index(max(self.scores)) >= self.recipe.patience

    def keep_best(self) -> None:
        """Restore the weights of the best epoch."""
        if self.best is not None:
            self.system.load_state_dict(self.best)


def answers(system: System, features: Features, part: Split = "test") -> dict[str, NDArray[np.float64]]:
    """Probabilities (N, C) of the posts of a part, given both modalities, the image, and the text."""
    rows = features.parts[part]
    system.eval()
    return {given: _probabilities(system, features, rows, given) for given in GIVEN}


@torch.inference_mode()
def _probabilities(system: System, features: Features, rows: Tensor, given: Given) -> NDArray[np.float64]:
    if given != "both" and given not in system.reads:  # it has nothing to go by
        counts = torch.bincount(features.labels[features.parts["train"]], minlength=features.classes).double()
        return (counts / counts.sum()).repeat(len(rows), 1).numpy()
    system.eval()
    logits = [system(Seen(features, some, given)) for some in in_groups(rows, ANSWERED)]
    return torch.cat(logits).double().softmax(dim=1).numpy()
