"""The precision that a processor is fastest in."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from timm.layers.conv2d_same import Conv2dSame
from torch import Tensor, nn

from anymood.training.config import Recipe


def precision(recipe: Recipe) -> Any:
    """Lightning's name of the precision; ``auto`` is bfloat16 where the processor supports it natively."""
    if recipe.precision != "auto":
        return recipe.precision
    if recipe.accelerator in ("auto", "gpu", "cuda") and torch.cuda.is_available():
        return "bf16-mixed" if torch.cuda.is_bf16_supported() else "16-mixed"
    return "bf16-mixed" if torch.ops.mkldnn._is_mkldnn_bf16_supported() else "32-true"


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
