"""The lightning module of a training, and its data module.

Shape legend: N validation posts, C classes.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import torch
import torch.distributed
from lightning import LightningDataModule, LightningModule
from lightning.pytorch.utilities.types import OptimizerLRSchedulerConfig
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.optim import AdamW, Optimizer
from torch.optim.lr_scheduler import LambdaLR
from torch.utils.data import DataLoader

from anymood.errors import TrainingError
from anymood.evaluation.metrics import ClassifierName, Evaluation, evaluate
from anymood.labels import UNKNOWN_LABEL, LabelSet
from anymood.network.loss import LabelOffsets, Losses, multitask_loss
from anymood.network.multitask import Batch, Logits, MultitaskNetwork
from anymood.network.weightings import WEIGHTINGS
from anymood.probabilities import softmax
from anymood.training.config import Recipe

SCORE = "score"  # the validation score that checkpoints and early stopping monitor
TIE_BREAK = 1e-4  # weight of the Brier scores in it: less than one post of 10,000
LOSSES = Losses._fields
# The best epoch is selected by the first of these classifiers that is trained.
DECIDING: tuple[ClassifierName, ...] = ("fused", "text", "image")


class MultitaskModule(LightningModule):
    """The network with its loss, optimiser and validation.

    Attributes:
        evaluation: the last validation, None before the first.
        problems: images that could not be decoded so far.

    Args:
        network: trained in place.
        recipe: the settings.
        labels: the classes.
        steps: total number of optimiser steps, for the learning rate schedule.
        class_weights: weight of each class in the loss (C,), None for equal ones.
        offsets: initial label offsets (2, S, C) of S data sources, as for ``LabelOffsets``.
    """

    def __init__(
        self,
        network: MultitaskNetwork,
        recipe: Recipe,
        labels: LabelSet,
        steps: int,
        class_weights: Tensor | None,
        offsets: Tensor | None = None,
    ) -> None:
        super().__init__()
        self.network = network
        self.weighting = WEIGHTINGS.get(recipe.weighting)(recipe.alpha, recipe.weighting_learning_rate)
        self.label_offsets = None if offsets is None else LabelOffsets(offsets)
        self.recipe = recipe
        self.labels = labels
        self.steps = steps
        self.class_weights: Tensor | None
        self.register_buffer("class_weights", class_weights, persistent=False)
        self.evaluation: Evaluation | None = None
        self.problems: set[str] = set()
        self._losses: list[Tensor] = []
        self._validated: list[tuple[Logits, Batch]] = []

    def forward(self, batch: Batch) -> Logits:
        """Logits of the three classifiers."""
        images = batch.images
        if images.ndim == 4:
            images = images.contiguous(memory_format=torch.channels_last)
        logits: Logits = self.network(images, batch.texts, batch.has_image, batch.has_text)
        return logits

    def on_train_epoch_start(self) -> None:
        """Reset the epoch's mean losses."""
        self._losses = []

    def training_step(self, batch: Batch, _: int) -> Tensor:
        """Total loss of a batch (equation 5)."""
        # Dropout is seeded by the step, so that a resumed run equals an uninterrupted one.
        torch.manual_seed((self.recipe.seed * 1_000_003 + self.global_step) * 1009 + self.global_rank)
        self.problems.update(batch.problems)
        losses = multitask_loss(
            self(batch),
            batch,
            offsets=None if self.label_offsets is None else self.label_offsets(batch.sources),
            weighting=self.weighting,
            encoders=(self.network.image_encoder, self.network.text_encoder),
            class_weights=self.class_weights,
            label_smoothing=self.recipe.label_smoothing,
        )
        self._losses.append(torch.stack([loss.detach() for loss in losses]))
        for name, loss in zip(LOSSES, losses, strict=True):
            self.log(name, loss.detach(), prog_bar=True, logger=False)
        return losses.total

    def on_train_epoch_end(self) -> None:
        """Update the weights of the losses."""
        self.weighting.end_epoch()

    @property
    def train_losses(self) -> dict[str, float]:
        """Mean losses of the current epoch by classifier, and their weighted total."""
        return dict(zip(LOSSES, torch.stack(self._losses).mean(dim=0).tolist(), strict=True))

    def validation_step(self, batch: Batch, _: int) -> None:
        """Collect the logits of a batch."""
        self.problems.update(batch.problems)
        self._validated.append((self(batch), batch))

    def on_validation_epoch_end(self) -> None:
        """Evaluate the three classifiers on the validation posts of all processes.

        Raises:
            TrainingError: the loss or a logit is not finite.
        """
        # Gathered with the rest, so that all processes end together.
        finite = np.array([all_finite(self._losses[-1:], *(logits for logits, _ in self._validated))])
        rows = _gather({**logit_rows(self._validated, len(self.labels)), "finite": finite})
        self._validated = []
        if not rows["finite"].all():
            raise TrainingError(
                f"The training diverged in epoch {self.current_epoch + 1}: its loss or logits are not finite. "
                "Start a new run with a lower learning_rate, image_learning_rate or text_learning_rate."
            )
        self.evaluation = evaluate(
            rows["labels"],
            self.labels,
            text=softmax(rows["text"]),
            image=softmax(rows["image"]),
            fused=softmax(rows["fused"]),
        )
        self.log(SCORE, self.score(self.evaluation), logger=False)

    def score(self, evaluation: Evaluation) -> float:
        """The score by which the best epoch is selected: of the fused classifier, as in section 4.2.1, or of all three.

        For a model that is trained on one modality only, it is that of the modality's classifier; if the validation
        posts lack the modality, that of the routed predictions. Ties are broken by the mean Brier score of the trained
        classifiers: otherwise the first epoch would be kept.
        """
        metrics = {name: patterns["all"] for name, patterns in evaluation.metrics.items()}
        trained = [name for name in DECIDING if getattr(self.recipe.alpha, name)]
        chosen = trained if self.recipe.select_on == "all" else trained[:1]
        deciding = [metrics[name] for name in chosen if name in metrics] or [metrics["routed"]]
        brier = [metrics[name].brier / 2 for name in trained if name in metrics]  # 0, perfect, to 1
        score = sum(getattr(each, self.recipe.select_by) for each in deciding) / len(deciding)
        return float(score + TIE_BREAK * (1 - sum(brier) / max(1, len(brier))))

    def configure_optimizers(self) -> OptimizerLRSchedulerConfig:
        """AdamW with linear warm-up and cosine decay of the learning rates."""
        groups = [*parameter_groups(self.network, self.recipe)]
        if self.label_offsets is not None:
            offsets = list(self.label_offsets.parameters())
            groups.append({"params": offsets, "lr": self.recipe.learning_rate, "weight_decay": 0.0})
        if weights := list(self.weighting.parameters()):
            groups.append({"params": weights, "lr": self.recipe.weighting_learning_rate, "weight_decay": 0.0})
        optimizer = AdamW(groups, foreach=True)  # all tensors at once, also on a CPU
        scheduler = warm_up_and_decay(optimizer, self.steps, self.recipe.warmup_ratio)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "interval": "step"}}


