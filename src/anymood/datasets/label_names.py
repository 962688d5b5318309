"""Comparison of the names of labels: those that are the same, and typing mistakes."""

import re
import unicodedata
from collections.abc import Mapping

from anymood.tables.usual_names import USUAL_SENTIMENTS

MAX_TYPO_POSTS = 2  # posts of a label that may be a typing mistake
MAX_TYPO_SHARE = 0.05  # the same, as a share of the posts of the other label
MIN_LETTERS = 3  # of a label that may be a typing mistake
_WHOLE_NUMBER = re.compile(r"^([+-]?\d+)\.0+$")
_SIGNS = re.compile(r"(?!\+|^-|-$)[\W_]")  # except those of B+ and B-


def similar_labels(counts: Mapping[str, int], *, few_share: float = 0.0) -> list[tuple[str, str]]:
    """Pairs of a rare label and the frequent label that it resembles.

    Two names are similar if they are the same when ``folded``, if they differ only in whitespace and punctuation, or by
    one insertion, deletion, substitution or transposition of neighbours. In the last case, the rare label has at most
    ``MAX_TYPO_POSTS`` posts, and both have at least three letters. Other names without letters, such as -1 and 1, or
    emoji, are never similar, nor are usual names of two sentiments, such as neg and neu.

    Args:
        counts: number of posts of each label.
        few_share: maximum number of posts of the rare label, as a share of those of the other label, if that is larger.
    """
    ordered = sorted(counts, key=lambda name: (-counts[name], name))
    pairs = []
    for place, rare in enumerate(ordered):
        for usual in ordered[:place]:
            letters = min(sum(map(str.isalpha, rare)), sum(map(str.isalpha, usual)))
            same = (letters > 0 and _plain(rare) == _plain(usual)) or folded(rare) == folded(usual)
            is_rare = counts[rare] < counts[usual] and counts[rare] <= max(MAX_TYPO_POSTS, few_share * counts[usual])
            is_misspelt = is_rare and letters >= MIN_LETTERS and one_edit_apart(_plain(rare), _plain(usual))
            if same or (is_misspelt and not _are_sentiments(rare, usual)):
                pairs.append((rare, usual))
                break
    return pairs


def folded(name: str) -> str:
    """A label without differences of case, whitespace and invisible characters, such as the variants of an emoji.

    The .0 of integers is removed, too, which data frames add in columns with missing values.
    """
    whole = unicodedata.normalize("NFKC", name).casefold().replace("i\u0307", "i")  # the capital I of Turkish
    plain = " ".join("".join(one for one in whole if not _is_invisible(one)).split())
    return _WHOLE_NUMBER.sub(r"\1", plain)


def _is_invisible(character: str) -> bool:
    return unicodedata.category(character) == "Cf" or "\ufe00" <= character <= "\ufe0f"  # variation selectors


def one_edit_apart(one: str, other: str) -> bool:
    """Whether the Damerau-Levenshtein distance of two names is 1."""
    from symspellpy.editdistance import DistanceAlgorithm, EditDistance

    return bool(EditDistance(DistanceAlgorithm.DAMERAU_OSA).compare(one, other, 1) == 1)


def _are_sentiments(one: str, other: str) -> bool:
    """Whether two names are usual ones of different sentiments."""
    sentiments = {USUAL_SENTIMENTS.get(_plain(name)) for name in (one, other)}
    return len(sentiments - {None}) == len((one, other))


def _plain(name: str) -> str:
    return _SIGNS.sub("", name.strip()).casefold()
