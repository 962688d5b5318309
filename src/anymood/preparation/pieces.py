"""Tokenization with a large Unigram vocabulary, without building the whole tokenizer.

The tokenizers library builds a trie of all pieces when it reads a tokenizer.json: for 250,000 pieces, this takes 0.7 s
and 300 MB. A text needs a few hundred of them. This module finds the pieces that occur in its words by a hash of their
bytes in the file, and tokenizes only with these. Pieces that do not occur in a word do not affect its segmentation, so
the ids equal those of the full tokenizer.

Shape legend: V pieces of the vocabulary, N strings.
"""

import json
from collections.abc import Iterable
from functools import cached_property
from json.encoder import encode_basestring
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

from anymood.preparation.word_ids import reads_word_by_word

MIN_PIECES = 50_000  # pieces of a vocabulary that is searched; smaller ones are built quickly
_FIRST = 1_000  # pieces that include the unknown one
_BLOCK = 1 << 18  # bytes of the vocabulary per block: arrays of all of it would take megabytes

_VOCABULARY = b'"vocab":['
_BORDER = b'],["'  # of two entries
_QUOTE, _BACKSLASH, _BRACKET, _COMMA = b'"\\[,'
_EIGHT = 8  # bytes of a machine word
_MASKS = np.array([(1 << 8 * size) - 1 for size in range(_EIGHT + 1)], np.uint64)  # of its first bytes
_FACTORS = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9], np.uint64)  # odd, without a pattern

Bytes: TypeAlias = NDArray[np.uint8]
Places: TypeAlias = NDArray[np.int64]  # of bytes


