"""Words of posts in any script, and distinctive words of groups of posts."""

import math
import re
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anymood.evaluation.arrays import Floats, Ints
from anymood.reporting.phrases import Phrases
from anymood.reporting.results import DistinctiveWord

MIN_POSTS = 5  # posts with a word that is shown
MANY_POSTS = 30  # posts with a word, for a z-score that is nearly normal
MAX_WORDS = 12  # words per group
PRIOR = 500.0  # words of the Dirichlet prior, with the proportions of all posts
LEVEL = 0.05  # false discovery rate among the tested words

# A link, also without its scheme, as in old tweets (pic.twitter.com/...), or an HTML entity.
_LINK = re.compile(r"https?:\S+|www\.\S+|(?<![\w@.-])(?:[a-z\d-]+\.)+[a-z]{2,}/\S*|&\w+;", re.IGNORECASE)
# Signs that belong to the preceding letter, but that Python's \\w does not match: accents, and the vowels of Hebrew,
# Arabic, the scripts of India, Thai and others.
_MARKS = (
    "\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0900-\u0963\u0970-\u0dff"
    "\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ece\u102b-\u103e\u1056-\u109d\u17b4-\u17d3\u200c\u200d"
)
# A mention (left out), a hashtag or a word with its inner apostrophes and hyphens, or an emoji.
_TOKEN = re.compile(
    rf"@\w+|(?<![\w{_MARKS}])#?(?:[^\W\d_]|[{_MARKS}])[\w{_MARKS}]*(?:['\u2019\-][^\W\d_][\w{_MARKS}]*)*"
    "|[\u2600-\u27bf\U0001f1e6-\U0001f1ff\U0001f300-\U0001faff]"
)
# Scripts without spaces between words: Thai, Lao, Myanmar, Khmer, kana, Han. Pairs of characters are used as words.
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]{2,}")


def words_of(text: str | None) -> list[str]:
    """Lower-case words, hashtags and emoji, without links, mentions and numbers."""
    if text is None:
        return []
    tokens = _TOKEN.findall(_LINK.sub(" ", text).lower().replace("\u2019", "'"))
    words = [token for token in tokens if token[0] != "@"]
    if not _UNSPACED.search(text):
        return words
    result = []
    for word in words:
        if _UNSPACED.search(word):
            result += [word[place : place + 2] for place in range(len(word) - 1)]
        else:
            result.append(word)
    return result


@dataclass(frozen=True, slots=True, eq=False)
class Vocabulary:
    """Words of N posts as indices.

    Attributes:
        names: the words.
        words: words of all posts, concatenated, as indices into ``names``, (M,).
        starts: offset of each post in ``words``, and M, (N + 1,).
        occurrences: sorted unique pairs of a post and a word in it: (2, P).
    """

    names: list[str]
    words: NDArray[np.int32]
    starts: NDArray[np.int64]
    occurrences: NDArray[np.int32]

    @classmethod
    def of(cls, texts: Iterable[str | None]) -> "Vocabulary":
        """Split texts into words."""
        numbers: defaultdict[str, int] = defaultdict()
        numbers.default_factory = numbers.__len__  # a new word gets the next number
        words, starts = array("i"), array("q", [0])
        for text in texts:
            words.extend(map(numbers.__getitem__, words_of(text)))
            starts.append(len(words))
        flat, ends = np.array(words, np.int32), np.array(starts, np.int64)
        posts = np.repeat(np.arange(len(ends) - 1), np.diff(ends))
        size = max(len(numbers), 1)
        pairs = np.sort(posts * size + flat)  # np.unique takes ten times as long
        occurrences = np.stack(np.divmod(pairs[np.diff(pairs, prepend=-1) > 0], size)).astype(np.int32)
        return cls(list(numbers), flat, ends, occurrences)

    def __len__(self) -> int:
        return len(self.starts) - 1

    def joined(self, words: Iterable[int]) -> str:
        """Successive words as a text; those of scripts without spaces overlap by one character."""
        text = ""
        for name in map(self.names.__getitem__, words):
            is_unspaced = text and _UNSPACED.fullmatch(name) and text[-1] == name[0]
            text += name[1:] if is_unspaced else f" {name}"
        return text.lstrip()


