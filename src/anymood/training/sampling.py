"""The posts of each epoch, and their order in batches."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch.utils.data import Sampler

from anymood.datasets.corpus import Example, presence


@dataclass(frozen=True, slots=True)
class Draw:
    """A sampled post.

    Attributes:
        index: index of the post.
        seed: seed of its augmentation; None for no augmentation.
        image_of: index of the post whose image is combined with this one's text: a composed pair.
    """

    index: int
    seed: int | None
    image_of: int | None = None


@dataclass(frozen=True, slots=True)
class Quota:
    """Posts of which each epoch samples some.

    Successive epochs continue through them, in an order that is shuffled for each pass, so that all are used.

    Attributes:
        indices: the posts.
        count: number of posts per epoch; some are repeated if it exceeds ``len(indices)``.
        images: posts whose images are combined with them at random; none by default.
    """

    indices: NDArray[np.int64]
    count: int
    images: NDArray[np.int64] | None = None

    def of_epoch(self, seed: tuple[int, ...], epoch: int) -> NDArray[np.int64]:
        """The posts (count,) of an epoch."""
        size, start = len(self.indices), epoch * self.count
        if not size or not self.count:
            return self.indices[:0]
        passes = [
            np.random.default_rng((*seed, number)).permutation(self.indices)
            for number in range(start // size, (start + self.count - 1) // size + 1)
        ]
        return np.concatenate(passes)[start % size :][: self.count]


class BalancedBatches(Sampler[list[Draw]]):
    """Batches of one epoch, each with the same proportions of several quotas.

    Args:
        quotas: samples of the epoch, such as all pairs and as many unpaired texts.
        batch_size: maximum number of posts in a batch.
        seed: seed of the run.
        epoch: the epoch; the same seed and epoch return the same batches.
        rank: rank of this process.
        world_size: number of processes; each gets every ``world_size``-th batch.
    """

    def __init__(
        self, quotas: Sequence[Quota], batch_size: int, seed: int, epoch: int, rank: int = 0, world_size: int = 1
    ) -> None:
        self.quotas = quotas
        self.seed, self.epoch, self.rank, self.world_size = seed, epoch, rank, world_size
        batches = -(-sum(quota.count for quota in quotas) // batch_size)
        self.batches = -(-batches // world_size) * world_size  # the same number for every process

    def __len__(self) -> int:
        """Number of batches of this process in the epoch."""
        return self.batches // self.world_size

    def __iter__(self) -> Iterator[list[Draw]]:
        """Lists of draws, one per batch."""
        # Every n-th draw of all quotas in a row goes to the same batch, which keeps sizes and proportions even.
        rng = np.random.default_rng((self.seed, self.epoch))
        drawn: list[tuple[int, int | None]] = []
        for number, quota in enumerate(self.quotas):
            posts = quota.of_epoch((self.seed, number), self.epoch).tolist()
            images = [None] * len(posts) if quota.images is None else rng.choice(quota.images, len(posts)).tolist()
            drawn += zip(posts, images, strict=True)
        seeds = rng.integers(2**63, size=len(drawn)).tolist()
        for batch in range(self.rank, self.batches, self.world_size):
            dealt = slice(batch, None, self.batches)
            yield [Draw(post, seed, image) for (post, image), seed in zip(drawn[dealt], seeds[dealt], strict=True)]


def quotas(
    examples: Sequence[Example], unpaired_ratio: float | None, *, match_labels: bool, composed_ratio: float = 0.0
) -> list[Quota]:
    """The samples of an epoch: every pair once, and a share of the unpaired texts and images.

    Args:
        examples: the training posts.
        unpaired_ratio: unpaired posts per pair; None for each of them once.
        match_labels: sample the unpaired posts with the label proportions of the pairs, so that the classifiers do not
            learn another prior.
        composed_ratio: composed pairs, of an unpaired text and another post's image, per pair.
    """
    labels = np.array([example.label for example in examples], dtype=np.int64)
    paired = np.array([presence(example.post) == "both" for example in examples], dtype=bool)
    pairs, unpaired = int(paired.sum()), int((~paired).sum())
    count = unpaired if unpaired_ratio is None or not pairs else round(unpaired_ratio * pairs)
    drawn = [Quota(np.flatnonzero(paired), pairs)]
    texts = np.flatnonzero([presence(example.post) == "text" for example in examples])
    images = np.flatnonzero([example.post.image is not None for example in examples])
    if composed_ratio and len(texts) and len(images):
        drawn.append(Quota(texts, round(composed_ratio * pairs), images))
    if not match_labels or not pairs:
        return [*drawn, Quota(np.flatnonzero(~paired), count if unpaired else 0)]
    for label in np.unique(labels[~paired]):
        share = (labels[paired] == label).mean()
        drawn.append(Quota(np.flatnonzero(~paired & (labels == label)), round(count * share)))
    return drawn
