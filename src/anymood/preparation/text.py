"""From a text to token ids.

There are two steps: ``clean`` (cleaning.py), which is the same for all models, and the tokenizer of the bundle, with
its normaliser, splitter and vocabulary.

Shapes: B posts, T tokens.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from os import PathLike
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers

from anymood.errors import DamagedBundle, SettingError
from anymood.preparation.cleaning import clean
from anymood.preparation.pieces import SearchedTokenizer
from anymood.preparation.readable import is_known, is_language
from anymood.preparation.word_ids import WordIds, reads_word_by_word

MAX_TOKENS = 128

PAD = "<pad>"  # id 0 of a word vocabulary
UNKNOWN_WORD = "<unk>"  # id 1
PADDING = (PAD, "[PAD]")
UNKNOWN = (UNKNOWN_WORD, "[UNK]")


def build_word_tokenizer(texts: Iterable[str], size: int, min_count: int = 2) -> Tokenizer:
    """Build a tokenizer of whole words with the vocabulary of some texts.

    Words are lower-cased and keep their accents, as in the word vectors of most languages. Links, mentions and numbers
    become ``<url>``, ``<user>`` and ``<number>``; the marks of retweets and hashtags are removed. A contracted negation
    is split, ``don't`` into ``do not``, because few words change the sentiment as much. Letters and punctuation are
    repeated at most twice, and each punctuation mark is a token.

    Args:
        texts: texts as written; ``clean`` is applied.
        size: maximum number of words, with ``<pad>`` (id 0) and ``<unk>`` (id 1). The most frequent are kept, and the
            first in alphabetical order among equally frequent ones.
        min_count: minimum frequency of a word.

    Raises:
        SettingError: the size leaves no room for a word.
    """
    if size <= 2:
        raise SettingError(f"A vocabulary of {size} has no room for words in addition to {PAD} and {UNKNOWN_WORD}.")
    normalizer = normalizers.Sequence(
        [
            normalizers.Lowercase(),
            normalizers.Replace(Regex(r"https?://\S+|\bhtt\S*|\b(?:www|pic\.twitter)\.\S+"), " <url> "),  # htt: cut off
            normalizers.Replace(Regex(r"(?:\brt\s+)?(?<!\w)@\w+"), " <user> "),
            normalizers.Replace(Regex(r"\b\d+(?:[.,:]\d+)*\b"), " <number> "),
            normalizers.Replace(Regex(r"(?<!ca)n't\b|(?<=can)'t\b"), " not"),
            normalizers.Replace(Regex(r"(\S)(?=\1\1)|#(?=\w)"), ""),
        ]
    )
    # The names in angle brackets are single tokens, but <pad> and <unk> in a text are split into three.
    splitter = pre_tokenizers.Split(Regex(r"<(?:url|user|number)>|[^\W_]+(?:'[^\W_]+)*|\S"), "removed", invert=True)
    counts = Counter(
        word for text in texts for word, _ in splitter.pre_tokenize_str(normalizer.normalize_str(clean(text)))
    )
    frequent = sorted(
        (word for word, count in counts.items() if count >= min_count), key=lambda word: (-counts[word], word)
    )
    vocabulary = {word: index for index, word in enumerate([PAD, UNKNOWN_WORD, *frequent[: size - 2]])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token=UNKNOWN_WORD))
    tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = splitter
    return tokenizer


class TextPreparation:
    """Converts texts to the token ids of a text encoder.

    Args:
        tokenizer: modified in place: it truncates, does not pad, and treats the names of special tokens in a text as
            plain text.
        max_tokens: maximum number of ids of a text, with special tokens such as [CLS].

    Raises:
        SettingError: ``max_tokens`` leaves no room for a word, or the tokenizer has no padding token.
    """

    def __init__(self, tokenizer: Tokenizer | SearchedTokenizer, max_tokens: int = MAX_TOKENS) -> None:
        self.max_tokens = max_tokens
        self._searched = tokenizer if isinstance(tokenizer, SearchedTokenizer) else None
        if all(tokenizer.token_to_id(name) is None for name in PADDING):
            raise SettingError(f"The tokenizer has no padding token: none of {', '.join(PADDING)}.")
        self._specials = tokenizer.num_special_tokens_to_add(False)
        if max_tokens <= self._specials:
            raise SettingError(f"max_tokens is {max_tokens}, which leaves no room for words. Increase it.")
        if isinstance(tokenizer, SearchedTokenizer):
            tokenizer.enable_truncation(max_tokens)
        else:
            self.tokenizer = self._set_up(tokenizer)

    @classmethod
    def from_file(cls, path: str | PathLike[str]) -> "TextPreparation":
        """Read a tokenizer.json; the maximum number of tokens is that of its truncation, or 128 without one.

        With a large Unigram vocabulary, pieces are looked up for each text, with the same ids (pieces.py).

        Raises:
            DamagedBundle: the file is missing or is not a tokenizer.
        """
        try:
            tokenizer = _read_tokenizer(Path(path).read_bytes())
            truncation = tokenizer.truncation
            return cls(tokenizer, truncation["max_length"] if truncation else MAX_TOKENS)
        except FileNotFoundError:
            raise DamagedBundle(f"{path} is missing. Copy the model's folder again.") from None
        except Exception as error:  # the tokenizers library raises bare Exception
            raise DamagedBundle(f"{path} is not a usable tokenizer: {error} Copy the model's folder again.") from error

    def save(self, path: str | PathLike[str]) -> None:
        """Write the tokenizer.json."""
        Path(path).write_text(self.tokenizer.to_str(), encoding="utf-8")

    def __reduce__(self) -> tuple[type["TextPreparation"], tuple[Tokenizer | SearchedTokenizer, int]]:
        return type(self), (self._searched or self.tokenizer, self.max_tokens)  # a pickled tokenizer loses its settings

    @cached_property
    def tokenizer(self) -> Tokenizer:
        """The full tokenizer, built when it is first needed."""
        assert self._searched is not None  # noqa: S101  # otherwise it was an argument
        return self._set_up(self._searched.build())

    def _set_up(self, tokenizer: Tokenizer) -> Tokenizer:
        tokenizer.no_padding()
        tokenizer.enable_truncation(self.max_tokens)
        tokenizer.encode_special_tokens = True
        return tokenizer

    @cached_property
    def _word_ids(self) -> WordIds | None:
        if self._searched is not None:
            return WordIds(self._searched.frame, self._searched.parts)
        return WordIds(self.tokenizer) if reads_word_by_word(self.tokenizer) else None

    @cached_property
    def pad_id(self) -> int:
        """The padding id: 0 for a word vocabulary, that of [PAD] for a transformer."""
        tokenizer = self._searched or self.tokenizer
        return next(index for name in PADDING if (index := tokenizer.token_to_id(name)) is not None)

    @cached_property
    def _unknown_piece(self) -> int | None:
        """Id of the unknown token; None for a vocabulary of words, where it is frequent and was trained."""
        if self._searched is None and isinstance(self.tokenizer.model, models.WordLevel):
            return None
        tokenizer = self._searched or self.tokenizer
        return next((index for name in UNKNOWN if (index := tokenizer.token_to_id(name)) is not None), None)

    def encode(self, text: str) -> NDArray[np.int64]:
        """Token ids (T,) of a text as written; T is 0 if it has no words, such as a single link."""
        return next(iter(self.encode_windows(text)), np.array([], dtype=np.int64))

    def encode_windows(self, text: str) -> list[NDArray[np.int64]]:
        """Token ids of a whole text: an array (T,) for each window of ``max_tokens``, with special tokens.

        Empty if cleaning leaves no words, or the vocabulary has none of them. The first window equals ``encode``.
        """
        [windows] = self.encode_windows_of([text])
        return windows

    def encode_windows_of(self, texts: Iterable[str]) -> list[list[NDArray[np.int64]]]:
        """The windows of each text; independent of the other texts."""
        cleaned = [clean(text) for text in texts]
        read = [index for index, text in enumerate(cleaned) if is_language(text)]
        by_text: list[list[NDArray[np.int64]]] = [[] for _ in cleaned]
        for index, windows in zip(read, self._windows([cleaned[index] for index in read]), strict=True):
            if self._is_known(cleaned[index], windows):
                by_text[index] = [ids for ids in windows if len(ids) > self._specials]
        return by_text

    def _is_known(self, cleaned: str, windows: list[NDArray[np.int64]]) -> bool:
        unknown = self._unknown_piece
        return unknown is None or is_known(cleaned, windows, self._searched or self.tokenizer, unknown)

    def _windows(self, cleaned: list[str]) -> Iterator[list[NDArray[np.int64]]]:
        if self._word_ids is None:
            for text in cleaned:
                first = self.tokenizer.encode(text)
                yield [np.array(window.ids, dtype=np.int64) for window in (first, *first.overflowing)]
            return
        for ids in self._word_ids(cleaned):
            yield [ids] if len(ids) <= self.max_tokens else self._word_ids.windows(ids, self.max_tokens)

    def words_in(self, ids: NDArray[np.int64]) -> int:
        """Number of token ids of a text, without special tokens."""
        return len(ids) - self._specials

    def encode_batch(self, texts: Iterable[str]) -> list[NDArray[np.int64]]:
        """Token ids of each text; independent of the other texts.

        Runs in the caller's thread: the batch functions of the tokenizers library have their own threads, whose number
        cannot be set, and which warn when the process forks, as in training.
        """
        nothing = np.array([], dtype=np.int64)
        return [windows[0] if windows else nothing for windows in self.encode_windows_of(texts)]

    def pad(self, sequences: Sequence[NDArray[np.int64]], length: int | None = None) -> NDArray[np.int64]:
        """Token ids of B texts as (B, T), right-padded.

        Args:
            sequences: an array of ids per text, possibly empty.
            length: T; by default the length of the longest, and at least 1.

        Raises:
            SettingError: a text is longer than ``length``.
        """
        longest = max(map(len, sequences), default=0)
        width = max(longest, 1) if length is None else length
        if longest > width:
            raise SettingError(f"A text of {longest} tokens is longer than {width}. Lower max_tokens.")
        batch = np.full((len(sequences), width), self.pad_id, dtype=np.int64)
        for row, ids in zip(batch, sequences, strict=True):
            row[: len(ids)] = ids
        return batch


def _read_tokenizer(file: bytes) -> Tokenizer | SearchedTokenizer:
    try:
        return SearchedTokenizer(file)
    except (ValueError, KeyError, TypeError):  # of another kind, or not a tokenizer
        return Tokenizer.from_str(file.decode())
