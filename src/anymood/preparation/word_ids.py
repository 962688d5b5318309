"""Token ids of texts word by word, from a cache: most words of posts are frequent, and tokenizers know no short cut.

Only where a tokenizer treats each word by itself, as those of transformers do.
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

# Kinds of normalisers that change nothing across a blank, and of splitters that always split there.
_NORMALIZERS = {"BertNormalizer", "Lowercase", "NFC", "NFD", "NFKC", "NFKD", "Strip", "StripAccents"}
_SPLITTERS = {"BertPreTokenizer", "Whitespace", "WhitespaceSplit"}
_PUNCTUATED = re.compile(r"[^\s!-/:-@\[-`{-~]+|[!-/:-@\[-`{-~]")  # BERT splits at all of ASCII's marks
_ONE_BLANK = {"type": "Replace", "pattern": {"Regex": r"\s+"}, "content": " "}
_METASPACE = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True}

Encode: TypeAlias = Callable[[str], Iterable[tuple[list[int], list[tuple[int, int]]]]]


class WordIds:
    """Encodes cleaned texts, as their tokenizer does without its special tokens.

    Args:
        tokenizer: one of which ``reads_word_by_word`` holds.
        encode: parts of a text, each as ids and where they begin and end in the text; by default by the tokenizer.

    Attributes:
        before: ids of special tokens that stand before a text.
        after: ids of those behind it.
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
        if missing := [word for word in rare if word not in found]:
            found |= self._encoded(missing)
        newer.update((word, ids) for word, ids in found.items() if len(word) <= LONGEST)
        if len(newer) > CACHED:  # what was not met since it became the older half is forgotten
            self._newer, self._older = {}, newer
        ids = ([found[word] if word in found else newer[word] for word in words] for words in divided)
        return [list(chain.from_iterable(of_words)) for of_words in ids]

    def _encoded(self, words: list[str]) -> dict[str, list[int]]:
        """Ids of each of some words, of which the tokenizer is asked at once: a call takes as long as several words."""
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
    """Whether the ids of a text are those of its words, one after the other."""
    return (
        all(token.special for token in tokenizer.get_added_tokens_decoder().values())
        and all(part["type"] in _NORMALIZERS or part == _ONE_BLANK for part in _parts(tokenizer.normalizer))
        and any(part["type"] in _SPLITTERS or part == _METASPACE for part in _parts(tokenizer.pre_tokenizer)[:1])
        and bool(tokenizer.encode("a", add_special_tokens=False).ids)
    )


def _parts(component: Any) -> list[dict[str, Any]]:
    """A normaliser or a splitter, as tokenizer.json describes it: each part of a sequence."""
    if component is None:
        return []
    described = json.loads(component.__getstate__())
    return described.get("normalizers") or described.get("pretokenizers") or [described]
