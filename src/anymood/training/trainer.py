"""The lightning trainer of a run: epochs, devices, precision and callbacks."""

import os

from lightning import Callback, Trainer
from lightning.fabric.plugins.environments.lightning import LightningEnvironment
from lightning.fabric.utilities.exceptions import MisconfigurationException
from lightning.fabric.utilities.rank_zero import rank_zero_only
from lightning.pytorch.callbacks import EarlyStopping, EMAWeightAveraging, ModelCheckpoint, RichProgressBar
from rich.console import Console

from anymood.errors import SettingError
from anymood.training.callbacks import RunLog
from anymood.training.config import Recipe
from anymood.training.module import SCORE
from anymood.training.precision import precision
from anymood.training.run_folder import RunFolder


def process_rank() -> int:
    """Rank of this process in distributed training; rank 0 writes the files."""
    return getattr(rank_zero_only, "rank", None) or 0


def build_trainer(recipe: Recipe, run: RunFolder, console: Console) -> Trainer:
    """The trainer of a run, with early stopping and checkpoints of the best and of the last epoch.

    Raises:
        SettingError: there are no such devices, or too few.
    """
    folder = run.checkpoints
    callbacks: list[Callback] = [
        RunLog(run, console),
        EarlyStopping(SCORE, mode="max", patience=recipe.patience),
        ModelCheckpoint(folder, "best", monitor=SCORE, mode="max", enable_version_counter=False),
        ModelCheckpoint(folder, "last", enable_version_counter=False, save_on_train_epoch_end=True),
    ]
    if recipe.average is not None:
        callbacks.append(EMAWeightAveraging(decay=recipe.average))
    if console.is_terminal:
        callbacks.append(RichProgressBar(leave=False))
    try:
        trainer = Trainer(
            accelerator=recipe.accelerator,
            devices=recipe.devices,
            num_nodes=recipe.hosts,
            strategy="ddp_find_unused_parameters_true" if recipe.devices * recipe.hosts > 1 else "auto",
            precision=precision(recipe),
            max_epochs=recipe.epochs,
            gradient_clip_val=recipe.gradient_clip,
            callbacks=callbacks,
            logger=False,
            enable_model_summary=False,
            enable_progress_bar=console.is_terminal,
            num_sanity_val_steps=0,
            reload_dataloaders_every_n_epochs=1,
            use_distributed_sampler=False,
        )
    except MisconfigurationException as error:
        raise SettingError(f"Training cannot have accelerator={recipe.accelerator}: {error}") from error
    if recipe.hosts > 1:
        _require_address(trainer)
    return trainer


def _require_address(trainer: Trainer) -> None:
    """Check that the hosts can find each other: otherwise each would wait silently.

    Raises:
        SettingError: neither a scheduler nor the environment gives the address of the first host.
    """
    environment = getattr(trainer.strategy, "cluster_environment", None)
    if not isinstance(environment, LightningEnvironment):  # that of torchrun, Slurm and the like
        return
    if lacking := [name for name in ("MASTER_ADDR", "MASTER_PORT", "NODE_RANK") if name not in os.environ]:
        raise SettingError(
            f"Training on {trainer.num_nodes} hosts needs {', '.join(lacking)} in the environment of each: the first "
            "host's address, a free port of it, and this host's number from 0. torchrun and Slurm set them."
        )
