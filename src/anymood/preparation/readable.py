"""Detection of texts without language: numbers, keys, code, random letters, unknown scripts.

A classifier would predict a label for such a text. Ordinary posts must not be affected, however short, odd or foreign:
of 287,899 texts of corpora in 17 languages, these rules exclude three (docs/results/reading.md).
"""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

from anymood.preparation.cleaning import LINK, USER, has_words
from anymood.preparation.pieces import SearchedTokenizer

_NUMBER = re.compile(r"\W*\d[\d.,:/%°xX+-]*(?:[eE][+-]?\d+)?\W*")
_LIST = 4  # minimum length of a list of numbers; "10/10" and "5 - 0" are posts
_DIGIT = re.compile(r"\d")
_PLAIN_WORD = re.compile(rf"(?<!\S)(?!{LINK}(?!\S))[^\W\d_]++(?!\S)")  # only letters
_MIN_KEY_LENGTH = 16
# Hashes, addresses, tokens: in hexadecimal digits or base64.
_KEY = re.compile(rf"\W*[\w+/=.-]{{{_MIN_KEY_LENGTH},}}\W*", re.ASCII)
_TURNS = 0.2  # changes between digits and letters per character: "GoodNight4Everyone2023" has 0.14
_DIFFERENT = 6  # minimum number of different characters of a key: "5555555555555555" is laughter in Thai

_OPERATOR, _BRACKET = re.compile("[={;]"), re.compile(r"[\[({]")
_SIGNS = ("{}", "[]", "()", "<>", "=", ";")  # of code, by kind; without colons, which texts have as well
_KINDS, _SIGN_SHARE, _MARK_SHARE = 3, 0.1, 0.25  # minimum number of kinds, and shares of the characters, in code

_UNKNOWN = 0.8  # share of unknown characters in a text that is not known
_RANDOM_WORDS, _RANDOM_LETTERS = 5, 3  # minimum number of words, and letters of each; fewer may be slang or laughter
_MIN_RANDOM_LENGTH = _RANDOM_WORDS * (_RANDOM_LETTERS + 1) - 1  # characters
_LETTERS_PER_PIECE = 1.8  # random letters have 1.4 to 1.8, most Arabic in Latin letters has more
_CHARACTERS_PER_TOKEN = 2.2  # with spaces, for words of five letters in such pieces; English has 4.5


def is_language(cleaned: str) -> bool:
    """Whether a cleaned text contains more than links, user names, numbers, keys and code."""
    return has_words(cleaned) and not _is_data(cleaned) and not _is_code(cleaned)


def is_known(
    cleaned: str, windows: Sequence[NDArray[np.int64]], tokenizer: Tokenizer | SearchedTokenizer, unknown: int
) -> bool:
    """Whether a subword vocabulary covers a text.

    Args:
        cleaned: the text.
        windows: ids of each window of the text.
        tokenizer: tokenizer of the ids.
        unknown: id of the unknown token.
    """
    is_scattered = _is_scattered(cleaned, windows, tokenizer)
    if not is_scattered and all(unknown not in window.tolist() for window in windows):  # nearly always
        return True
    encoding = tokenizer.encode(cleaned)
    if all(_unknown_share(cleaned, part, unknown) >= _UNKNOWN for part in (encoding, *encoding.overflowing)):
        return False
    # In lower case, because "ThAnKs A lOt" is also split into single letters.
    return not (
        is_scattered and _is_random(cleaned, encoding) and _is_random(cleaned, tokenizer.encode(cleaned.lower()))
    )


def _is_data(cleaned: str) -> bool:
    """Whether all words are numbers or keys, and there are many numbers or some keys."""
    if _PLAIN_WORD.search(cleaned) or _DIGIT.search(cleaned) is None:
        return False
    numbers = keys = 0
    for word in cleaned.split():
        if word in (LINK, USER):
            continue
        if _NUMBER.fullmatch(word) and len(word) < _MIN_KEY_LENGTH:
            numbers += 1
        elif _KEY.fullmatch(word) and _is_key(word):
            keys += 1
        elif any(map(str.isalnum, word)):
            return False
    return keys > 0 or numbers >= _LIST


def _is_key(word: str) -> bool:
    kinds = [character.isdigit() for character in word if character.isalnum()]
    turns = sum(one != other for one, other in pairwise(kinds))
    return len(set(word)) >= _DIFFERENT and (all(kinds) or turns >= _TURNS * len(word))


def _is_code(cleaned: str) -> bool:
    """Whether a large part of a text is brackets and operators. Its words may be ordinary, as in SQL."""
    if _OPERATOR.search(cleaned) is None or _BRACKET.search(cleaned) is None:
        return False
    counts = Counter(cleaned.replace(" ", ""))
    signs = [sum(counts[sign] for sign in kind) for kind in _SIGNS]
    marks = sum(count for sign, count in counts.items() if sign.isascii() and not sign.isalnum())
    return (
        sum(map(bool, signs)) + (":" in counts) >= _KINDS
        and sum(signs) >= _SIGN_SHARE * counts.total()
        and marks >= _MARK_SHARE * counts.total()
    )


def _is_scattered(cleaned: str, windows: Sequence[NDArray[np.int64]], tokenizer: Tokenizer | SearchedTokenizer) -> bool:
    """Whether a text has so many tokens for its length that it may be random letters."""
    tokens = sum(map(len, windows))
    if not _MIN_RANDOM_LENGTH <= len(cleaned) <= _CHARACTERS_PER_TOKEN * tokens or not cleaned.isascii():
        return False
    return len(cleaned) <= _CHARACTERS_PER_TOKEN * (tokens - len(windows) * tokenizer.num_special_tokens_to_add(False))


def _unknown_share(cleaned: str, window: Encoding, unknown: int) -> float:
    """Share of the characters that are in unknown tokens."""
    counts: Counter[bool] = Counter()
    for index, (start, end) in zip(window.ids, window.offsets, strict=True):
        counts[index == unknown] += sum(not character.isspace() for character in cleaned[start:end])
    return counts[True] / max(counts.total(), 1)


def _is_random(cleaned: str, window: Encoding) -> bool:
    """Whether no word is a single token, and all are split into tokens of one or two letters."""
    letters: Counter[int] = Counter()
    pieces: Counter[int] = Counter()
    for word, (start, end) in zip(window.word_ids, window.offsets, strict=True):
        count = sum(map(str.isalpha, cleaned[start:end]))
        if word is not None and count:
            letters[word] += count
            pieces[word] += 1
    return (
        sum(count >= _RANDOM_LETTERS for count in letters.values()) >= _RANDOM_WORDS
        and all(letters[word] == 1 or pieces[word] > 1 for word in letters)
        and letters.total() < _LETTERS_PER_PIECE * pieces.total()
    )
