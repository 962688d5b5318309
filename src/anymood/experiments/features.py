"""Features of the posts of a study, computed once by frozen encoders.

Shape legend: N pairs, F features, R regions of an image, T tokens of a text.
"""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import lightning
import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console
from torch import Tensor

from anymood.datasets.corpus import Example, Split
from anymood.errors import SettingError
from anymood.experiments.posts import StudyPosts
from anymood.experiments.study import Study
from anymood.files import atomic_write, cache_folder
from anymood.network.feature_cache import digest
from anymood.network.multitask import MultitaskNetwork
from anymood.training.batches import PostItems
from anymood.training.data_sources import TrainingData
from anymood.training.prepare import PreparedRun, prepare
from anymood.training.run_folder import RunFolder
from anymood.training.starting_point import from_bundle, from_pretrained, open_start

PART = 64  # posts per block
TEXTS = 16  # texts per forward pass


@dataclass(frozen=True, slots=True)
class Matrices:
    """A matrix for each of N posts, (K, F) in float16, in one file: regions of an image, or tokens of a text.

    Attributes:
        rows: all matrices, concatenated.
        starts: first row of each post, and the number of all rows, (N + 1,).
    """

    rows: NDArray[np.float16]
    starts: NDArray[np.int64]

    def of(self, posts: Tensor) -> tuple[Tensor, Tensor]:
        """Matrices (B, K, F) of some posts (B,), padded with zeros, and a mask of the filled rows (B, K)."""
        bounds = [(int(self.starts[post]), int(self.starts[post + 1])) for post in posts.tolist()]
        parts = [torch.from_numpy(np.array(self.rows[first:end], np.float32)) for first, end in bounds]
        lengths = torch.tensor([end - first for first, end in bounds])
        filled = torch.arange(int(lengths.max()))[None] < lengths[:, None]
        return torch.nn.utils.rnn.pad_sequence(parts, batch_first=True), filled

    @classmethod
    def kept(cls, name: str, posts: int, compute: Callable[[range], list[NDArray[np.float16]]]) -> "Matrices":
        """The matrices of a file in the cache, which is created if missing.

        Args:
            name: identifies all that the matrices depend on.
            posts: N.
            compute: returns the matrices of some posts.
        """
        folder = cache_folder()
        rows, starts = folder / f"{name}.f16", folder / f"{name}.npy"
        if not (rows.exists() and starts.exists()):
            folder.mkdir(parents=True, exist_ok=True)
            lengths: list[int] = []
            with atomic_write(rows) as file:
                for first in range(0, posts, PART):
                    for matrix in compute(range(first, min(first + PART, posts))):
                        file.write(matrix.tobytes())
                        lengths.append(len(matrix))
            with atomic_write(starts) as file:
                np.save(file, np.cumsum([0, *lengths]))
        bounds = np.load(starts)
        return cls(np.memmap(rows, np.float16, "r").reshape(int(bounds[-1]), -1), bounds)


