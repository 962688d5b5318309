"""Posts as tensors: items, batches that mix pairs, images and texts, and the order of sampling.

Shape legend: B posts, V with an image, U with a text, T tokens of the longest text, F feature width.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import Dataset, Sampler

from anymood.datasets.corpus import Example, presence
from anymood.errors import ImageError
from anymood.labels import UNKNOWN_LABEL
from anymood.network.feature_cache import FeatureRows
from anymood.network.multitask import Batch
from anymood.posts import has_text
from anymood.preparation.image import ImagePreparation
from anymood.preparation.text import TextPreparation
from anymood.training.augmentation import Augmentation
from anymood.training.config import ImageTarget


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
class Item:
    """One post as arrays, None where the modality is missing."""

    image: NDArray[Any] | None
    text: NDArray[Any] | None  # token ids (T,) or features (F,) or (T, F)
    label: int
    image_target: int
    image_label: int
    text_label: int
    source: int
    problem: str | None = None


@dataclass(eq=False)
class PostItems(Dataset[Item]):
    """Examples as items.

    Attributes:
        examples: the posts and their labels.
        image_preparation: from images to pixels.
        text_preparation: from texts to token ids.
        augmentation: applied to draws that have a seed.
        image_features: features by index, in place of pixels; a post without an entry has no image.
        text_features: features by index, in place of tokens.
        image_target: whether the image classifier learns the label of the post, or of the image if annotated.
        sources: names of the data sources; those of the examples by default.
    """

    examples: Sequence[Example]
    image_preparation: ImagePreparation
    text_preparation: TextPreparation
    augmentation: Augmentation | None = None
    image_features: FeatureRows | None = None
    text_features: FeatureRows | None = None
    image_target: ImageTarget = "post"
    sources: Sequence[str] = ()

    def __post_init__(self) -> None:
        self.sources = self.sources or source_names(self.examples)

    def __len__(self) -> int:
        """Number of examples."""
        return len(self.examples)

    def __getitem__(self, draw: Draw) -> Item:
        """The item of a draw; an image that cannot be decoded is excluded and reported in ``problem``."""
        example = self.examples[draw.index]
        rng = None if draw.seed is None or self.augmentation is None else np.random.default_rng(draw.seed)
        problem = None
        try:
            image = self._image(draw.index if draw.image_of is None else draw.image_of, rng)
        except ImageError as error:
            image, problem = None, str(error)
        text = self._text(draw.index, rng)
        # Validation posts may have other sources.
        source = self.sources.index(example.source) if example.source in self.sources else 0
        if draw.image_of is not None:  # the label is that of the text
            unknown = UNKNOWN_LABEL
            return Item(image, text, example.label, unknown, unknown, unknown, source, problem)
        image_label, text_label = example.image_label, example.text_label
        # An image or text alone that is not annotated has the label of its post.
        if image_label is None and text is None:
            image_label = example.label
        if text_label is None and image is None:
            text_label = example.label
        return Item(
            image,
            text,
            example.label,
            image_target(example, self.image_target),
            UNKNOWN_LABEL if image_label is None else image_label,
            UNKNOWN_LABEL if text_label is None else text_label,
            source,
            problem,
        )

    def _image(self, index: int, rng: np.random.Generator | None) -> NDArray[Any] | None:
        if self.image_features is not None:
            return self.image_features.get(index)
        source = self.examples[index].post.image
        if source is None:
            return None
        if rng is None or self.augmentation is None:
            return self.image_preparation.prepare(source)
        return self.image_preparation.scaled(self.augmentation.image(source, self.image_preparation.side, rng))

    def _text(self, index: int, rng: np.random.Generator | None) -> NDArray[Any] | None:
        if self.text_features is not None:
            return self.text_features.get(index)
        text = self.examples[index].post.text
        if text is None or not has_text(text):
            return None
        tokens = self.text_preparation.encode(text)
        if not len(tokens):
            return None
        return tokens if rng is None or self.augmentation is None else self.augmentation.tokens(tokens, rng)


@dataclass(frozen=True)
class Collate:
    """Items to a batch; a post without an image and a text is excluded."""

    text_preparation: TextPreparation

    def __call__(self, items: Sequence[Item]) -> Batch:
        """The batch of items, texts padded to the longest."""
        seen = [item for item in items if item.image is not None or item.text is not None]
        images = [item.image for item in seen if item.image is not None]
        texts = [item.text for item in seen if item.text is not None]
        return Batch(
            images=torch.from_numpy(np.stack(images)).float() if images else torch.empty(0),
            texts=self._stack(texts) if texts else torch.empty(0),
            has_image=torch.tensor([item.image is not None for item in seen], dtype=torch.bool),
            has_text=torch.tensor([item.text is not None for item in seen], dtype=torch.bool),
            labels=torch.tensor([item.label for item in seen], dtype=torch.long),
            image_targets=torch.tensor(
                [item.image_target for item in seen if item.image is not None], dtype=torch.long
            ),
            image_labels=torch.tensor([item.image_label for item in seen if item.image is not None], dtype=torch.long),
            text_labels=torch.tensor([item.text_label for item in seen if item.text is not None], dtype=torch.long),
            sources=torch.tensor([item.source for item in seen], dtype=torch.long),
            problems=[item.problem for item in items if item.problem is not None],
        )

    def _stack(self, texts: list[NDArray[Any]]) -> Tensor:
        if texts[0].dtype == np.int64:
            return torch.from_numpy(self.text_preparation.pad(texts))
        return pad_sequence([torch.from_numpy(text) for text in texts], batch_first=True).float()


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


def image_target(example: Example, target: ImageTarget) -> int:
    """The label that the image classifier learns: that of the post, or of the image if annotated."""
    return example.label if example.image_label is None or target == "post" else example.image_label


def source_names(examples: Sequence[Example]) -> tuple[str, ...]:
    """Names of the data sources of posts, each once."""
    return tuple(dict.fromkeys(example.source for example in examples))


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
