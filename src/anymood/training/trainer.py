"""The Lightning trainer of a run: epochs, devices, precision and callbacks."""

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import torch
from lightning import Callback, Trainer
from lightning.fabric.plugins.environments.lightning import LightningEnvironment
from lightning.fabric.utilities.exceptions import MisconfigurationException
from lightning.pytorch.callbacks import EarlyStopping, ModelCheckpoint, RichProgressBar, WeightAveraging
from lightning.pytorch.plugins.io import TorchCheckpointIO
from rich.console import Console
from timm.layers.conv2d_same import Conv2dSame
from torch import Tensor, nn

from anymood.errors import SettingError
from anymood.files import atomic_write
from anymood.runtime.cores import lacks_amx
from anymood.training.callbacks import RunLog
from anymood.training.config import Recipe
from anymood.training.module import SCORE
from anymood.training.run_folder import RunFolder


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
    if recipe.ema_decay is not None:
        callbacks.append(WeightAveraging(avg_fn=partial(_moving_average, decay=recipe.ema_decay)))
    if console.is_terminal:
        callbacks.append(RichProgressBar(leave=False))
    try:
        trainer = Trainer(
            accelerator=recipe.accelerator,
            devices=recipe.devices,
            num_nodes=recipe.num_nodes,
            strategy="ddp_find_unused_parameters_true" if recipe.devices * recipe.num_nodes > 1 else "auto",
            precision=precision(recipe),
            max_epochs=recipe.epochs,
            gradient_clip_val=recipe.gradient_clip,
            callbacks=callbacks,
            plugins=[AtomicCheckpoints()],
            logger=False,
            enable_model_summary=False,
            enable_progress_bar=console.is_terminal,
            num_sanity_val_steps=0,
            reload_dataloaders_every_n_epochs=1,
            use_distributed_sampler=False,
        )
    except (MisconfigurationException, ImportError) as error:  # such as torch_xla, for tpu
        raise SettingError(f"Training cannot have accelerator={recipe.accelerator}: {error}") from error
    if recipe.num_nodes > 1:
        _require_address(trainer)
    return trainer


class AtomicCheckpoints(TorchCheckpointIO):
    """Writes checkpoints beside their place and then renames them: if that fails, the checkpoint before remains.

    Lightning writes them to the folder of temporary files. If that is on another disk, they are copied over the ones
    before, which a full disk or a kill would leave damaged.
    """

    def save_checkpoint(self, checkpoint: dict[str, Any], path: Any, storage_options: Any = None) -> None:
        """Write a checkpoint.

        Raises:
            OSError: it cannot be written.
        """
        content = io.BytesIO()
        torch.save(checkpoint, content)
        target = Path(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        with atomic_write(target) as file:
            file.write(content.getbuffer())


def _require_address(trainer: Trainer) -> None:
    """Check that the machines can find each other: otherwise each would wait silently.

    Raises:
        SettingError: neither a scheduler nor the environment gives the address of the first machine.
    """
    environment = getattr(trainer.strategy, "cluster_environment", None)
    if not isinstance(environment, LightningEnvironment):  # that of torchrun, Slurm and the like
        return
    if lacking := [name for name in ("MASTER_ADDR", "MASTER_PORT", "NODE_RANK") if name not in os.environ]:
        raise SettingError(
            f"Training on {trainer.num_nodes} machines needs {', '.join(lacking)} in the environment of each: the "
            "first one's address, a free port of it, and this one's number from 0. torchrun and Slurm set them."
        )


def _moving_average(average: Tensor, current: Tensor, _: Any, *, decay: float) -> Tensor:
    """Exponential moving average; integers, such as the numbers of positions, are copied."""
    return torch.lerp(average, current, 1 - decay) if average.is_floating_point() else current


def precision(recipe: Recipe) -> Any:
    """Lightning's name of the precision; ``auto`` is bfloat16 where the processor supports it natively.

    On Intel CPUs without AMX, convolutions of images are faster in bfloat16, and layers of texts slower. So there it is
    bfloat16 only if the image encoder is tuned.
    """
    if recipe.precision != "auto":
        return recipe.precision
    if recipe.accelerator in ("auto", "gpu", "cuda") and torch.cuda.is_available():
        return "bf16-mixed" if torch.cuda.is_bf16_supported() else "16-mixed"
    is_faster = torch.ops.mkldnn._is_mkldnn_bf16_supported() and not (recipe.frozen_image and lacks_amx())
    return "bf16-mixed" if is_faster else "32-true"


class _InFloat32(nn.Conv2d):
    """A convolution that computes in float32, also under autocast."""

    def forward(self, input: Tensor) -> Tensor:  # torch's name
        """Feature maps (V, channels, H, W) in the type of the inputs."""
        with torch.autocast("cpu", enabled=False):
            return super().forward(input.float()).to(input.dtype)


class _SameInFloat32(_InFloat32, Conv2dSame):
    """The same, with TensorFlow's padding."""


@contextmanager
def fast_depthwise(network: nn.Module) -> Iterator[None]:
    """Run slow depthwise convolutions in float32 within a bfloat16 training on a CPU.

    The backward passes of depthwise convolutions with strides or with windows of five and more are
    two to three times slower in bfloat16 than in float32 there; all others are faster.
    """
    in_float32 = {nn.Conv2d: _InFloat32, Conv2dSame: _SameInFloat32}
    slow = {
        module: type(module)
        for module in network.modules()
        if isinstance(module, nn.Conv2d) and type(module) in in_float32 and _is_slow_in_bfloat16(module)
    }
    try:
        for module, kind in slow.items():  # the class is replaced, not the module, so that parameters keep their names
            module.__class__ = in_float32[kind]
        yield
    finally:
        for module, kind in slow.items():
            module.__class__ = kind


def _is_slow_in_bfloat16(convolution: nn.Conv2d) -> bool:
    return convolution.groups > 1 and (convolution.stride[0] > 1 or convolution.kernel_size[0] >= 5)
