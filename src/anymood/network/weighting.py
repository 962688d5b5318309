"""Base class of loss weightings (equation 5)."""

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

import torch.distributed
from torch import Tensor, nn

from anymood.network.encoder import Encoder
from anymood.network.weightings import LossWeights


class LossWeighting(nn.Module, ABC):
    """Combines the losses of the tasks. Constructed by ``kind(alpha, learning_rate)``.

    Trained weights are parameters, which the network's optimiser updates with the rate ``weighting_learning_rate``, or
    buffers that the weighting updates itself; checkpoints hold both.

    Args:
        alpha: initial weights of the tasks; tasks of weight 0 are not trained.
        learning_rate: of trained weights.

    Attributes:
        alpha: initial weights of the trained tasks, by name.
    """

    def __init__(self, alpha: LossWeights, learning_rate: float = 0.025) -> None:
        super().__init__()
        self.alpha = {name: weight for name, weight in dataclasses.asdict(alpha).items() if weight}
        self.learning_rate = learning_rate

    @abstractmethod
    def forward(self, losses: Mapping[str, Tensor], encoders: Sequence[Encoder] = ()) -> Tensor:
        """The loss to minimise.

        Args:
            losses: of the trained tasks for which the batch has posts.
            encoders: image and text encoder.
        """

    def weights(self) -> dict[str, float]:
        """Current weight of each task."""
        return dict(self.alpha)

    def end_epoch(self) -> None:
        """Called once at the end of each training epoch."""


def sum_over_processes(values: Tensor) -> Tensor:
    """Sum of a tensor over all processes of a run."""
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        torch.distributed.all_reduce(values)
    return values
