"""The phrases in which the words of a group of posts usually occur."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anymood.evaluation.arrays import Ints

MAX_WORDS = 5  # words of a phrase
MIN_SHARE = 0.5  # share of a word's uses that are in the phrase


@dataclass(frozen=True, slots=True, eq=False)
class Phrase:
    """A word and its usual neighbours.

    Attributes:
        word: the word.
        words: the words of the phrase in order, with the word.
        posts: indices of the posts that contain the phrase.
    """

    word: int
    words: list[int]
    posts: Ints


class Phrases:
    """Finds the phrases of words.

    Args:
        words: words of all posts, concatenated, as indices (M,).
        starts: offset of each post in ``words``, and M, (N + 1,).
        groups: group of each post, (N,).
    """

    def __init__(self, words: NDArray[np.int32], starts: NDArray[np.int64], groups: Ints) -> None:
        self._words = words
        self._post = np.repeat(np.arange(len(groups)), np.diff(starts))
        self._group = groups[self._post]

    def distinct(self, words: Iterable[int], group: int, most: int) -> list[Phrase]:
        """The phrases of the first words in a group. Of phrases that are mostly the same words, the first is kept."""
        phrases: list[Phrase] = []
        for word in words:
            if len(phrases) == most:
                break
            phrase = self._phrase(word, group)
            words_of_it = set(phrase.words)
            is_alone = len(words_of_it) == 1
            if is_alone or all(2 * len(words_of_it.intersection(each.words)) <= len(words_of_it) for each in phrases):
                phrases.append(phrase)
        return phrases

    def _phrase(self, word: int, group: int) -> Phrase:
        """The longest sequence of words around a word that most of its uses in the group have."""
        first = np.flatnonzero((self._words == word) & (self._group == group))  # where each use of the phrase begins
        least, words = MIN_SHARE * len(first), [word]
        while len(words) < MAX_WORDS:
            sides = [(self._neighbours(first, place), place) for place in (len(words), -1)]
            counts = [np.bincount(side[side >= 0], minlength=1) for side, _ in sides]
            best = int(counts[1].max() > counts[0].max())
            if counts[best].max() <= least:
                break
            neighbour, (side, place) = int(counts[best].argmax()), sides[best]
            words = [neighbour, *words] if place < 0 else [*words, neighbour]
            first = first[side == neighbour] + min(place, 0)
        return Phrase(word, words, np.unique(self._post[first]))

    def _neighbours(self, first: Ints, offset: int) -> Ints:
        """The words at an offset from places; -1 where there is none in the same post."""
        places = np.clip(first + offset, 0, len(self._words) - 1)
        inside = (places == first + offset) & (self._post[places] == self._post[first])
        return np.where(inside, self._words[places], -1)
