"""The textual network of section 3.2: parallel convolutions over words."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor, nn

from anymood.network.encoder import TextEncoder, TextSettings, TextStart
from anymood.network.text_encoders import TEXT_ENCODERS
from anymood.network.word_vectors import distil_vectors, read_vectors

PAD_ID = 0  # token id of padding, whose embedding is zero


class WordConvolutions(nn.Module):
    """Token ids to pooled features: embeddings, dropout, parallel convolutions, three poolings.

    Feature maps are pooled by maximum, average and minimum (equation 1) over the windows within the text, so that
    padding does not change the result. A text that is shorter than a window has one, padded with zeros.

    Shape: (U, T) token ids -> (U, 3 filters windows).
    """

    def __init__(self, vocabulary: int, embedding: int, windows: tuple[int, ...], filters: int, dropout: float) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, embedding, padding_idx=PAD_ID)
        self.dropout = nn.Dropout(dropout)
        self.convolutions = nn.ModuleList(nn.Conv1d(embedding, filters, window) for window in windows)
        self.windows = windows

    def forward(self, tokens: Tensor) -> Tensor:
        """Features (U, 3 filters windows) of token ids (U, T), right-padded with 0."""
        lengths = (tokens != PAD_ID).sum(dim=1)
        embedded = self.dropout(self.embedding(tokens))
        embedded = F.pad(embedded, (0, 0, 0, max(self.windows) - 1)).transpose(1, 2)
        pooled = []
        for window, convolution in zip(self.windows, self.convolutions, strict=True):
            filled = (lengths - window + 1).clamp(min=1)
            pooled.append(pool(F.relu(convolution(embedded)), filled))
        return torch.cat(pooled, dim=1)


def pool(features: Tensor, filled: Tensor) -> Tensor:
    """Maximum, average and minimum of each filter over the filled windows (equation 1).

    Args:
        features: ReLU feature maps (U, filters, windows), none negative.
        filled: number of windows (U,) within each text, at least 1.

    Returns:
        (U, 3 filters).
    """
    inside = (torch.arange(features.shape[2], device=features.device) < filled[:, None])[:, None]
    highest = features.masked_fill(~inside, 0.0).amax(dim=2)  # 0 is the minimum of ReLU
    average = features.masked_fill(~inside, 0.0).sum(dim=2) / filled[:, None]
    lowest = features.masked_fill(~inside, torch.inf).amin(dim=2)
    return torch.cat([highest, average, lowest], dim=1)


@TEXT_ENCODERS.register("cnn")
class CnnTextEncoder(TextEncoder):
    """Tokens to the text representation r_t by ``WordConvolutions``.

    Args:
        vocabulary: number of token ids; id 0 is padding.
        width: width of r_t, D.
        embedding: width of a word's embedding, E.
        windows: kernel size of each parallel layer, in words.
        filters: number of filters of each parallel layer.
        dropout: dropout probability of the embeddings.

    Shape: (U, T) token ids -> (U, D).
    """

    pretrained = False

    def __init__(
        self,
        vocabulary: int,
        width: int = 300,
        embedding: int = 300,
        windows: tuple[int, ...] = (3, 4, 5),
        filters: int = 100,
        dropout: float = 0.25,
    ) -> None:
        backbone = WordConvolutions(vocabulary, embedding, windows, filters, dropout)
        super().__init__(backbone, 3 * filters * len(windows), width)

    @classmethod
    def start(cls, recipe: TextSettings, texts: Iterable[str], tokenizer: Tokenizer | None = None) -> TextStart:
        tokenizer, settings, weights, source = super().start(recipe, texts, tokenizer)
        settings["dropout"] = recipe.embedding_dropout
        vectors = word_vectors(recipe, tokenizer)
        if vectors is not None:
            settings["embedding"] = vectors.shape[1]
            weights["backbone.embedding.weight"] = torch.from_numpy(vectors)
        return TextStart(tokenizer, settings, weights, source)


def word_vectors(recipe: TextSettings, tokenizer: Tokenizer) -> NDArray[np.float32] | None:
    """Initial embeddings of the vocabulary, None for random ones or an empty vocabulary."""
    ids = tokenizer.get_vocab()
    words = sorted(ids, key=ids.__getitem__)
    if recipe.word_vectors == "random" or not words[2:]:
        return None
    if recipe.word_vectors == "minilm":
        return distil_vectors(words, recipe.seed)
    return read_vectors(Path(recipe.word_vectors), words, recipe.seed)
