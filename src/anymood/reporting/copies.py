"""Near-duplicate texts, such as the copies of a campaign or chain letters.

Two texts are copies if their words, without links, mentions, digits and punctuation, are equal, or if they share most
sequences of three words (Jaccard similarity of at least ``SIMILARITY``). Candidates for the latter are found by MinHash
with banding (Broder 1997; Leskovec et al., Mining of Massive Datasets, chapter 3), and compared exactly.
"""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from anymood.datasets.duplicates import DisjointSets
from anymood.evaluation.arrays import Ints
from anymood.reporting.words import Vocabulary

MIN_WORDS = 5  # shorter texts are often equal by chance
SIMILARITY = 0.7
SHINGLE = 3  # words in a run
HASHES, BANDS = 48, 12  # rows of 4: at a similarity of 0.7, 96 % of pairs share a band

Hashes: TypeAlias = NDArray[np.uint64]


def copy_groups(vocabulary: Vocabulary) -> Ints:
    """A group number per text, equal for copies, (N,).

    Args:
        vocabulary: words of the texts. Texts of fewer than ``MIN_WORDS`` have no copies.
    """
    groups = DisjointSets(len(vocabulary))
    starts = vocabulary.starts
    first: dict[bytes, int] = {}
    for index in np.flatnonzero(np.diff(starts) >= MIN_WORDS).tolist():
        words = vocabulary.words[starts[index] : starts[index + 1]]
        groups.join(first.setdefault(words.tobytes(), index), index)
    different = list(first.values())
    shingles, begins = _shingles(vocabulary, np.array(different, np.int64))
    pieces = np.split(shingles, begins[1:]) if different else []
    for one, other in _candidates(shingles, begins):
        first_text, second_text = different[one], different[other]
        if groups.root(first_text) != groups.root(second_text) and _alike(pieces[one], pieces[other]):
            groups.join(first_text, second_text)
    return np.array(groups.roots(), np.int64)


def _shingles(vocabulary: Vocabulary, chosen: Ints) -> tuple[Hashes, Ints]:
    """Hashes of the word sequences of texts, concatenated, and the offset of each text."""
    mixed = vocabulary.words.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    mixed ^= mixed >> np.uint64(29)
    runs = np.zeros(max(len(mixed) - SHINGLE + 1, 0), np.uint64)
    for place in range(SHINGLE):
        runs = runs * np.uint64(0xBF58476D1CE4E5B9) + mixed[place : place + len(runs)]
    counts = np.diff(vocabulary.starts)[chosen] - SHINGLE + 1
    begins = np.cumsum([0, *counts])[:-1]
    places = np.repeat(vocabulary.starts[chosen] - begins, counts) + np.arange(counts.sum())
    return runs[places], begins


def _candidates(values: Hashes, starts: Ints) -> set[tuple[int, int]]:
    """Pairs of texts with a common band of their signatures; in a large band, each text with the first.

    Args:
        values: shingles of the texts, concatenated.
        starts: offset of each text.
    """
    if not len(starts):
        return set()
    generator = np.random.default_rng(0)
    rows = HASHES // BANDS
    pairs: set[tuple[int, int]] = set()
    for _ in range(BANDS):
        key = np.zeros(len(starts), np.uint64)
        for _ in range(rows):
            factor, shift = generator.integers(1, 2**63, 2, dtype=np.uint64)
            hashed = values * (factor | np.uint64(1)) + shift
            hashed ^= hashed >> np.uint64(32)
            key = key * np.uint64(0x94D049BB133111EB) + np.minimum.reduceat(hashed, starts)
        order = np.argsort(key, kind="stable")
        same = np.flatnonzero(key[order][1:] == key[order][:-1])
        # Runs of equal keys: each member with the first, and with the previous one, which may be more similar.
        begins = np.concatenate([[True], key[order][1:] != key[order][:-1]])
        head = order[np.maximum.accumulate(np.where(begins, np.arange(len(order)), 0))]
        pairs.update((int(min(a, b)), int(max(a, b))) for a, b in zip(order[same], order[same + 1], strict=True))
        pairs.update((int(min(a, b)), int(max(a, b))) for a, b in zip(head[same + 1], order[same + 1], strict=True))
    return {(a, b) for a, b in pairs if a != b}


def _alike(one: Hashes, other: Hashes) -> bool:
    """Whether the Jaccard similarity of two sets of shingles is at least ``SIMILARITY``."""
    first, second = np.unique(one), np.unique(other)
    if min(len(first), len(second)) < SIMILARITY * max(len(first), len(second)):
        return False
    common = len(np.intersect1d(first, second, assume_unique=True))
    return common >= SIMILARITY * (len(first) + len(second) - common)
