"""Stratified splits of a corpus for training, validation and test.

Posts with equal text (``duplicates.comparable``) or equal image (``duplicates.image_digest``, which reads every image
file once) are always in the same part, so that no test post is trained on. The splits depend only on the posts, their
order and the seed.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from anymood.datasets.corpus import Corpus, Split
from anymood.datasets.duplicates import DisjointSets, comparable, image_digest
from anymood.errors import SettingError

SPLITS: tuple[Split, Split, Split] = ("train", "validation", "test")


def split_by_share(corpus: Corpus, *, validation: float = 0.1, test: float = 0.1, seed: int = 0) -> Corpus:
    """Assign a split to every example; existing splits are overwritten.

    The shares of each label are exact to within one post, unless duplicates must stay together. Labels with very few
    posts may be missing in the smaller parts.

    Args:
        corpus: the corpus to split.
        validation: share of the validation part, from 0.
        test: share of the test part, from 0.
        seed: seed of the random assignment.

    Raises:
        SettingError: a share is negative, or none is left for training.
    """
    if not (validation >= 0 and test >= 0 and validation + test < 1):  # False for NaN
        raise SettingError(
            f"The shares of validation ({validation}) and test ({test}) must not be negative, "
            "and their sum must be below 1."
        )
    shares = np.array([1 - validation - test, validation, test])
    lacking = np.stack([_apportion(count, shares) for count in _label_counts(corpus)], axis=1)
    parts = _assign(corpus, _duplicate_groups(corpus), lacking, shares, seed)
    return _with_splits(corpus, [SPLITS[index] for index in parts])


def hold_out(corpus: Corpus, eligible: Sequence[bool], posts: int, *, seed: int = 0) -> Corpus:
    """Sample posts for validation and test, half each, from the eligible ones; all others are training posts.

    The sample is stratified. Duplicates of posts that are not eligible are not sampled. If fewer than ``posts`` can be
    sampled, all of them are; validation gets one more if their number is odd.

    Args:
        corpus: the corpus to split; existing splits are overwritten.
        eligible: whether each example may be sampled.
        posts: total number of posts to sample.
        seed: seed of the random sample.
    """
    groups = _duplicate_groups(corpus)
    pairs = list(zip(groups.tolist(), eligible, strict=True))
    staying = {group for group, may in pairs if not may}
    free = [n for n, (group, may) in enumerate(pairs) if may and group not in staying]
    splits: list[Split] = ["train"] * len(corpus)
    if drawn := min(posts, len(free)):
        chosen = replace(corpus, examples=tuple(corpus.examples[n] for n in free))
        counts = _label_counts(chosen)
        held = _apportion(drawn, counts)
        validating = np.diff((held.cumsum() + 1) // 2, prepend=0)  # each label is halved to within one post
        lacking = np.stack([counts - held, validating, held - validating])
        parts = _assign(chosen, groups[free], lacking, lacking.sum(axis=1), seed)
        for n, index in zip(free, parts, strict=True):
            splits[n] = SPLITS[index]
    return _with_splits(corpus, splits)


def _with_splits(corpus: Corpus, splits: Sequence[Split]) -> Corpus:
    examples = tuple(replace(e, split=split) for e, split in zip(corpus.examples, splits, strict=True))
    return replace(corpus, examples=examples)


def _label_counts(corpus: Corpus) -> NDArray[np.int64]:
    """Number of examples of each label, (C,)."""
    return np.array(list(corpus.label_counts().values()), dtype=np.int64)


def _assign(
    corpus: Corpus,
    groups: NDArray[np.int64],
    lacking: NDArray[np.int64],
    weights: NDArray[np.generic],
    seed: int,
) -> NDArray[np.int64]:
    """Index of the part of each example, (N,).

    Groups of duplicates are assigned first, each to a random part, weighted by the posts that the parts lack. The other
    posts of each label then fill the parts.

    Args:
        corpus: the examples.
        groups: number of each example's group, (N,).
        lacking: number of posts of each label that each part lacks, (P, C); modified in place.
        weights: weights of the parts, for groups that no part lacks, (P,).
        seed: seed of the random assignment.
    """
    rng = np.random.default_rng(seed)
    labels = np.array([example.label for example in corpus.examples], dtype=np.int64)
    part = np.full(len(labels), -1, dtype=np.int64)
    repeated = _groups_of_several(groups)
    for index in rng.permutation(len(repeated)):
        members = repeated[index]
        need = np.bincount(labels[members], minlength=len(corpus.labels))
        room = (lacking.clip(min=0) * need).sum(axis=1)
        fitting = room * (lacking >= need).all(axis=1)
        weight = next(choice for choice in (fitting, room, weights) if choice.any())
        chosen = rng.choice(len(weights), p=weight / weight.sum())
        part[members] = chosen
        lacking[chosen] -= need
    for label in range(len(corpus.labels)):
        singles = rng.permutation(np.flatnonzero((labels == label) & (part < 0)))
        part[singles] = np.repeat(np.arange(len(weights)), _filled(lacking[:, label], len(singles)))
    return part


def _duplicate_groups(corpus: Corpus) -> NDArray[np.int64]:
    """Number of each example's group, (N,): the connected components of equal texts or images."""
    first: dict[tuple[str, str], int] = {}
    groups = DisjointSets(len(corpus))
    for index, example in enumerate(corpus.examples):
        for kind, value in (("text", comparable(example.post.text)), ("image", image_digest(example.post.image))):
            if value is not None:
                groups.join(index, first.setdefault((kind, value), index))
    return np.array(groups.roots(), dtype=np.int64)


def _groups_of_several(groups: NDArray[np.int64]) -> list[list[int]]:
    """Indices of the examples of each group with several."""
    members: dict[int, list[int]] = {}
    for index, group in enumerate(groups.tolist()):
        members.setdefault(group, []).append(index)
    return [several for several in members.values() if len(several) > 1]


def _apportion(count: int, shares: ArrayLike) -> NDArray[np.int64]:
    """Integers in proportion to the shares, with sum ``count``, by the largest remainder method."""
    exact = count * np.asarray(shares) / np.sum(shares)
    whole: NDArray[np.int64] = np.floor(exact).astype(np.int64)
    # Rounded, so that floating-point errors do not break ties, which go to the earlier part.
    largest = np.argsort(-np.round(exact - whole, 9), kind="stable")
    whole[largest[: count - whole.sum()]] += 1
    return whole


def _filled(lacking: NDArray[np.int64], singles: int) -> NDArray[np.int64]:
    """Number of single posts for each part: those that it lacks, or fewer if another part has too many."""
    missing = lacking.clip(min=0)
    return missing if missing.sum() == singles else _apportion(singles, missing)