def distinctive_words(
    vocabulary: Vocabulary,
    groups: Ints,
    count: int,
    *,
    tests: int = 1,
    example: Callable[[Ints], str | None] = lambda posts: None,
) -> list[list[DistinctiveWord]]:
    """Distinctive words of each group compared with all others, the most distinctive first.

    Log-odds ratios with an informative Dirichlet prior (Monroe et al. 2008, equations 16 to 22): the prior has the
    proportions of all posts, and words are ranked by the ratio divided by its standard error. A word counts once per
    post, and is returned only if its ratio is significant among all words, at a false discovery rate of 5 %, and for
    rare words also by the binomial test. Of the words of a phrase, one is returned.

    Args:
        vocabulary: words of all posts.
        groups: group of each post, (N,); -1 for none.
        count: number of groups.
        tests: number that the false discovery rate is divided by, for many groups.
        example: returns an example of the posts with these indices, which have the phrase of a word.
    """
    size = len(vocabulary.names)
    group_of = np.where(np.diff(vocabulary.starts) > 0, groups, -1)  # posts without words are not counted
    group, words = group_of[vocabulary.occurrences[0]], vocabulary.occurrences[1]
    total = np.bincount(words[group >= 0], minlength=size)
    if not total.any():
        return [[] for _ in range(count)]
    posts = np.bincount(group_of[group_of >= 0], minlength=count)
    tested = np.flatnonzero(total >= MIN_POSTS)
    phrases = Phrases(vocabulary.words, vocabulary.starts, group_of)
    by_group = []
    for g in range(count):
        counts = np.bincount(words[group == g], minlength=size)
        z = _z_scores(counts, total)
        least = _least_z(z[tested], LEVEL / tests)
        significant = np.flatnonzero((z >= least) & (counts >= MIN_POSTS))
        best = significant[np.argsort(-z[significant], kind="stable")].tolist()
        share = posts[g] / max(posts.sum(), 1)
        best = [w for w in best if counts[w] >= MANY_POSTS or _tail(counts[w], total[w], share) <= _p_value(least) / 2]
        others = max(int(posts.sum() - posts[g]), 1)
        by_group.append(
            [
                DistinctiveWord(
                    vocabulary.names[each.word],
                    int(counts[each.word]),
                    float(counts[each.word] / max(posts[g], 1)),
                    float((total[each.word] - counts[each.word]) / others),
                    float(z[each.word]),
                    vocabulary.joined(each.words),
                    example(each.posts),
                )
                for each in phrases.distinct(best, g, MAX_WORDS)
            ]
        )
    return by_group


def _least_z(z: Floats, level: float) -> float:
    """The z-score from which on values are significant at a false discovery rate (Benjamini and Hochberg 1995)."""
    ranked = np.sort(np.abs(z))[::-1]
    p_values = np.array([_p_value(each) for each in ranked.tolist()])
    passed = np.flatnonzero(p_values <= level * np.arange(1, len(ranked) + 1) / max(len(ranked), 1))
    return float(ranked[passed[-1]]) if len(passed) else math.inf


def _p_value(z: float) -> float:
    return math.erfc(z / math.sqrt(2))


def _tail(posts: int, total: int, share: float) -> float:
    """The probability of at least so many of all posts with a word in a group, if it has this share of each word.

    It is exact (binomial), where the z-scores of rare words are too high.
    """
    if share >= 1:
        return 1.0
    chosen = math.lgamma(total + 1) - math.lgamma(posts + 1) - math.lgamma(total - posts + 1)
    term = math.exp(chosen + posts * math.log(share) + (total - posts) * math.log1p(-share))
    probability = 0.0
    for number in range(posts, total + 1):
        probability += term
        term *= (total - number) / (number + 1) * share / (1 - share)
    return probability


def _z_scores(counts: Ints, total: Ints) -> Floats:
    """z-scores of the words of a group, (V,), compared with those of all others."""
    prior = PRIOR * total / max(total.sum(), 1)
    own, others = counts + prior, total - counts + prior

    def log_odds(values: Floats) -> Floats:
        return np.asarray(np.log(values) - np.log(values.sum() - values))

    with np.errstate(divide="ignore", invalid="ignore"):
        z = (log_odds(own) - log_odds(others)) / np.sqrt(1 / own + 1 / others)
    return np.asarray(np.nan_to_num(z, nan=0.0, posinf=0.0, neginf=0.0))
