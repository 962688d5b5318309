"""Labels with similar names, which may be typing mistakes."""

import re
from collections.abc import Mapping

FEW = 2  # maximum number of posts of a label that may be a typing mistake
FEW_SHARE = 0.05  # the same, as a share of the posts of the other label

_SIGNS = re.compile(r"[\W_]+")


def similar_labels(counts: Mapping[str, int], *, few_share: float = 0.0) -> list[tuple[str, str]]:
    """Pairs of a rare label and the frequent label that it resembles.

    Two names are similar if they differ only in case, whitespace and punctuation, or by one insertion, deletion,
    substitution or transposition of neighbours. In the second case, the rare label has at most ``FEW`` posts.

    Args:
        counts: number of posts of each label.
        few_share: maximum number of posts of the rare label, as a share of those of the other, if that is more.
    """
    ordered = sorted(counts, key=lambda name: (-counts[name], name))
    pairs = []
    for place, rare in enumerate(ordered):
        for usual in ordered[:place]:
            same = _plain(rare) == _plain(usual)
            is_rare = counts[rare] < counts[usual] and counts[rare] <= max(FEW, few_share * counts[usual])
            if same or (is_rare and one_edit_apart(_plain(rare), _plain(usual))):
                pairs.append((rare, usual))
                break
    return pairs


def one_edit_apart(one: str, other: str) -> bool:
    """Whether the Damerau-Levenshtein distance of two names is 1."""
    from symspellpy.editdistance import DistanceAlgorithm, EditDistance

    return bool(EditDistance(DistanceAlgorithm.DAMERAU_OSA).compare(one, other, 1) == 1)


def _plain(name: str) -> str:
    return _SIGNS.sub("", name).casefold()
