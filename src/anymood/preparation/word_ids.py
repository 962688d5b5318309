"""A cache of token ids by word, because most words of posts are frequent and tokenizers do not cache whole words.

Only for tokenizers that encode each word independently, as those of transformers do.
"""

import json
import re
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import accumulate, chain, count, islice, pairwise
from threading import Lock
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

CACHED = 2**17  # words before the cache is cleared; about 15 MB
IDS_PER_WORD = 4  # more than in most languages
MAX_LENGTH = 32  # characters of a cached word
_BEFORE, _AFTER = "\n<", "\n>"  # placeholders of the special tokens; they have line breaks, unlike words
CHUNK_SIZE = 512  # words that a tokenizer processes together: looking up the pieces of thousands takes 30 MB

# Normalisers that change nothing across a space, and splitters that always split there.
_NORMALIZERS = {"BertNormalizer", "Lowercase", "NFC", "NFD", "NFKC", "NFKD", "Strip", "StripAccents"}
_SPLITTERS = {"BertPreTokenizer", "Whitespace", "WhitespaceSplit"}
_PUNCTUATED = re.compile(r"[^\s!-/:-@\[-`{-~]+|[!-/:-@\[-`{-~]")  # BERT splits at all ASCII punctuation
_ONE_BLANK = {"type": "Replace", "pattern": {"Regex": r"\s+"}, "content": " "}
_METASPACE = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True}

Encode: TypeAlias = Callable[[str], Iterable[tuple[list[int], list[tuple[int, int]]]]]


class WordIds:
    """Encodes cleaned texts to token ids.

    Args:
        tokenizer: a tokenizer that ``reads_word_by_word``.
        encode: returns the parts of a text, each as ids and their offsets; by default by the tokenizer.

    Attributes:
        before: ids of special tokens before a text.
        after: ids of special tokens after a text.
    """

    def __init__(self, tokenizer: Tokenizer, encode: Encode | None = None) -> None:
        self._encode = encode or partial(_encode, tokenizer)
        parts = _parts(tokenizer.pre_tokenizer)
        self._split = _PUNCTUATED.findall if parts[0]["type"] == "BertPreTokenizer" else str.split
        specials, with_specials = tokenizer.encode("").ids, tokenizer.encode("a").ids
        word = tokenizer.encode("a", add_special_tokens=False).ids
        first = next(start for start in range(len(specials) + 1) if with_specials[start : start + len(word)] == word)
        self.before, self.after = specials[:first], specials[first:]
        self._lock = Lock()
        self._forget()

    def __call__(self, texts: Sequence[str]) -> list[NDArray[np.int64]]:
        """Ids of all words of each text, between the special tokens."""
        divided = [[_BEFORE, *self._split(text), _AFTER] for text in texts]
        with self._lock:
            ids, ends = self._ids_of(chain.from_iterable(divided))
        borders = ends[np.cumsum([0, *map(len, divided)])].tolist()
        return [ids[start:end] for start, end in pairwise(borders)]

    def windows(self, ids: NDArray[np.int64], size: int) -> list[NDArray[np.int64]]:
        """Parts of at most ``size`` ids of a text, each between the special tokens."""
        before, after = len(self.before), len(self.after)
        inner, length = ids[before : len(ids) - after], size - before - after
        parts = (inner[start : start + length] for start in range(0, len(inner), length))
        return [np.concatenate([ids[:before], part, ids[len(ids) - after :]]) for part in parts]

    def _ids_of(self, words: Iterable[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Ids of some words, concatenated; and the offsets of the ids of each word, with the end."""
        if len(self._numbers) > CACHED or len(self._ids) > IDS_PER_WORD * CACHED:
            self._forget()
        before = len(self._numbers)
        try:
            numbers = np.fromiter(map(self._numbers.__getitem__, words), np.int64)
            new = [*islice(reversed(self._numbers), len(self._numbers) - before)][::-1]
            for start in range(0, len(new), CHUNK_SIZE):
                for ids in self._encoded(new[start : start + CHUNK_SIZE]).values():
                    self._ids.extend(ids)
                    self._begins.append(len(self._ids))
        except BaseException:  # such as Ctrl-C, which would leave words without ids
            self._forget()
            raise
        for word in new:
            if len(word) > MAX_LENGTH:
                del self._numbers[word]
        known, begins = np.asarray(self._ids), np.asarray(self._begins)  # views, released before words are added
        starts, lengths = begins[numbers], begins[numbers + 1] - begins[numbers]
        ends = np.append(0, lengths.cumsum())
        return known[np.arange(ends[-1]) + np.repeat(starts - ends[:-1], lengths)], ends

    def _forget(self) -> None:
        """Clear the cache, except for the special tokens."""
        self._numbers = defaultdict(count(2).__next__, {_BEFORE: 0, _AFTER: 1})
        self._ids = array("q", [*self.before, *self.after])
        self._begins = array("q", [0, len(self.before), len(self._ids)])

    def _encoded(self, words: list[str]) -> dict[str, list[int]]:
        """Ids of some words, encoded in one call of the tokenizer, because a call takes as long as several words."""
        text = " ".join(words)
        ids: dict[str, list[int]] = {word: [] for word in words}
        ends = accumulate(len(word) + 1 for word in words)
        every = iter(words)
        word, end = next(every), next(ends)
        for part, places in self._encode(text):
            for index, (start, _) in zip(part, places, strict=True):
                while start >= end - 1 and end <= len(text):
                    word, end = next(every), next(ends)
                ids[word].append(index)
        return ids


def _encode(tokenizer: Tokenizer, text: str) -> Iterator[tuple[list[int], list[tuple[int, int]]]]:
    first = tokenizer.encode(text, add_special_tokens=False)
    for part in (first, *first.overflowing):
        yield part.ids, part.offsets


def reads_word_by_word(tokenizer: Tokenizer) -> bool:
    """Whether a tokenizer encodes each word independently."""
    return (
        all(token.special for token in tokenizer.get_added_tokens_decoder().values())
        and all(part["type"] in _NORMALIZERS or part == _ONE_BLANK for part in _parts(tokenizer.normalizer))
        and any(part["type"] in _SPLITTERS or part == _METASPACE for part in _parts(tokenizer.pre_tokenizer)[:1])
        and bool(tokenizer.encode("a", add_special_tokens=False).ids)
    )


def _parts(component: Any) -> list[dict[str, Any]]:
    """The steps of a normaliser or splitter in a tokenizer.json."""
    if component is None:
        return []
    described = json.loads(component.__getstate__())
    return described.get("normalizers") or described.get("pretokenizers") or [described]