class StudyFeatures:
    """The features of N pairs: those of the training, validation and test part, concatenated.

    Args:
        study: study whose recipe names the encoders.
        posts: the pairs.
        graphs: folder for the graphs of frozen encoders, which trials share.

    Attributes:
        labels: class indices (N,).
        image: pooled features (N, F).
        text: pooled features (N, F).
        parts: indices of the posts of each part.
        examples: the N posts.

    Raises:
        SettingError: the recipe does not freeze both encoders.
    """

    def __init__(self, study: Study, posts: StudyPosts, graphs: Path) -> None:
        if not (study.recipe.frozen_image and study.recipe.frozen_text):
            raise SettingError(
                "The parts systems and missing use the features of frozen encoders. Choose a recipe that freezes both "
                "encoders (--recipe frozen), or leave these parts out."
            )
        self.study, self.posts = study, posts
        self.prepared = _prepared(study, posts, graphs)
        examples: list[Example] = []
        images, texts = [], []
        self.parts: dict[Split, Tensor] = {}
        items: dict[Split, PostItems] = {
            "train": self.prepared.train,
            "validation": self.prepared.validation,
            "test": self.prepared.test,
        }
        for part, those in items.items():
            first = len(examples)
            for index, example in enumerate(those.examples):
                image, text = (those.image_features or {}).get(index), (those.text_features or {}).get(index)
                if image is not None and text is not None:  # an image that can be decoded, a text with tokens
                    examples.append(example)
                    images.append(image)
                    texts.append(text)
            self.parts[part] = torch.arange(first, len(examples))
        self.examples: Sequence[Example] = examples
        self.image, self.text = (torch.from_numpy(np.stack(rows)) for rows in (images, texts))
        self.labels = torch.tensor([example.label for example in examples])

    @property
    def classes(self) -> int:
        """C."""
        return len(self.posts.labels)

    @cached_property
    def regions(self) -> Matrices:
        """The features (R, F) of the regions of each image."""
        encoder = self._encoders.image_encoder.eval()
        encoder.to(memory_format=torch.channels_last)  # about twice as fast

        @torch.inference_mode()
        def compute(rows: range) -> list[NDArray[np.float16]]:
            pixels = [self.prepared.image_preparation.prepare(self._image(row)) for row in rows]
            batch = torch.from_numpy(np.stack(pixels)).contiguous(memory_format=torch.channels_last)
            return list(encoder.regions(batch).half().numpy())

        return Matrices.kept(f"regions-{self._name(encoder.backbone)}", len(self.examples), compute)

    @cached_property
    def peaks(self) -> Tensor:
        """The maximum of each feature over the regions of an image, (N, F)."""
        groups = torch.split(torch.arange(len(self.examples)), PART)
        return torch.cat([self.regions.of(rows)[0].amax(dim=1) for rows in groups])

    @cached_property
    def words(self) -> Matrices:
        """The features (T, F) of the tokens of each text."""
        encoder, preparation = self._encoders.text_encoder.eval(), self.prepared.text_preparation

        @torch.inference_mode()
        def compute(rows: range) -> list[NDArray[np.float16]]:
            tokens = preparation.encode_batch([self.examples[row].post.text or "" for row in rows])
            by_place: dict[int, NDArray[np.float16]] = {}
            by_length = torch.tensor([len(each) for each in tokens]).argsort()  # texts of one length need no padding
            for group in torch.split(by_length, TEXTS):
                places = group.tolist()
                states, filled = encoder.states(torch.from_numpy(preparation.pad([tokens[place] for place in places])))
                by_place |= {p: s[mask].half().numpy() for p, s, mask in zip(places, states, filled, strict=True)}
            return [by_place[place] for place in range(len(tokens))]

        return Matrices.kept(f"words-{self._name(encoder.backbone)}", len(self.examples), compute)

    @cached_property
    def _encoders(self) -> MultitaskNetwork:
        """A network with the backbones of both encoders."""
        lightning.seed_everything(self.study.recipe.seed, verbose=False)  # as ``prepare``: weights may be random
        recipe = replace(self.prepared.recipe, frozen=False, tuned_image_stages=None, tuned_text_layers=None)
        bundle, recipe = open_start(recipe)
        if bundle is not None:
            return from_bundle(bundle, recipe, self.posts.labels).network
        written = (e.post.text for e in self.posts.train if e.post.text is not None)
        return from_pretrained(recipe, self.posts.labels, written, self.prepared.text_preparation).network

    def _name(self, backbone: torch.nn.Module) -> str:
        weights = b"".join(value.detach().numpy().tobytes() for value in backbone.state_dict().values())
        preparations = repr(self.prepared.image_preparation), self.prepared.text_preparation.tokenizer.to_str()
        return digest(weights, *preparations, str(self.prepared.text_preparation.max_tokens), self.posts.digest())

    def _image(self, row: int) -> "Path | str":
        image = self.examples[row].post.image
        assert image is not None  # noqa: S101  # a study learns from pairs
        return image  # type: ignore[return-value]


def _prepared(study: Study, posts: StudyPosts, graphs: Path) -> PreparedRun:
    """The pooled features, which are also used by the paper's systems."""
    data = TrainingData(posts.labels, posts.train, posts.validation, (posts.whole,))
    with tempfile.TemporaryDirectory() as folder:
        run = RunFolder(Path(folder) / "run")
        run.start({})
        return prepare(data, study.recipe, run, Console(quiet=True), posts.test, graphs)
