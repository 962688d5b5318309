"""Words of posts in any script, and those that tell groups of posts apart."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from anymood.evaluation.arrays import Floats, Ints

FEWEST_POSTS = 5  # with a word, for it to be named
PRIOR = 500.0  # words of the Dirichlet prior, with the proportions of all posts
LEVEL = 0.05  # of the test of a word, divided by the number of words that are looked at (Bonferroni)

_LINK = re.compile(r"https?:\S+|www\.\S+|&\w+;")
# Signs that belong to the letter before them, which Python's \\w leaves out: accents, and the vowels of Hebrew, Arabic,
# the scripts of India, Thai and others.
_MARKS = (
    "\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0900-\u0963\u0970-\u0dff"
    "\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ece\u102b-\u103e\u1056-\u109d\u17b4-\u17d3\u200c\u200d"
)
# A mention (left out), a hashtag or a word with its inner apostrophes and hyphens, or an emoji.
_TOKEN = re.compile(
    rf"@\w+|(?<![\w{_MARKS}])#?(?:[^\W\d_]|[{_MARKS}])[\w{_MARKS}]*(?:['\u2019\-][^\W\d_][\w{_MARKS}]*)*"
    "|[\u2600-\u27bf\U0001f1e6-\U0001f1ff\U0001f300-\U0001faff]"
)
# Scripts that are written without blanks between words: Thai, Lao, Myanmar, Khmer, kana, Han. Two signs stand for a
# word.
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]{2,}")


def words_of(text: str | None) -> list[str]:
    """Words in lower case, hashtags and emoji; no links, mentions or numbers."""
    if text is None:
        return []
    found = []
    for token in _TOKEN.findall(_LINK.sub(" ", text)):
        if token[0] == "@":
            continue
        word = token.lower().replace("\u2019", "'")
        if _UNSPACED.search(word):
            found += [word[place : place + 2] for place in range(len(word) - 1)]
        else:
            found.append(word)
    return found


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Words of all posts as numbers.

    Attributes:
        names: the words.
        posts: words of each post in their order, as indices into ``names``.
    """

    names: list[str]
    posts: list[NDArray[np.int64]]

    @classmethod
    def of(cls, texts: Iterable[str | None]) -> "Vocabulary":
        """Split texts into words."""
        numbers: dict[str, int] = {}
        posts = [
            np.array([numbers.setdefault(word, len(numbers)) for word in words_of(text)], np.int64) for text in texts
        ]
        return cls(list(numbers), posts)


@dataclass(frozen=True, slots=True)
class Word:
    """A word that a group uses more than the other posts.

    Attributes:
        word: in lower case.
        posts: of the group that have it.
        share: of the group's posts that have it.
        elsewhere: share of the other posts that have it.
        z: log-odds ratio over its standard error.
    """

    word: str
    posts: int
    share: float
    elsewhere: float
    z: float


def distinctive_words(
    vocabulary: Vocabulary, groups: Ints, count: int, *, chosen: Sequence[int] | Ints | None = None, most: int = 12
) -> list[list[Word]]:
    """The words that tell each group from all others, the most telling first.

    Log-odds ratios with an informative Dirichlet prior (Monroe et al. 2008, equations 16 to 22): the prior has the
    proportions of all posts, and what is ranked is the ratio over its standard error. A word counts once a post, and
    is named only where its ratio is beyond what chance would give any of all words.

    Args:
        vocabulary: words of all posts.
        groups: the group of each post, (N,); -1 for one that is in none.
        count: number of groups.
        chosen: posts to look at, such as one of each set of copies; by default all.
        most: words a group.
    """
    indices = range(len(vocabulary.posts)) if chosen is None else chosen
    kept = [i for i in indices if groups[i] >= 0 and len(vocabulary.posts[i])]
    size = len(vocabulary.names)
    if not kept or not size:
        return [[] for _ in range(count)]
    words = np.concatenate([vocabulary.posts[i] for i in kept])
    post = np.repeat(np.arange(len(kept)), [len(vocabulary.posts[i]) for i in kept])
    once = np.unique(post * size + words)
    words, group = once % size, groups[np.asarray(kept)][once // size]
    counts = np.bincount(group * size + words, minlength=count * size).reshape(count, size)
    posts = np.bincount(groups[np.asarray(kept)], minlength=count)
    z = _z_scores(counts.astype(np.float64))
    tested = max(int((counts.sum(0) >= FEWEST_POSTS).sum()), 1)
    least = NormalDist().inv_cdf(1 - LEVEL / (2 * tested))
    found = []
    for g in range(count):
        telling = np.flatnonzero((z[g] >= least) & (counts[g] >= FEWEST_POSTS))
        best = telling[np.argsort(-z[g, telling], kind="stable")][:most]
        others = max(int(posts.sum() - posts[g]), 1)
        found.append(
            [
                Word(
                    vocabulary.names[w],
                    int(counts[g, w]),
                    float(counts[g, w] / max(posts[g], 1)),
                    float((counts[:, w].sum() - counts[g, w]) / others),
                    float(z[g, w]),
                )
                for w in best
            ]
        )
    return found


def _z_scores(counts: Floats) -> Floats:
    """Of each group against all others together, (G, V)."""
    total = counts.sum(0)
    prior = PRIOR * total / max(total.sum(), 1)
    mine, others = counts + prior, total - counts + prior

    def log_odds(values: Floats) -> Floats:
        return np.asarray(np.log(values) - np.log(values.sum(1, keepdims=True) - values))

    with np.errstate(divide="ignore", invalid="ignore"):
        z = (log_odds(mine) - log_odds(others)) / np.sqrt(1 / mine + 1 / others)
    return np.asarray(np.nan_to_num(z, nan=0.0, posinf=0.0, neginf=0.0))
