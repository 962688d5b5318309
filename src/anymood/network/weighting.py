"""How the losses of the tasks become one loss (equation 5)."""

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

import torch.distributed
from torch import Tensor, nn

from anymood.network.encoder import Encoder
from anymood.network.loss_weights import LossWeights


class LossWeighting(nn.Module, ABC):
    """The losses of the tasks as one. Made by ``kind(alpha, learning_rate)``.

    What a weighting learns is in its parameters, which have the optimiser of the network at the rate
    ``weighting_learning_rate``, or in buffers that it changes itself; both travel in checkpoints.

    Args:
        alpha: first weights of the tasks; a task of weight 0 is not learnt.
        learning_rate: of weights that are learnt.

    Attributes:
        alpha: the first weights of the tasks that are learnt, by name.
    """

    def __init__(self, alpha: LossWeights, learning_rate: float = 0.025) -> None:
        super().__init__()
        self.alpha = {name: weight for name, weight in dataclasses.asdict(alpha).items() if weight}
        self.learning_rate = learning_rate

    @abstractmethod
    def forward(self, losses: Mapping[str, Tensor], encoders: Sequence[Encoder] = ()) -> Tensor:
        """The loss to minimise.

        Args:
            losses: loss of each task that is learnt and of which the batch has posts.
            encoders: image and text encoder, of which each is shared by the tasks whose losses reach it.
        """

    def weights(self) -> dict[str, float]:
        """Present weight of each task."""
        return dict(self.alpha)

    def end_epoch(self) -> None:
        """Called once at the end of each training epoch."""


def sum_over_processes(values: Tensor) -> Tensor:
    """Sum of a tensor over all processes of a run; the tensor itself where there is one."""
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        torch.distributed.all_reduce(values)
    return values
