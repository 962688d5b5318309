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

PIECES = 20_000  # default size of the vocabulary
FACTORS = (8191, 31)  # of the two ids of a pair; the row is the weighted sum modulo the number of rows


class AveragedEmbeddings(nn.Module):
    """The mean embedding of the tokens of a text, and that of its pairs of adjacent tokens.

    Pairs have no vocabulary: a hash of the ids selects the embedding (Joulin et al. 2016, "Bag of Tricks for Efficient
    Text Classification"), which some pairs share.

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
        """Means (U, 2 E) over token ids (U, T), right-padded with 0."""
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
        pairs: number of embeddings of pairs.
        dropout: dropout probability of the means.

    Shape: (U, T) token ids -> (U, D).
    """

    pretrained = False

    def __init__(
        self, vocabulary: int, width: int = 300, embedding: int = 64, pairs: int = 2**15, dropout: float = 0.25
    ) -> None:
        super().__init__(AveragedEmbeddings(vocabulary, embedding, pairs, dropout), 2 * embedding, width)

    @classmethod
    def start(cls, recipe: TextSettings, texts: Iterable[str], tokenizer: Tokenizer | None = None) -> TextStart:
        """A subword tokenizer learnt from the training texts."""
        tokenizer = tokenizer or build_piece_tokenizer(texts, recipe.vocabulary or PIECES)
        settings = {"vocabulary": tokenizer.get_vocab_size(), "dropout": recipe.embedding_dropout}
        return TextStart(tokenizer, settings, {})


def build_piece_tokenizer(texts: Iterable[str], size: int) -> Tokenizer:
    """Build a subword tokenizer with the most frequent words and pieces of some texts, by byte-pair encoding.

    Tokens are lower-cased and keep their accents; each punctuation mark is a token. Padding has id 0.

    Args:
        texts: texts as written; ``clean`` is applied.
        size: maximum number of words and pieces, with ``<pad>`` and ``<unk>``. A sixth of it, and at least 600, is the
            maximum number of characters; rarer ones are unknown.
    """
    # Without a sign before pieces that do not begin a word: the trainer would number these in another order each time.
    tokenizer = Tokenizer(models.BPE(unk_token=UNKNOWN_WORD))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        min_frequency=2,
        special_tokens=[PAD, UNKNOWN_WORD],
        limit_alphabet=max(600, size // 6),  # characters; Chinese, Japanese and Korean have thousands
        show_progress=False,
    )
    tokenizer.train_from_iterator(map(clean, texts), trainer)
    return tokenizer
