"""Features of frozen encoders, and of the frozen layers of partly tuned ones: computed once for each post, and cached.

Frozen encoders are exported before training, as the graphs of the bundle, and run in ONNX Runtime: so the classifiers
learn from exactly the features that prediction computes.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from rich.progress import Progress
from torch import nn

from anymood.datasets.corpus import Example
from anymood.datasets.duplicates import image_digest
from anymood.errors import ImageError
from anymood.files import file_sha256
from anymood.network.feature_cache import FeatureCache, FeatureRows, digest
from anymood.posts import has_text
from anymood.preparation.image import ImagePreparation
from anymood.preparation.text import TextPreparation
from anymood.runtime.engines.onnxruntime import OnnxRuntime

IMAGES = 4  # images per forward pass
TEXTS = 32
SAMPLE = 128  # images for calibrating 8-bit scales; twice as many give the same features
SAMPLED_TEXTS = 512  # the same for texts
PART = 1024  # posts per update of the progress bar


class FrozenEncoder:
    """The graph of a frozen encoder, for ``threads`` concurrent forward passes; ``digest`` is a hash of its file."""

    def __init__(self, file: Path, threads: int = 1) -> None:
        self.digest = file_sha256(file)[:32]
        self._graph = OnnxRuntime().load(file, threads=1, runs=threads, exact=True)
        self.threads = threads

    def pool(self, **inputs: NDArray[Any]) -> NDArray[np.float32]:
        """Pooled values (B, F) of pixels (B, 3, H, W) or tokens (B, T)."""
        [pooled] = self._graph.run(["pooled"], inputs)
        return pooled


class FrozenLayers:
    """The frozen layers of a partly tuned encoder.

    Args:
        layers: pixels (B, 3, H, W) or tokens (B, T) to states, which are zero for padding.
        threads: number of concurrent forward passes.

    Attributes:
        digest: hash of the layers and their weights.
    """

    def __init__(self, layers: nn.Module, threads: int) -> None:
        weights = (value.detach().numpy().tobytes() for value in layers.state_dict().values())
        self.digest = digest(repr(layers), *weights)
        self._layers = layers.eval().to(memory_format=torch.channels_last)
        self.threads = threads

    @torch.inference_mode()
    def pool(self, **inputs: NDArray[Any]) -> list[NDArray[np.float16]]:
        """States (F, H, W) or (T, F) of pixels (B, 3, H, W) or tokens (B, T), without those of padding."""
        [values] = inputs.values()
        states = self._layers(torch.from_numpy(values)).half().numpy()
        if states.ndim > 3:
            return list(np.ascontiguousarray(states))
        return [row[row.any(axis=1)] for row in states]


def image_features(
    encoder: FrozenEncoder | FrozenLayers,
    preparation: ImagePreparation,
    examples: Sequence[Example],
    progress: Progress,
) -> tuple[FeatureRows, list[str]]:
    """Features of the examples with an image, by index, and the problems of images that cannot be decoded."""
    sources = {i: e.post.image for i, e in enumerate(examples) if e.post.image is not None}
    if not sources:
        return {}, []

    def encode(indices: list[int]) -> FeatureRows:
        pixels = {}
        for index in indices:
            with suppress(ImageError):
                pixels[index] = preparation.prepare(sources[index])
        return dict(zip(pixels, encoder.pool(pixels=np.stack(list(pixels.values()))), strict=True)) if pixels else {}

    def compute(missing: list[int]) -> FeatureRows:
        return _encoded(encoder, encode, missing, IMAGES, progress, "Image features")

    keys = {i: image_digest(source) or digest(f"missing {source!r}") for i, source in sources.items()}
    features = FeatureCache(f"image-{encoder.digest}-{digest(repr(preparation))}").get(keys, compute)
    problems: list[str] = []
    for i in sorted(set(sources) - set(features)):
        try:
            preparation.prepare(sources[i])
        except ImageError as error:
            problems.append(str(error))
    return features, problems


def sample_images(examples: Sequence[Example], preparation: ImagePreparation) -> list[NDArray[np.float32]]:
    """Pixels (V, 3, S, S) of images drawn at random, seed 0, in batches."""
    sources = [example.post.image for example in examples if example.post.image is not None]
    pixels: list[NDArray[np.float32]] = []
    for index in np.random.default_rng(0).permutation(len(sources)):
        if len(pixels) == SAMPLE:
            break
        with suppress(ImageError):
            pixels.append(preparation.prepare(sources[index]))
    return [np.stack(pixels[first : first + IMAGES]) for first in range(0, len(pixels), IMAGES)]


def sample_texts(examples: Sequence[Example], preparation: TextPreparation) -> list[NDArray[np.int64]]:
    """Token ids (B, T) of texts drawn at random, seed 0, in batches."""
    texts = [example.post.text for example in examples if example.post.text is not None]
    drawn = np.random.default_rng(0).permutation(len(texts))[:SAMPLED_TEXTS]
    tokens = [row for row in preparation.encode_batch([texts[index] for index in drawn]) if len(row)]
    return [preparation.pad(tokens[first : first + TEXTS]) for first in range(0, len(tokens), TEXTS)]


def text_features(
    encoder: FrozenEncoder | FrozenLayers,
    preparation: TextPreparation,
    examples: Sequence[Example],
    progress: Progress,
) -> FeatureRows:
    """Features of the examples with a text, by index; of a long text, those of its first window."""
    texts = {i: e.post.text for i, e in enumerate(examples) if e.post.text is not None and has_text(e.post.text)}
    encoded = zip(texts, preparation.encode_batch(list(texts.values())), strict=True)
    tokens = {i: row for i, row in encoded if len(row)}
    if not tokens:
        return {}

    def encode(indices: list[int]) -> FeatureRows:
        batch = preparation.pad([tokens[index] for index in indices])
        return dict(zip(indices, encoder.pool(tokens=batch), strict=True))

    def compute(missing: list[int]) -> FeatureRows:
        by_length = sorted(missing, key=lambda index: len(tokens[index]))
        return _encoded(encoder, encode, by_length, TEXTS, progress, "Text features")

    keys = {i: digest(row.tobytes()) for i, row in tokens.items()}
    return FeatureCache(f"text-{encoder.digest}").get(keys, compute)


def _encoded(
    encoder: FrozenEncoder | FrozenLayers,
    encode: Callable[[list[int]], FeatureRows],
    indices: list[int],
    size: int,
    progress: Progress,
    what: str,
) -> FeatureRows:
    """Features of some posts, computed in groups of ``size``."""
    task = progress.add_task(what, total=len(indices))
    features: FeatureRows = {}
    with ThreadPoolExecutor(encoder.threads) as pool:
        for start in range(0, len(indices), PART):
            part = indices[start : start + PART]
            for rows in pool.map(encode, [part[first : first + size] for first in range(0, len(part), size)]):
                features |= rows
            progress.advance(task, len(part))
    return features
