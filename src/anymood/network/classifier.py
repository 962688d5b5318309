"""The classifier that all three tasks share (section 3.2)."""

from torch import Tensor, nn

HIDDEN = (224, 128)  # units of the two fully connected layers


class Classifier(nn.Sequential):
    """Fully connected layers and an output layer.

    Args:
        width: width of the representation, D for one modality and F for the fusion.
        classes: number of classes, C.
        hidden: units of the fully connected layers.
        dropout: dropout probability of the inputs of each layer.

    Shape: (B, width) -> (B, C).
    """

    def __init__(self, width: int, classes: int, hidden: tuple[int, ...] = HIDDEN, dropout: float = 0.0) -> None:
        layers: list[nn.Module] = []
        for units in hidden:
            layers += [nn.Dropout(dropout), nn.Linear(width, units), nn.ReLU()]
            width = units
        super().__init__(*layers, nn.Dropout(dropout), nn.Linear(width, classes))

    @property
    def depth(self) -> int:
        """Number of layers, with the output layer."""
        return (len(self) + 1) // 3

    def layer(self, number: int, inputs: Tensor) -> Tensor:
        """Outputs (B, units) of one layer, counted from 0, for its inputs (B, width)."""
        for module in list(self)[3 * number : 3 * number + 3]:
            inputs = module(inputs)
        return inputs

    def forward(self, representation: Tensor) -> Tensor:
        """Logits (B, C) of representations (B, width)."""
        return super().forward(representation)  # type: ignore[no-any-return,no-untyped-call]
