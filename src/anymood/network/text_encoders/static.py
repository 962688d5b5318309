"""Averaged embeddings of tokens and of pairs of neighbours: the fastest of the textual networks."""

from collections.abc import Iterable

import torch
import torch.nn.functional as F
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers
from torch import Tensor, nn

from anymood.network.encoder import TextEncoder, TextSettings, TextStart
from anymood.network.text_encoders import TEXT_ENCODERS
from anymood.preparation.cleaning import clean
from anymood.preparation.text import PAD, UNKNOWN_WORD

PIECES = 20_000  # of words, by default
FACTORS = (8191, 31)  # of the ids of a pair, whose sum, modulo the number of rows, says which row the pair has


class AveragedEmbeddings(nn.Module):
    """The mean embedding of the tokens of a text, beside that of its pairs of neighbours.

    Pairs have no vocabulary: which embedding one has is told by a hash of its ids (Joulin et al. 2016, "Bag of Tricks
    for Efficient Text Classification"), so that a few rare pairs share one.

    Shape: (U, T) token ids -> (U, 2 E).
    """

    def __init__(self, vocabulary: int, embedding: int, pairs: int, dropout: float) -> None:
        super().__init__()
        self.tokens = nn.Embedding(vocabulary, embedding, padding_idx=0)
        self.pairs = nn.Embedding(pairs + 1, embedding, padding_idx=0)
        self.dropout = nn.Dropout(dropout)
        nn.init.normal_(self.tokens.weight, std=0.1)
        nn.init.zeros_(self.pairs.weight)
        with torch.no_grad():
            self.tokens.weight[0] = 0

    def forward(self, tokens: Tensor) -> Tensor:
        """Means (U, 2 E) over token ids (U, T), padded with 0 behind the text."""
        following = F.pad(tokens[:, 1:], (0, 1))
        hashed = (tokens * FACTORS[0] + following * FACTORS[1]) % (self.pairs.num_embeddings - 1)
        pairs = torch.where(following == 0, 0, hashed + 1)
        length = (tokens != 0).sum(dim=1, keepdim=True).clamp(min=1)
        sums = torch.cat([self.tokens(tokens).sum(dim=1), self.pairs(pairs).sum(dim=1)], dim=1)
        return self.dropout(sums / length)  # type: ignore[no-any-return]


@TEXT_ENCODERS.register("static")
class StaticTextEncoder(TextEncoder):
    """Tokens to the text representation r_t by ``AveragedEmbeddings``.

    Args:
        vocabulary: number of token ids; id 0 is padding.
        width: width of r_t, D.
        embedding: width of an embedding, E.
        pairs: embeddings that the pairs of neighbours share.
        dropout: probability with which a value of the means is dropped in training.

    Shape: (U, T) token ids -> (U, D).
    """

    pretrained = False

    def __init__(
        self, vocabulary: int, width: int = 300, embedding: int = 64, pairs: int = 2**15, dropout: float = 0.25
    ) -> None:
        super().__init__(AveragedEmbeddings(vocabulary, embedding, pairs, dropout), 2 * embedding, width)

    @classmethod
    def start(cls, recipe: TextSettings, texts: Iterable[str], tokenizer: Tokenizer | None = None) -> TextStart:
        """A tokenizer of words and pieces of words, learnt from the training texts."""
        tokenizer = tokenizer or build_piece_tokenizer(texts, recipe.vocabulary or PIECES)
        settings = {"vocabulary": tokenizer.get_vocab_size(), "dropout": recipe.embedding_dropout}
        return TextStart(tokenizer, settings, {})


def build_piece_tokenizer(texts: Iterable[str], size: int) -> Tokenizer:
    """A tokenizer whose vocabulary are the most frequent words and pieces of words, by byte-pair encoding.

    Lower case, with accents; each punctuation mark is a token. Padding has id 0.

    Args:
        texts: as written; ``clean`` is applied.
        size: words and pieces at most, ``<pad>`` and ``<unk>`` included.
    """
    # Without a sign before pieces that do not begin a word: the trainer would number these in another order each time.
    tokenizer = Tokenizer(models.BPE(unk_token=UNKNOWN_WORD))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        min_frequency=2,
        special_tokens=[PAD, UNKNOWN_WORD],
        limit_alphabet=600,  # characters; the rarer ones are unknown
        show_progress=False,
    )
    tokenizer.train_from_iterator(map(clean, texts), trainer)
    return tokenizer
