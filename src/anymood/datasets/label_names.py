"""Labels whose names are nearly the same, as after a typing mistake."""

import re
from collections.abc import Mapping

FEW = 2  # posts of a label that may be a typing mistake
FEW_SHARE = 0.05  # of the posts of the other label, up to which a rare one may be one too

_SIGNS = re.compile(r"[\W_]+")


def similar_labels(counts: Mapping[str, int], *, few_share: float = 0.0) -> list[tuple[str, str]]:
    """Pairs of a rare label and the frequent one that it may be meant for.

    Two names are similar if they differ in case, blanks and punctuation alone, or in one letter that is added, left
    out, replaced or swapped with its neighbour. In the second case, the rare one has at most ``FEW`` posts.

    Args:
        counts: posts of each label.
        few_share: how many posts the rare one may have instead, as a share of those of the other.
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
    """Whether one letter is added, left out, replaced, or swapped with its neighbour."""
    if one == other or abs(len(one) - len(other)) > 1:
        return False
    start = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    left, right = one[start:], other[start:]
    while left and right and left[-1] == right[-1]:
        left, right = left[:-1], right[:-1]
    return (len(left) <= 1 and len(right) <= 1) or (len(left) == len(right) == 2 and left == right[::-1])


def _plain(name: str) -> str:
    return _SIGNS.sub("", name).casefold()