class RunData(LightningDataModule):
    """The batches of a run; not part of the module, which lightning copies to average its weights.

    ``train`` returns the batches of an epoch, ``validation`` those of the validation posts.
    """

    def __init__(self, train: Callable[[int], DataLoader[Any]], validation: Callable[[], DataLoader[Any]]) -> None:
        super().__init__()
        self._train, self._validation = train, validation

    def train_dataloader(self) -> DataLoader[Any]:
        """Batches of the current epoch; lightning calls this for each."""
        assert self.trainer is not None  # noqa: S101  # set by lightning before the call
        return self._train(self.trainer.current_epoch)

    def val_dataloader(self) -> DataLoader[Any]:
        """Batches of the validation posts."""
        return self._validation()


def warm_up_and_decay(optimizer: Optimizer, steps: int, warm_up: float) -> LambdaLR:
    """A schedule of the learning rates: linear warm-up in a share of the steps, then cosine decay to 0."""
    rising = max(1, round(warm_up * steps))

    def factor(step: int) -> float:
        if step < rising:
            return (step + 1) / rising
        return (1 + math.cos(math.pi * min(1.0, (step - rising) / max(1, steps - rising)))) / 2

    return LambdaLR(optimizer, factor)


def parameter_groups(network: MultitaskNetwork, recipe: Recipe) -> Iterator[dict[str, Any]]:
    """Parameters grouped by learning rate and weight decay."""
    rates = {}
    for encoder, rate in (
        (network.image_encoder, recipe.image_learning_rate),
        (network.text_encoder, recipe.text_learning_rate),
    ):
        if encoder.pretrained:
            rates.update(dict.fromkeys(map(id, encoder.backbone.parameters()), rate))
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    for parameter in network.parameters():
        if parameter.requires_grad:
            decay = recipe.weight_decay if parameter.ndim > 1 else 0.0  # no decay of biases and normalisation
            groups.setdefault((rates.get(id(parameter), recipe.learning_rate), decay), []).append(parameter)
    for (rate, decay), parameters in groups.items():
        yield {"params": parameters, "lr": rate, "weight_decay": decay}


def all_finite(*parts: Iterable[Tensor | None]) -> bool:
    """Whether all values of some tensors are finite."""
    return all(bool(tensor.isfinite().all()) for part in parts for tensor in part if tensor is not None)


def logit_rows(parts: list[tuple[Logits, Batch]], classes: int) -> dict[str, NDArray[Any]]:
    """Logits (N, C) of each classifier, NaN for posts without its modalities; ``labels`` and ``image_targets`` (N,)."""

    def spread(logits: Tensor, seen: Tensor) -> NDArray[np.float64]:
        rows = np.full((len(seen), classes), np.nan)
        rows[seen.cpu().numpy()] = logits.detach().float().cpu().numpy()
        return rows

    return {
        "image": np.concatenate([spread(logits.image, batch.has_image) for logits, batch in parts]),
        "text": np.concatenate([spread(logits.text, batch.has_text) for logits, batch in parts]),
        "fused": np.concatenate([spread(logits.fused, batch.has_image & batch.has_text) for logits, batch in parts]),
        "labels": np.concatenate([batch.labels.cpu().numpy() for _, batch in parts]),
        "image_targets": np.concatenate([_image_targets(batch) for _, batch in parts]),
    }


def _image_targets(batch: Batch) -> NDArray[Any]:
    """Class indices (B,) for the image classifier, UNKNOWN_LABEL for posts without an image."""
    targets = torch.full_like(batch.has_image, UNKNOWN_LABEL, dtype=torch.long)
    targets[batch.has_image] = batch.image_targets
    return targets.cpu().numpy()


def _gather(rows: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Rows of all processes, one after another."""
    if not torch.distributed.is_initialized():
        return dict(rows)
    gathered: list[Any] = [None] * torch.distributed.get_world_size()
    torch.distributed.all_gather_object(gathered, rows)
    return {name: np.concatenate([part[name] for part in gathered]) for name in rows}
