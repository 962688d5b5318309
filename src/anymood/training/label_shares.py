"""Shares of the labels among the training posts, which the classifiers learn as their prior.

Shape legend: S sources, C classes.
"""

import numpy as np
from numpy.typing import NDArray

from anymood.probabilities import softmax
from anymood.training.batches import image_target
from anymood.training.config import ImageTarget
from anymood.training.prepare import PreparedRun


def prior(prepared: PreparedRun) -> dict[str, float]:
    """The prior that the classifiers learn: shares of the labels among the posts of an epoch.

    With label offsets, the classifiers learn the mean of the log shares over the sources. Empty if a label has no post.
    """
    drawn = _counts(prepared, "post")
    if not drawn.any(axis=0).all():
        return {}
    drawn = drawn if prepared.recipe.label_offsets else drawn.sum(axis=0, keepdims=True)
    return dict(zip(prepared.labels, softmax(_logarithms(drawn).mean(axis=0)[None])[0].tolist(), strict=True))


def source_offsets(prepared: PreparedRun) -> NDArray[np.float32]:
    """Differences of each source's log shares from their mean over the sources, (2, S, C).

    The first are those of posts, the second those of the image classifier's targets; 0 for sources without images.
    """
    average = _logarithms(_counts(prepared, "post")).mean(axis=0)
    offsets = np.zeros((2, len(prepared.train.sources), len(prepared.labels)), np.float32)
    taught = _counts(prepared, "post"), _counts(prepared, prepared.recipe.image_target, images=True)
    for part, counts in zip(offsets, taught, strict=True):
        present = counts.any(axis=1)
        part[present] = _logarithms(counts[present]) - average
    return offsets


def _counts(prepared: PreparedRun, target: ImageTarget, *, images: bool = False) -> NDArray[np.float64]:
    """Numbers of posts (S, C) of an epoch, or only of those with an image, by source and label."""
    items = prepared.train
    labels = np.array([image_target(example, target) for example in items.examples])
    sources = np.array([items.sources.index(example.source) for example in items.examples])
    counted = np.array([example.post.image is not None or not images for example in items.examples])
    counts = np.zeros((len(items.sources), len(prepared.labels)))
    for quota in prepared.quotas:
        if len(quota.indices):
            of = quota.indices[counted[quota.indices]]
            np.add.at(counts, (sources[of], labels[of]), quota.count / len(quota.indices))
    return counts


def _logarithms(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Log shares (S, C); a label that a source lacks counts as one post."""
    present = np.where(counts > 0, counts, 1.0)
    return np.log(present / present.sum(axis=1, keepdims=True))  # type: ignore[no-any-return]
