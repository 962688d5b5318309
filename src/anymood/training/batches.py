"""Posts as tensors: items, and batches that mix pairs, images and texts.

Shape legend: B posts, V with an image, U with a text, T tokens of the longest text, F feature width.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import Dataset

from anymood.datasets.corpus import Example
from anymood.errors import ImageError
from anymood.labels import UNKNOWN_LABEL
from anymood.network.feature_cache import FeatureRows
from anymood.network.multitask import Batch
from anymood.posts import has_text
from anymood.preparation.image import ImagePreparation
from anymood.preparation.text import TextPreparation
from anymood.training.augmentation import Augmentation
from anymood.training.config import ImageTarget
from anymood.training.sampling import Draw


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


def image_target(example: Example, target: ImageTarget) -> int:
    """The label that the image classifier learns: that of the post, or of the image if annotated."""
    return example.label if example.image_label is None or target == "post" else example.image_label


def source_names(examples: Sequence[Example]) -> tuple[str, ...]:
    """Names of the data sources of posts, each once."""
    return tuple(dict.fromkeys(example.source for example in examples))
