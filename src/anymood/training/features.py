"""Features of frozen encoders: computed once for each post, and cached.

Frozen encoders are exported before training, as the graphs of the bundle, and run in ONNX Runtime: so the classifiers
learn from exactly the features that prediction computes.
"""

import hashlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.progress import Progress

from anymood.datasets.corpus import Example
from anymood.datasets.duplicates import fingerprint
from anymood.errors import ImageError
from anymood.network.feature_cache import FeatureCache, digest
from anymood.posts import has_text
from anymood.preparation.image import ImagePreparation
from anymood.preparation.text import TextPreparation
from anymood.runtime.engines.onnxruntime import OnnxRuntime

IMAGES = 4  # per forward pass
TEXTS = 32
SAMPLE = 128  # images by which scales of 8 bits are chosen; twice as many give the same features
PART = 1024  # posts per update of the progress bar


class FrozenEncoder:
    """The graph of a frozen encoder.

    Args:
        file: the graph.
        threads: number of concurrent forward passes.

    Attributes:
        digest: hash of the graph.
    """

    def __init__(self, file: Path, threads: int = 1) -> None:
        with file.open("rb") as stream:
            self.digest = hashlib.file_digest(stream, "sha256").hexdigest()[:32]
        self._graph = OnnxRuntime().load(file, threads=1, runs=threads, exact=True)
        self.threads = threads

    def pool(self, **inputs: NDArray[Any]) -> NDArray[np.float32]:
        """Pooled values (B, F) of pixels (B, 3, H, W) or tokens (B, T)."""
        [pooled] = self._graph.run(["pooled"], inputs)
        return pooled


def image_features(
    encoder: FrozenEncoder, preparation: ImagePreparation, examples: Sequence[Example], progress: Progress
) -> tuple[dict[int, NDArray[np.float32]], list[str]]:
    """Features (F,) of the examples with an image, by index, and the problems of images that cannot be decoded."""
    sources = {i: e.post.image for i, e in enumerate(examples) if e.post.image is not None}
    if not sources:
        return {}, []
    indices, side = list(sources), preparation.side
    keys = [fingerprint(source) or digest(f"missing {source}") for source in sources.values()]

    def encode(positions: list[int]) -> dict[int, NDArray[np.float32]]:
        pixels = {}
        for position in positions:
            try:
                pixels[position] = preparation.prepare(sources[indices[position]])
            except ImageError:
                continue
        return dict(zip(pixels, encoder.pool(pixels=np.stack(list(pixels.values()))), strict=True)) if pixels else {}

    def compute(missing: list[int]) -> NDArray[np.float32]:
        found = _encoded(encoder, encode, missing, IMAGES, progress, "Image features")
        if len(found) < len(missing):
            row = next(iter(found.values()), None)
            if row is None:  # F is not known yet
                [row] = encoder.pool(pixels=np.zeros((1, 3, side, side), np.float32))
            nothing = np.full_like(row, np.nan)
            found |= {position: nothing for position in missing if position not in found}
        return np.stack([found[position] for position in missing])

    rows = FeatureCache(f"image-{encoder.digest}-{digest(repr(preparation))}").get(keys, compute)
    features = {i: row for i, row in zip(indices, rows, strict=True) if not np.isnan(row).any()}
    problems: list[str] = []
    for i in sorted(set(indices) - set(features)):
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


def text_features(
    encoder: FrozenEncoder, preparation: TextPreparation, examples: Sequence[Example], progress: Progress
) -> dict[int, NDArray[np.float32]]:
    """Features (F,) of the examples with a text, by index; of a long text, those of its first window."""
    texts = {i: e.post.text for i, e in enumerate(examples) if e.post.text is not None and has_text(e.post.text)}
    tokens = dict(zip(texts, preparation.encode_batch(list(texts.values())), strict=True))
    indices = [i for i, row in tokens.items() if len(row)]
    if not indices:
        return {}

    def encode(positions: list[int]) -> dict[int, NDArray[np.float32]]:
        batch = preparation.pad([tokens[indices[position]] for position in positions])
        return dict(zip(positions, encoder.pool(tokens=batch), strict=True))

    def compute(missing: list[int]) -> NDArray[np.float32]:
        order = sorted(missing, key=lambda position: len(tokens[indices[position]]))
        found = _encoded(encoder, encode, order, TEXTS, progress, "Text features")
        return np.stack([found[position] for position in missing])

    keys = [digest(tokens[i].tobytes()) for i in indices]
    return dict(zip(indices, FeatureCache(f"text-{encoder.digest}").get(keys, compute), strict=True))


def _encoded(
    encoder: FrozenEncoder,
    encode: Callable[[list[int]], dict[int, NDArray[np.float32]]],
    positions: list[int],
    size: int,
    progress: Progress,
    what: str,
) -> dict[int, NDArray[np.float32]]:
    """Features by position, computed in groups of ``size``."""
    task = progress.add_task(what, total=len(positions))
    found: dict[int, NDArray[np.float32]] = {}
    with ThreadPoolExecutor(encoder.threads) as pool:
        for start in range(0, len(positions), PART):
            part = positions[start : start + PART]
            for rows in pool.map(encode, [part[first : first + size] for first in range(0, len(part), size)]):
                found |= rows
            progress.advance(task, len(part))
    return found
