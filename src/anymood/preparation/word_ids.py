"""A cache of token ids by word, because most words of posts are frequent and tokenizers do not cache whole words.

Only for tokenizers that encode each word independently, as those of transformers do.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import accumulate, chain
from typing import Any, TypeAlias

from tokenizers import Tokenizer

CACHED = 2**16  # words of the newer half; some 30 MB with the older one
LONGEST = 32  # characters of a word that is kept
AT_ONCE = 512  # words that a tokenizer is asked for: looking up the pieces of thousands takes 30 MB

# Kinds of normalisers that change nothing across a blank, and of splitters that always split there.
_NORMALIZERS = {"BertNormalizer", "Lowercase", "NFC", "NFD", "NFKC", "NFKD", "Strip", "StripAccents"}
_SPLITTERS = {"BertPreTokenizer", "Whitespace", "WhitespaceSplit"}
_PUNCTUATED = re.compile(r"[^\s!-/:-@\[-`{-~]+|[!-/:-@\[-`{-~]")  # BERT splits at all of ASCII's marks
_ONE_BLANK = {"type": "Replace", "pattern": {"Regex": r"\s+"}, "content": " "}
_METASPACE = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True}

Encode: TypeAlias = Callable[[str], Iterable[tuple[list[int], list[tuple[int, int]]]]]


class WordIds:
    """Encodes cleaned texts to token ids without special tokens.

    Args:
        tokenizer: a tokenizer that ``reads_word_by_word``.
        encode: returns the parts of a text, each as ids and their offsets; by default by the tokenizer.

    Attributes:
        before: ids of special tokens before a text.
        after: ids of special tokens after a text.
    """

    def __init__(self, tokenizer: Tokenizer, encode: Encode | None = None) -> None:
        self._encode = encode or partial(_encode, tokenizer)
        self._newer: dict[str, list[int]] = {}
        self._older: dict[str, list[int]] = {}
        parts = _parts(tokenizer.pre_tokenizer)
        self._split = _PUNCTUATED.findall if parts[0]["type"] == "BertPreTokenizer" else str.split
        specials, whole = tokenizer.encode("").ids, tokenizer.encode("a").ids
        word = tokenizer.encode("a", add_special_tokens=False).ids
        first = next(start for start in range(len(specials) + 1) if whole[start : start + len(word)] == word)
        self.before, self.after = specials[:first], specials[first:]

    def __call__(self, texts: Sequence[str]) -> list[list[int]]:
        """Ids of all words of each text."""
        divided, newer, older = [self._split(text) for text in texts], self._newer, self._older
        rare = dict.fromkeys(word for words in divided for word in words if word not in newer)
        found = {word: older[word] for word in rare if word in older}
        missing = [word for word in rare if word not in found]
        for start in range(0, len(missing), AT_ONCE):
            found |= self._encoded(missing[start : start + AT_ONCE])
        newer.update((word, ids) for word, ids in found.items() if len(word) <= LONGEST)
        if len(newer) > CACHED:  # what was not met since it became the older half is forgotten
            self._newer, self._older = {}, newer
        ids = ([found[word] if word in found else newer[word] for word in words] for words in divided)
        return [list(chain.from_iterable(of_words)) for of_words in ids]

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
