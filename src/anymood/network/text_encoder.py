"""The textual network: the convolutional network of section 3.2."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

PAD = 0  # token id of padding, whose embedding stays zero


class CnnTextEncoder(nn.Module):
    """Tokens to the text representation r_t by parallel convolutions over words.

    Each convolution's feature map is pooled by global maximum, average and minimum (equation 1)
    over the windows that the text itself fills, so that padding never changes a result. A text
    shorter than a window fills one, with zeros behind its last word.

    Args:
        vocabulary: number of token ids; id 0 is padding.
        width: width of r_t, D.
        embedding: width of a word's embedding, E.
        windows: words that the filters of each parallel layer span.
        filters: filters of each parallel layer.
        dropout: probability with which a value of the embedded text is dropped in training.

    Shape: (U, T) token ids -> (U, D).
    """

    def __init__(
        self,
        vocabulary: int,
        width: int = 300,
        embedding: int = 300,
        windows: tuple[int, ...] = (3, 4, 5),
        filters: int = 100,
        dropout: float = 0.25,
    ) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, embedding, padding_idx=PAD)
        self.dropout = nn.Dropout(dropout)
        self.convolutions = nn.ModuleList(nn.Conv1d(embedding, filters, window) for window in windows)
        self.windows = windows
        self.project = nn.Sequential(nn.Linear(3 * filters * len(windows), width), nn.ReLU())

    def forward(self, tokens: Tensor) -> Tensor:
        """Representations r_t (U, D) of token ids (U, T), padded with 0 behind the text."""
        lengths = (tokens != PAD).sum(dim=1)
        embedded = self.dropout(self.embedding(tokens))
        embedded = F.pad(embedded, (0, 0, 0, max(self.windows) - 1)).transpose(1, 2)
        pooled = []
        for window, convolution in zip(self.windows, self.convolutions, strict=True):
            filled = (lengths - window + 1).clamp(min=1)
            pooled.append(pool(F.relu(convolution(embedded)), filled))
        return self.project(torch.cat(pooled, dim=1))  # type: ignore[no-any-return]


def pool(features: Tensor, filled: Tensor) -> Tensor:
    """Maximum, average and minimum of each filter over the filled windows (equation 1).

    Args:
        features: ReLU feature maps (U, filters, windows), none negative.
        filled: number of windows (U,) that each text fills, at least 1.

    Returns:
        (U, 3 filters).
    """
    inside = (torch.arange(features.shape[2], device=features.device) < filled[:, None])[:, None]
    highest = features.masked_fill(~inside, 0.0).amax(dim=2)  # 0 is the least that ReLU gives
    average = features.masked_fill(~inside, 0.0).sum(dim=2) / filled[:, None]
    lowest = features.masked_fill(~inside, torch.inf).amin(dim=2)
    return torch.cat([highest, average, lowest], dim=1)
