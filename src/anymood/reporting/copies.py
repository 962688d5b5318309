"""Near-duplicate texts: the copies of a campaign, chain letters, and whatever was posted many times.

Two texts are copies where their words, without links, mentions, digits and punctuation, are the same, or where they
share most runs of three words (Jaccard similarity of at least ``SIMILARITY``). The latter are found by MinHash with
banding (Broder 1997; Leskovec et al., Mining of Massive Datasets, chapter 3) and then compared exactly.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from anymood.evaluation.arrays import Ints

FEWEST_WORDS = 5  # shorter texts are said by many who copy nobody
SIMILARITY = 0.7
SHINGLE = 3  # words in a run
HASHES, BANDS = 48, 12  # rows of 4: at a similarity of 0.7, 96 % of pairs share a band

Words = Sequence[NDArray[np.int64]]


def copy_groups(words: Words) -> Ints:
    """A number for each text, the same for copies of one another, (N,).

    Args:
        words: of each text, as numbers. Texts of fewer than ``FEWEST_WORDS`` stand alone.
    """
    groups = _Groups(len(words))
    first: dict[bytes, int] = {}
    for index, text in enumerate(words):
        if len(text) >= FEWEST_WORDS:
            groups.join(first.setdefault(text.tobytes(), index), index)
    different = list(first.values())
    shingles = [_shingles(words[index]) for index in different]
    for one, other in _candidates(shingles):
        if not groups.same(different[one], different[other]) and _alike(shingles[one], shingles[other]):
            groups.join(different[one], different[other])
    return groups.numbers()


class _Groups:
    """Disjoint sets with path halving."""

    def __init__(self, count: int) -> None:
        self._parent = list(range(count))

    def root(self, index: int) -> int:
        parent = self._parent
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    def same(self, one: int, other: int) -> bool:
        return self.root(one) == self.root(other)

    def join(self, one: int, other: int) -> None:
        one, other = sorted((self.root(one), self.root(other)))
        self._parent[other] = one

    def numbers(self) -> Ints:
        return np.array([self.root(index) for index in range(len(self._parent))], np.int64)


def _shingles(text: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Hashes of the runs of words of a text, each once."""
    mixed = text.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    mixed ^= mixed >> np.uint64(29)
    runs = np.zeros(len(text) - SHINGLE + 1, np.uint64)
    for place in range(SHINGLE):
        runs = runs * np.uint64(0xBF58476D1CE4E5B9) + mixed[place : place + len(runs)]
    return np.unique(runs)


def _candidates(shingles: list[NDArray[np.uint64]]) -> set[tuple[int, int]]:
    """Pairs of texts that share a band of their signatures; of many in one band, each with the first."""
    if not shingles:
        return set()
    values = np.concatenate(shingles)
    starts = np.cumsum([0, *map(len, shingles[:-1])])
    generator = np.random.default_rng(0)
    rows = HASHES // BANDS
    pairs: set[tuple[int, int]] = set()
    for _ in range(BANDS):
        key = np.zeros(len(shingles), np.uint64)
        for _ in range(rows):
            factor, shift = generator.integers(1, 2**63, 2, dtype=np.uint64)
            hashed = values * (factor | np.uint64(1)) + shift
            hashed ^= hashed >> np.uint64(32)
            key = key * np.uint64(0x94D049BB133111EB) + np.minimum.reduceat(hashed, starts)
        order = np.argsort(key, kind="stable")
        same = np.flatnonzero(key[order][1:] == key[order][:-1])
        # Runs of equal keys: each member with the first, and with the one before, which may be nearer to it.
        begins = np.concatenate([[True], key[order][1:] != key[order][:-1]])
        head = order[np.maximum.accumulate(np.where(begins, np.arange(len(order)), 0))]
        pairs.update((int(min(a, b)), int(max(a, b))) for a, b in zip(order[same], order[same + 1], strict=True))
        pairs.update((int(min(a, b)), int(max(a, b))) for a, b in zip(head[same + 1], order[same + 1], strict=True))
    return {(a, b) for a, b in pairs if a != b}


def _alike(one: NDArray[np.uint64], other: NDArray[np.uint64]) -> bool:
    """Whether the Jaccard similarity of two sets of shingles reaches ``SIMILARITY``."""
    if min(len(one), len(other)) < SIMILARITY * max(len(one), len(other)):
        return False
    common = len(np.intersect1d(one, other, assume_unique=True))
    return common >= SIMILARITY * (len(one) + len(other) - common)