class SearchedTokenizer:
    """A tokenizer.json whose pieces are looked up for each text; thread-safe.

    Args:
        file: content of a tokenizer.json.

    Attributes:
        frame: the tokenizer without its pieces, for which every word is unknown.
        truncation: truncation settings of the file, as in the tokenizers library; None without truncation.

    Raises:
        ValueError: the file is not supported: the vocabulary is small or not Unigram, the file was not written by the
            library, or the tokenizer does not split texts into words first.
    """

    def __init__(self, file: bytes) -> None:
        start, end = file.find(_VOCABULARY) + len(_VOCABULARY), file.rfind(b"]]") + 1
        if not len(_VOCABULARY) <= start < end:
            raise ValueError("There are no pieces with scores.")
        self._file = file
        self._head: dict[str, Any] = json.loads(file[:start] + file[end:])
        model = self._head["model"]
        if model["type"] != "Unigram" or model.get("byte_fallback") or model["unk_id"] not in range(_FIRST):
            raise ValueError("The model is not Unigram with an unknown piece.")
        self._unknown: int = model["unk_id"]
        self._max_tokens: int | None = None
        self._begins, self._longest, hashes = _vocabulary(file, start, end)
        if len(hashes) < MIN_PIECES:
            raise ValueError("The vocabulary is small.")
        self._order = np.argsort(hashes).astype(np.int32)  # of pieces by their hash (V,)
        self._hashes = hashes[self._order]
        if not all(token["special"] for token in self._head["added_tokens"]):
            raise ValueError("There are tokens other than the pieces.")
        self._specials: dict[str, int] = {token["content"]: token["id"] for token in self._head["added_tokens"]}
        for content, index in self._specials.items():
            if index >= len(hashes) or json.loads(self._entries(np.array([index]))[0])[0] != content:
                raise ValueError("A special token is not a piece.")
        self.truncation: dict[str, Any] | None = self._head["truncation"]
        self.frame = self._tokenizer(np.arange(self._unknown + 1))
        self.frame.encode_special_tokens = True
        if not reads_word_by_word(self.frame):
            raise ValueError("Texts are not split into words.")

    def __reduce__(self) -> tuple[Any, tuple[bytes]]:
        return type(self), (self._file,)

    def build(self) -> Tokenizer:
        """The full tokenizer, built by the library."""
        return Tokenizer.from_str(self._file.decode())

    # Methods of the library's tokenizer, by its names

    def enable_truncation(self, max_length: int) -> None:
        """Split longer texts into parts of at most ``max_length`` ids."""
        self._max_tokens = max_length

    def num_special_tokens_to_add(self, is_pair: bool) -> int:
        """Number of special tokens per text."""
        return self.frame.num_special_tokens_to_add(is_pair)

    def token_to_id(self, token: str) -> int | None:
        """The id of a special token or a piece; None if there is none of that name."""
        if token in self._specials:
            return self._specials[token]
        entry = f"[{encode_basestring(token)},".encode()
        pieces = sorted(self._pieces_in([token]))
        written = zip(pieces, self._entries(np.array(pieces, np.int64)), strict=True)
        return max((index for index, content in written if content.startswith(entry)), default=None)

    def encode(self, text: str) -> Encoding:
        """Encode a text; only ids up to that of the unknown piece equal those of the full tokenizer."""
        return self._encode(text, self._max_tokens)[0]

    def parts(self, text: str) -> list[tuple[list[int], list[tuple[int, int]]]]:
        """Ids of a text without special tokens, and their offsets, as a single part."""
        encoding, pieces = self._encode(text)
        return [(pieces[encoding.ids].tolist(), encoding.offsets)]

    def _encode(self, text: str, max_tokens: int | None = None) -> tuple[Encoding, Places]:
        """Encode a text with the pieces that occur in its words; returns the encoding and the piece of each id.

        With ``max_tokens``, the encoding has parts of at most that many ids, with special tokens; otherwise one part
        without them.
        """
        normalizer, splitter = self.frame.normalizer, self.frame.pre_tokenizer
        normal = text if normalizer is None else normalizer.normalize_str(text)
        chosen = {*range(self._unknown + 1), *self._pieces_in(word for word, _ in splitter.pre_tokenize_str(normal))}
        encoding, pieces = self._encode_by(chosen, text, max_tokens)
        if any(self._unknown in part.ids for part in (encoding, *encoding.overflowing)):
            # A character that is not a piece costs 10 more than the least probable piece.
            return self._encode_by({*chosen, self._least_probable}, text, max_tokens)
        return encoding, pieces

    def _encode_by(self, chosen: set[int], text: str, max_tokens: int | None) -> tuple[Encoding, Places]:
        pieces = np.array(sorted(chosen))
        tokenizer = self._tokenizer(pieces)
        tokenizer.encode_special_tokens = True
        if max_tokens is not None:
            tokenizer.enable_truncation(max_tokens)
        return tokenizer.encode(text, add_special_tokens=max_tokens is not None), pieces

    def _pieces_in(self, words: Iterable[str]) -> list[int]:
        """The pieces that occur in some words, and possibly others with the same hash."""
        text, starts, ends = _substrings(words, self._longest)
        if not len(starts):
            return []
        hashes = np.sort(_hashes(text, starts, ends))
        hashes = hashes[np.append(True, hashes[1:] != hashes[:-1])]  # np.unique takes four times as long
        at = np.searchsorted(self._hashes, hashes)
        pieces = [np.array([], np.int64)]
        while len(hashes):  # once more for each piece with the same hash
            present = (at < len(self._hashes)) & (self._hashes.take(at, mode="clip") == hashes)
            at, hashes = at[present], hashes[present]
            pieces.append(self._order[at])
            at += 1
        return np.concatenate(pieces).tolist()  # type: ignore[no-any-return]

    @cached_property
    def _least_probable(self) -> int:
        """The piece with the lowest score."""
        scores = [float(entry.rpartition(b",")[2][:-1]) for entry in self._entries(np.arange(len(self._order)))]
        return int(np.argmin(scores))

    def _entries(self, pieces: Places) -> list[bytes]:
        """Pieces with their scores, as in the file: ``["▁day",-8.3]``."""
        begins, ends = self._begins[pieces], self._begins[pieces + 1] - len(",")
        return [self._file[begin:end] for begin, end in zip(begins.tolist(), ends.tolist(), strict=True)]

    def _tokenizer(self, pieces: Places) -> Tokenizer:
        """A tokenizer with a subset of the pieces, numbered 0, 1, ...

        Args:
            pieces: sorted; all up to the unknown piece are included, so that these keep their ids.
        """
        before, after = self._around
        return Tokenizer.from_buffer(b"".join((before, b",".join(self._entries(pieces)), after)))

    @cached_property
    def _around(self) -> tuple[bytes, bytes]:
        """The bytes before and after the pieces in the file of a tokenizer with some of them."""
        model = self._head["model"] | {"vocab": []}
        written = self._head | {"model": model, "added_tokens": [], "truncation": None, "padding": None}
        before, after = json.dumps(written).encode().split(b'"vocab": []')
        return before + b'"vocab": [', b"]" + after


