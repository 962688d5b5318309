"""Features of frozen encoders: computed once, cached, and given to training in place of pixels and tokens."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from rich.progress import Progress
from torch import Tensor, nn

from anymood.datasets.corpus import Example
from anymood.errors import ImageError
from anymood.network.image_encoder import ImageEncoder
from anymood.posts import has_text
from anymood.preparation.image import ImagePreparation
from anymood.preparation.text import TextPreparation
from anymood.training.feature_cache import FeatureCache, digest

if TYPE_CHECKING:
    from anymood.posts import ImageSource

BATCH = 32  # posts a forward pass


def image_features(
    encoder: ImageEncoder, preparation: ImagePreparation, examples: Sequence[Example], progress: Progress
) -> tuple[dict[int, NDArray[np.float32]], list[str]]:
    """Features (F,) of each example that has an image, by its index, and what could not be decoded."""
    sources = {i: e.post.image for i, e in enumerate(examples) if e.post.image is not None}
    indices = list(sources)
    keys = [_image_key(sources[i]) for i in indices]

    def compute(missing: list[int]) -> NDArray[np.float32]:
        rows = np.full((len(keys), encoder.features), np.nan, np.float32)
        task = progress.add_task("Image features", total=len(missing))
        for start in range(0, len(missing), BATCH):
            pixels, seen = [], []
            part = missing[start : start + BATCH]
            for position in part:
                try:
                    pixels.append(preparation.prepare(sources[indices[position]]))
                    seen.append(position)
                except ImageError:
                    continue
            if seen:
                rows[seen] = _forward(encoder.backbone, torch.from_numpy(np.stack(pixels)))
            progress.advance(task, len(part))
        return rows[missing]

    if not indices:
        return {}, []
    name = f"image-{weights_digest(encoder.backbone)}-{digest(repr(preparation))}"
    rows = FeatureCache(name).get(keys, compute)
    found = {i: row for i, row in zip(indices, rows, strict=True) if not np.isnan(row).any()}
    problems: list[str] = []
    for i in sorted(set(indices) - set(found)):
        try:
            preparation.prepare(sources[i])
        except ImageError as error:
            problems.append(str(error))
    return found, problems


def text_features(
    backbone: nn.Module, preparation: TextPreparation, examples: Sequence[Example], progress: Progress
) -> dict[int, NDArray[np.float32]]:
    """Features (F,) of each example that has a text, by its index."""
    texts = {i: e.post.text for i, e in enumerate(examples) if e.post.text is not None and has_text(e.post.text)}
    tokens = dict(zip(texts, preparation.encode_batch(list(texts.values())), strict=True))
    indices = [i for i, row in tokens.items() if len(row)]
    if not indices:
        return {}

    def compute(missing: list[int]) -> NDArray[np.float32]:
        task = progress.add_task("Text features", total=len(missing))
        order = sorted(missing, key=lambda position: len(tokens[indices[position]]))
        rows: dict[int, NDArray[np.float32]] = {}
        for start in range(0, len(order), BATCH):
            part = order[start : start + BATCH]
            batch = preparation.pad([tokens[indices[position]] for position in part])
            rows |= dict(zip(part, _forward(backbone, torch.from_numpy(batch)), strict=True))
            progress.advance(task, len(part))
        return np.stack([rows[position] for position in missing])

    name = f"text-{weights_digest(backbone)}"
    keys = [digest(tokens[i].tobytes()) for i in indices]
    return dict(zip(indices, FeatureCache(name).get(keys, compute), strict=True))


def weights_digest(module: nn.Module) -> str:
    """Short hash of a module's layers and all its weights: networks of other layers may have equal weights."""
    return digest(repr(module), *(tensor.contiguous().numpy().tobytes() for tensor in module.state_dict().values()))


@torch.inference_mode()
def _forward(backbone: nn.Module, inputs: Tensor) -> NDArray[np.float32]:
    backbone.eval()
    if inputs.ndim == 4:
        inputs = inputs.contiguous(memory_format=torch.channels_last)
    features: NDArray[np.float32] = backbone(inputs).float().numpy()
    return features


def _image_key(source: "ImageSource") -> str:
    """Hash of an image's bytes, so that a changed file is computed anew."""
    if isinstance(source, str | os.PathLike):
        try:
            return digest(Path(source).read_bytes())
        except (OSError, ValueError):
            return digest(f"missing {source}")
    if isinstance(source, bytes):
        return digest(source)
    array = np.asarray(source)
    return digest(f"{array.shape} {array.dtype}", array.tobytes())
