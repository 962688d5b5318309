"""The second step of a run: train the network."""

import logging
import signal
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from lightning.pytorch.accelerators import CPUAccelerator
from rich.console import Console
from torch import Tensor
from torch.utils.data import DataLoader

from anymood.datasets.corpus import Example
from anymood.errors import TrainingError
from anymood.labels import LabelSet
from anymood.network.multitask import MultitaskNetwork
from anymood.training.batches import Collate, PostItems
from anymood.training.config import Recipe
from anymood.training.label_shares import source_offsets
from anymood.training.module import MultitaskModule, RunData
from anymood.training.prepare import PreparedRun
from anymood.training.run_folder import RunFolder, process_rank, stopped_early
from anymood.training.sampling import BalancedBatches, Draw
from anymood.training.trainer import build_trainer, fast_depthwise

FEW_POSTS = 2_000  # posts of an epoch that one thread trains in a second with frozen encoders
NEW_RUN = "The run cannot be continued. Start a new one in another folder."


@dataclass(frozen=True, slots=True)
class TrainedNetwork:
    """A trained network.

    Attributes:
        network: the network with the weights of the best epoch, in evaluation mode.
        records: one per epoch, as in the run's ``metrics.jsonl``.
        best_epoch: number of the best epoch, from 1.
        problems: images that could not be decoded in training.
    """

    network: MultitaskNetwork
    records: list[dict[str, Any]]
    best_epoch: int
    problems: tuple[str, ...]


def fit(prepared: PreparedRun, run: RunFolder, console: Console, *, resume: bool = False) -> TrainedNetwork:
    """Train until the last epoch, or until early stopping.

    Args:
        prepared: from ``prepare``.
        run: the run's folder, for weights and metrics.
        console: for progress.
        resume: continue from the checkpoint of the last complete epoch.

    Raises:
        TrainingError: the training diverged, or a checkpoint cannot be read.
        KeyboardInterrupt: the user stopped; the checkpoint of the last complete epoch remains.
        SystemExit: this is one of several processes, but not the first, and training is over.
    """
    recipe, network = prepared.recipe, prepared.network
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)  # without tips and lists of devices
    problems: set[str] = set()
    # After early stopping, lightning would train one more epoch, which could become the best.
    if not (resume and stopped_early([record["score"] for record in run.records()], recipe.patience)):
        problems = _train(prepared, run, console, resume=resume)
    if process_rank() != 0:
        raise SystemExit(0)  # all processes have the same network, and only the first one continues
    prefix = "network."  # the state also has the weights of the losses
    with _reading(run.best):
        best = _weights(run.best)
        network.load_state_dict({name.removeprefix(prefix): w for name, w in best.items() if name.startswith(prefix)})
    network.to(memory_format=torch.contiguous_format).eval()
    records = run.records()
    if not records:
        raise TrainingError(f"{run.metrics} has no epochs: it is damaged. {NEW_RUN}")
    epoch = max(records, key=lambda record: record["score"])["epoch"]  # the first of the best, like the checkpoint
    return TrainedNetwork(network, records, epoch, tuple(sorted(problems)))


def _train(prepared: PreparedRun, run: RunFolder, console: Console, *, resume: bool) -> set[str]:
    """Train; returns the images that could not be decoded."""
    recipe, network = prepared.recipe, prepared.network
    processes = recipe.devices * recipe.num_nodes

    def batches(epoch: int) -> BalancedBatches:
        return BalancedBatches(prepared.quotas, recipe.batch_size, recipe.seed, epoch, process_rank(), processes)

    weights = class_weights(prepared.train.examples, prepared.labels) if recipe.class_weights == "balanced" else None
    module = MultitaskModule(
        network,
        recipe,
        prepared.labels,
        steps=len(batches(0)) * recipe.epochs,
        class_weights=weights,
        offsets=torch.from_numpy(source_offsets(prepared)) if recipe.label_offsets else None,
    )
    if not recipe.frozen_image:
        network.to(memory_format=torch.channels_last)
    if resume:
        with _reading(run.last):  # lightning loads it again, but its errors do not name the file
            module.load_state_dict(_weights(run.last))
    trainer = build_trainer(recipe, run, console)
    loaders = RunData(
        lambda epoch: _loader(prepared, prepared.train, batches(epoch)),
        lambda: validation_loader(prepared, process_rank(), processes),
    )
    half_on_cpu = trainer.precision == "bf16-mixed" and isinstance(trainer.accelerator, CPUAccelerator)
    handler = signal.getsignal(signal.SIGINT)
    try:
        depthwise = fast_depthwise(network) if half_on_cpu else nullcontext()
        with warnings.catch_warnings(), depthwise, few_threads(recipe, len(prepared.train)):
            warnings.simplefilter("ignore")  # advice on workers, and lightning's use of deprecated functions of torch
            trainer.fit(module, datamodule=loaders, ckpt_path=run.last if resume else None, weights_only=True)
    except SystemExit:  # how lightning ends after Ctrl-C, which it then no longer handles
        signal.signal(signal.SIGINT, handler)
        raise KeyboardInterrupt from None
    return module.problems


def _weights(checkpoint: Path) -> dict[str, Tensor]:
    return torch.load(checkpoint, map_location="cpu", weights_only=True)["state_dict"]  # type: ignore[no-any-return]


@contextmanager
def few_threads(recipe: Recipe, posts: int) -> Iterator[None]:
    """One thread for short epochs with frozen encoders, whose threads would wait for each other on a busy machine."""
    threads = torch.get_num_threads()
    if recipe.threads is None and recipe.frozen_image and recipe.frozen_text and posts <= FEW_POSTS:
        torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


@contextmanager
def _reading(checkpoint: Path) -> Iterator[None]:
    """Errors of reading a checkpoint as ``TrainingError``."""
    try:
        yield
    except Exception as error:  # torch raises anything from EOFError to RuntimeError
        why = (str(error) or type(error).__name__).splitlines()[0].rstrip(".:")
        raise TrainingError(
            f"{checkpoint} is missing, damaged or of another recipe or version: {why}. {NEW_RUN}"
        ) from error


def validation_loader(prepared: PreparedRun, rank: int = 0, processes: int = 1) -> DataLoader[Any]:
    """Batches of every ``processes``-th validation post from the ``rank``-th on, without augmentation."""
    size = prepared.recipe.batch_size
    draws = [Draw(index, None) for index in range(rank, len(prepared.validation), processes)]
    return _loader(prepared, prepared.validation, [draws[i : i + size] for i in range(0, len(draws), size)])


def _loader(prepared: PreparedRun, items: PostItems, batches: "BalancedBatches | list[list[Draw]]") -> DataLoader[Any]:
    return DataLoader(
        items,
        batch_sampler=batches,
        num_workers=prepared.recipe.workers,
        collate_fn=Collate(prepared.text_preparation),
    )


def class_weights(examples: Sequence[Example], labels: LabelSet) -> Tensor:
    """Weights (C,), inverse to the classes' counts in training; their mean over the posts is 1."""
    counts = np.bincount([example.label for example in examples], minlength=len(labels))
    return torch.tensor(len(examples) / (len(labels) * np.maximum(counts, 1)), dtype=torch.float32)
