"""Training and prediction of a system.

Shape legend: N posts, C classes.
"""

import math
import time
from collections.abc import Iterator
from typing import Any, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from anymood.datasets.corpus import Split
from anymood.errors import TrainingError
from anymood.evaluation.metrics import ClassifierMetrics, classifier_metrics
from anymood.experiments.features import StudyFeatures
from anymood.experiments.study import EPOCHS
from anymood.experiments.system import GIVEN, FeatureBatch, Given, Phase, Sizes, System
from anymood.training.config import Recipe
from anymood.training.module import TIE_BREAK, warm_up_and_decay
from anymood.training.run_folder import stopped_early

BATCH_SIZE = 256  # posts

Trainings: TypeAlias = dict[tuple[type[System], int], tuple[dict[str, Tensor], list[dict[str, Any]]]]
"""Trained weights and records by system and seed."""


def fit_system(
    kind: type[System], features: StudyFeatures, recipe: Recipe, shared: Trainings | None = None
) -> tuple[System, list[dict[str, Any]]]:
    """Train a system with the recipe's seed, rates, batches, decay and early stopping.

    Args:
        kind: class of the system.
        features: features of the posts.
        recipe: the recipe.
        shared: trainings that systems share (``System.trained_as``), which are added to it; each is trained by default.

    Returns:
        The system with its best weights, and a record per epoch.

    Raises:
        TrainingError: the loss is not finite.
    """
    torch.manual_seed(recipe.seed)
    sizes = Sizes(features.image.shape[1], features.text.shape[1], features.classes, recipe.classifier_dropout)
    system = kind(sizes)
    train = FeatureBatch(features, features.parts["train"])
    system.fit_statistics(train)
    key = vars(kind).get("trained_as", kind), recipe.seed
    if shared is not None and key in shared:
        weights, records = shared[key]
        system.load_state_dict(weights, strict=False)
    else:
        records = _train(system, features, recipe)
    if shared is not None:
        shared[key] = dict(system.named_parameters()), records
    system.eval()
    with torch.inference_mode():
        system.fit_statistics(train)
    return system, records


def _train(system: System, features: StudyFeatures, recipe: Recipe) -> list[dict[str, Any]]:
    """Train in place; returns a record per epoch."""
    records = list[dict[str, Any]]()
    predict(system, features, "validation")  # so that the time of training is without that of features
    for number, phase in enumerate(system.phases(), 1):
        for record in _train_phase(system, phase, features, recipe):
            records.append({"epoch": len(records) + 1, "phase": number, **record})
    return records


def _train_phase(system: System, phase: Phase, features: StudyFeatures, recipe: Recipe) -> Iterator[dict[str, Any]]:
    """Train with early stopping; yields a record per epoch, and leaves the weights of the best one."""
    rows = _learnt_posts(system, phase, features)
    learnt = {parameter for module in phase.learns for parameter in module.parameters()}
    for parameter in system.parameters():
        parameter.requires_grad_(parameter in learnt)  # no gradients are computed for the others
    parameters = [parameter for parameter in system.parameters() if parameter in learnt]
    groups: list[dict[str, Any]] = [
        {"params": [parameter for parameter in parameters if parameter.ndim > 1]},
        {"params": [parameter for parameter in parameters if parameter.ndim <= 1], "weight_decay": 0.0},  # biases
    ]
    epochs = EPOCHS * recipe.epochs
    optimizer = torch.optim.AdamW(groups, recipe.learning_rate, weight_decay=recipe.weight_decay)
    schedule = warm_up_and_decay(optimizer, epochs * -(-len(rows) // recipe.batch_size), recipe.warmup_ratio)
    scores: list[float] = []
    best: dict[str, Tensor] = {}
    for epoch in range(epochs):
        started, processor_started, losses = time.monotonic(), time.process_time(), []
        order = torch.randperm(len(rows), generator=torch.Generator().manual_seed(recipe.seed * 1009 + epoch))
        system.train()
        for posts in torch.split(rows[order], recipe.batch_size):
            loss = phase.loss(FeatureBatch(features, posts))
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            if recipe.gradient_clip:
                torch.nn.utils.clip_grad_norm_(parameters, recipe.gradient_clip)
            optimizer.step()
            schedule.step()
            losses.append(loss.item())
        if not math.isfinite(sum(losses)):
            raise TrainingError("The training diverged: its loss is not finite. Lower the learning_rate.")
        record: dict[str, Any] = {"losses": {"total": sum(losses) / len(losses)}}
        if phase.supervised:
            metrics = _validate(system, features)
            record["validation"] = {"fused": {"accuracy": metrics.accuracy}}
            scores.append(getattr(metrics, recipe.select_by) + TIE_BREAK * (1 - metrics.brier / 2))
            if scores[-1] == max(scores):
                best = {name: value.clone() for name, value in system.state_dict().items()}
        record["seconds"] = round(time.monotonic() - started, 3)
        yield {**record, "processor_seconds": round(time.process_time() - processor_started, 3)}
        if stopped_early(scores, recipe.patience):
            break
    if best:
        system.load_state_dict(best)


def _learnt_posts(system: System, phase: Phase, features: StudyFeatures) -> Tensor:
    """Indices of the training posts that a phase learns from; all of them if it keeps none."""
    rows = features.parts["train"]
    if phase.keeps is None:
        return rows
    system.eval()
    with torch.inference_mode():
        chosen = rows[phase.keeps(FeatureBatch(features, rows))]
    return chosen if len(chosen) else rows


def _validate(system: System, features: StudyFeatures) -> ClassifierMetrics:
    rows = features.parts["validation"]
    return classifier_metrics(_probabilities(system, features, rows, "both"), features.labels[rows].tolist())


def predict(system: System, features: StudyFeatures, part: Split = "test") -> dict[str, NDArray[np.float64]]:
    """Probabilities (N, C) of the posts of a part, given both modalities, the image, and the text."""
    rows = features.parts[part]
    system.eval()
    return {given: _probabilities(system, features, rows, given) for given in GIVEN}


@torch.inference_mode()
def _probabilities(system: System, features: StudyFeatures, rows: Tensor, given: Given) -> NDArray[np.float64]:
    if given != "both" and given not in system.reads:  # it has no input to predict from
        counts = torch.bincount(features.labels[features.parts["train"]], minlength=features.classes).double()
        return (counts / counts.sum()).repeat(len(rows), 1).numpy()
    system.eval()
    logits = [system(FeatureBatch(features, some, given)) for some in torch.split(rows, BATCH_SIZE)]
    return torch.cat(logits).double().softmax(dim=1).numpy()