def _vocabulary(file: bytes, start: int, end: int) -> tuple[NDArray[np.int32], int, NDArray[np.uint32]]:
    """Entries ``["piece",score],...`` of a vocabulary.

    Returns:
        Offsets of the entries, and of their end, (V + 1,), in 32 bits, which saves 1 MB; the number of bytes
        of the longest piece; and the hash of each piece (V,).

    Raises:
        ValueError: the entries have another form.
    """
    text = np.frombuffer(file, np.uint8)
    begins, hashes, longest = [], [], 0
    while start < end:
        border = file.find(_BORDER, start + _BLOCK, end)  # not within a piece, where quotes are escaped
        stop = end if border < 0 else border + len("],")
        starts, ends = _strings(text, start, stop)
        begins.append((starts - len('["')).astype(np.int32))
        hashes.append(_hashes(text, starts, ends))
        longest = max(longest, int((ends - starts).max()))
        start = stop
    begins.append(np.array([end + len(",")], np.int32))
    return np.concatenate(begins), longest, np.concatenate(hashes)


def _strings(file: Bytes, start: int, end: int) -> tuple[Places, Places]:
    """Offsets of the string in each entry of ``["piece",score],...``: starts and ends, two arrays of (V,).

    Raises:
        ValueError: the entries have another form.
    """
    quotes, backslashes = (start + np.flatnonzero(file[start:end] == sign) for sign in (_QUOTE, _BACKSLASH))
    escaped = [start]
    for place in backslashes.tolist():
        if place != escaped[-1]:
            escaped.append(place + 1)
    if not {file[place] for place in escaped[1:]} <= {_QUOTE, _BACKSLASH}:
        raise ValueError("There are characters that the library does not escape.")
    quotes = np.delete(quotes, np.searchsorted(quotes, [place for place in escaped[1:] if file[place] == _QUOTE]))
    starts, ends = quotes[::2] + 1, quotes[1::2]
    if len(starts) != len(ends) or not ((file[starts - 2] == _BRACKET).all() and (file[ends + 1] == _COMMA).all()):
        raise ValueError("Pieces are not written one after the other.")
    return starts, ends


def _substrings(words: Iterable[str], longest: int) -> tuple[Bytes, Places, Places]:
    """All substrings of words that may be pieces.

    Args:
        words: the words.
        longest: length of the longest piece in bytes.

    Returns:
        The words as JSON, with padding; and starts and ends of all substrings of at most ``longest`` bytes: two arrays
        of (N,).
    """
    written = [encode_basestring(word)[1:-1].encode() for word in words]
    text = np.frombuffer(b"".join((*written, bytes(_EIGHT))), np.uint8)
    lengths = np.array([len(word) for word in written], np.int64)
    begins = np.append(np.flatnonzero((text[:-_EIGHT] & 0xC0) != 0x80), lengths.sum())  # of characters in UTF-8
    stops = np.repeat(lengths.cumsum(), lengths)  # of the word of each byte
    at = np.arange(len(begins) - 1)[:, np.newaxis]
    to = at + np.arange(1, min(longest, lengths.max(initial=0)) + 1)  # from each character on: of 1, 2, ... characters
    begin, end = begins[at], begins.take(to, mode="clip")
    fits = (to < len(begins)) & (end <= stops[begin]) & (end - begin <= longest)
    return text, np.broadcast_to(begin, fits.shape)[fits], end[fits]


def _hashes(text: Bytes, starts: Places, ends: Places) -> NDArray[np.uint32]:
    """A hash (N,) of each substring of a text, which must continue for 8 bytes after the last.

    It combines the length with 8 bytes each at the start, in the middle and at the end.
    """
    words = np.ndarray(len(text) - _EIGHT + 1, "<u8", text, strides=(1,))  # from each byte on
    lengths = ends - starts
    masks = _MASKS[np.minimum(lengths, _EIGHT)]
    hashes = lengths.astype(np.uint64)
    shifts = (0 * lengths, (lengths - _EIGHT) // 2, lengths - _EIGHT)
    for factor, shift in zip(_FACTORS, shifts, strict=True):
        hashes = (hashes ^ words[starts + np.maximum(shift, 0)] & masks) * factor
        hashes ^= hashes >> np.uint64(32)
    return hashes.astype(np.uint32)
