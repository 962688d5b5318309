"""The first step of a run: build the network, the vocabulary and the features of frozen encoders."""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

import lightning
import torch
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import Progress
from torch import nn

from anymood.datasets.corpus import Example
from anymood.errors import TrainingError
from anymood.export.onnx import export_encoder, round_to_half
from anymood.files import atomic_write
from anymood.labels import LabelSet
from anymood.network.feature_cache import FeatureRows, digest
from anymood.network.multitask import MultitaskNetwork
from anymood.preparation.image import ImagePreparation
from anymood.preparation.text import TextPreparation
from anymood.runtime.bundle import IMAGE_ENCODER, TEXT_ENCODER
from anymood.runtime.cores import chosen_cores
from anymood.training.batches import PostItems, source_names
from anymood.training.config import Recipe
from anymood.training.data_sources import TrainingData
from anymood.training.features import (
    FrozenEncoder,
    FrozenLayers,
    image_features,
    sample_images,
    sample_texts,
    text_features,
)
from anymood.training.run_folder import RunFolder, process_rank
from anymood.training.sampling import Draw, Quota, quotas
from anymood.training.starting_point import StartingPoint, from_bundle, from_pretrained, open_start

_USABLE = {
    "text": "a text with words",
    "image": "an image that can be decoded",
    "fused": "both a text with words and an image that can be decoded",
}


@dataclass(frozen=True, slots=True)
class PreparedRun:
    """A run that is ready to be trained.

    Attributes:
        recipe: the settings, with the encoders of the model that it starts from.
        labels: the classes.
        network: trained in place. The backbones of frozen encoders are ``nn.Identity``; those of encoders whose frozen
            layers are cached are only the tuned layers.
        encoders: graphs of the frozen encoders, by their name in a bundle.
        backbones: whole backbones of the encoders whose frozen layers are cached, likewise; they share the weights of
            the tuned layers.
        image_preparation: from images to pixels.
        text_preparation: from texts to token ids.
        train: training posts.
        validation: posts by which the best epoch is selected.
        test: posts that are not used in training.
        quotas: the training posts of an epoch.
        problems: images that could not be decoded.
    """

    recipe: Recipe
    labels: LabelSet
    network: MultitaskNetwork
    encoders: Mapping[str, Path]
    backbones: Mapping[str, nn.Module]
    image_preparation: ImagePreparation
    text_preparation: TextPreparation
    train: PostItems
    validation: PostItems
    test: PostItems
    quotas: Sequence[Quota]
    problems: tuple[str, ...]


def prepare(
    data: TrainingData,
    recipe: Recipe,
    run: RunFolder,
    console: Console,
    test: Sequence[Example] = (),
    graphs: Path | None = None,
) -> PreparedRun:
    """Build the network and the vocabulary, and compute the features of frozen encoders.

    Sets the random seeds and the number of threads of this process.

    Args:
        data: labelled posts.
        recipe: the settings.
        run: the run's folder, already started; the vocabulary and the graphs of frozen encoders are written there, and
            read again when the run is resumed.
        console: for progress.
        test: posts that are not used in training.
        graphs: folder for the graphs of frozen encoders, which other runs of the same recipe also use; by default that
            of the run.

    Raises:
        SettingError: an encoder or its weights are missing, or do not match.
        BundleError: the model to start from cannot be read.
        TrainingError: no training post, or no validation post, can be used.
    """
    lightning.seed_everything(recipe.seed, verbose=False)
    torch.set_num_threads(chosen_cores(recipe.threads))
    start, recipe = _starting_point(data, recipe, run)
    encoders = _frozen_encoders(start, recipe, run, graphs, data.train)
    backbones, frozen_layers = _frozen_layers(start.network, recipe)
    threads = chosen_cores(recipe.threads)
    frozen = {name: FrozenEncoder(file, threads) for name, file in encoders.items()} | frozen_layers
    parts = (data.train, data.validation, test)
    (train, validation, tested), problems = _items(parts, start, frozen, recipe, console)
    _require_usable(train, validation, recipe)
    return PreparedRun(
        recipe=recipe,
        labels=data.labels,
        network=start.network,
        encoders=encoders,
        backbones=backbones,
        image_preparation=start.image_preparation,
        text_preparation=start.text_preparation,
        train=train,
        validation=validation,
        test=tested,
        quotas=quotas(
            data.train, recipe.unpaired_ratio, match_labels=recipe.match_labels, composed_ratio=recipe.composed_ratio
        ),
        problems=tuple(problems),
    )


def _starting_point(data: TrainingData, recipe: Recipe, run: RunFolder) -> tuple[StartingPoint, Recipe]:
    """The starting point, whose vocabulary is kept in the run's folder, and the recipe with its encoders."""
    bundle, recipe = open_start(recipe)
    if bundle is None:
        preparation = TextPreparation.from_file(run.tokenizer) if run.tokenizer.exists() else None
        texts = (example.post.text for example in data.train if example.post.text is not None)
        start = from_pretrained(recipe, data.labels, texts, preparation)
    else:
        start = from_bundle(bundle, recipe, data.labels)
    if process_rank() == 0 and not run.tokenizer.exists():
        with atomic_write(run.tokenizer) as file:
            file.write(start.text_preparation.tokenizer.to_str().encode())
    return start, recipe


def _frozen_encoders(
    start: StartingPoint, recipe: Recipe, run: RunFolder, graphs: Path | None, examples: Sequence[Example]
) -> dict[str, Path]:
    """Graphs of the frozen encoders, whose backbones are removed from the network."""
    network = start.network
    encoders = dict(start.encoders)
    for name, encoder, is_frozen, int8 in (
        (IMAGE_ENCODER, network.image_encoder, recipe.frozen_image, recipe.int8_images),
        (TEXT_ENCODER, network.text_encoder, recipe.frozen_text, recipe.int8),
    ):
        if not is_frozen:
            continue
        if name not in encoders:
            folder = run.folder
            # Weights may depend on the training texts or the seed; graphs in 8 bits depend on the training posts.
            if graphs is not None and not int8:
                weights = encoder.backbone.state_dict().values()
                folder = graphs / digest(*(digest(weight.numpy().tobytes()) for weight in weights))
            # Only the first process writes into the run's folder.
            file = (folder if process_rank() == 0 else Path(tempfile.mkdtemp(prefix="anymood-"))) / name
            if not file.exists():
                if recipe.half_precision:
                    round_to_half(encoder.backbone, keep_int4=int8)
                file.parent.mkdir(parents=True, exist_ok=True)
                inputs: list[NDArray[Any]] = []
                if int8 and name == IMAGE_ENCODER:
                    inputs = [*sample_images(examples, start.image_preparation)]
                elif int8:
                    inputs = [*sample_texts(examples, start.text_preparation)]
                export_encoder(encoder.eval(), file, side=start.image_preparation.side, calibration=inputs)
            encoders[name] = file
        encoder.backbone = nn.Identity()
    return encoders


def _frozen_layers(network: MultitaskNetwork, recipe: Recipe) -> tuple[dict[str, nn.Module], dict[str, FrozenLayers]]:
    """Whole backbones and frozen layers of the partly frozen encoders, which only keep their tuned layers.

    Both are empty if the frozen layers are not cached.
    """
    backbones: dict[str, nn.Module] = {}
    frozen: dict[str, FrozenLayers] = {}
    for name, encoder in ((IMAGE_ENCODER, network.image_encoder), (TEXT_ENCODER, network.text_encoder)):
        if recipe.cache_frozen_layers and encoder.partly_frozen:
            lower, upper = encoder.divided()
            if recipe.half_precision:
                round_to_half(lower)
            frozen[name] = FrozenLayers(lower, chosen_cores(recipe.threads))
            backbones[name], encoder.backbone = encoder.backbone, upper
    return backbones, frozen


def _items(
    parts: Sequence[Sequence[Example]],
    start: StartingPoint,
    frozen: Mapping[str, FrozenEncoder | FrozenLayers],
    recipe: Recipe,
    console: Console,
) -> tuple[list[PostItems], list[str]]:
    """The items of training, validation and test posts, and images that cannot be decoded."""
    examples = [example for part in parts for example in part]
    images = texts = None  # features, if the encoder or its lower layers are frozen
    problems: list[str] = []
    with Progress(console=console, transient=True) as progress:
        if IMAGE_ENCODER in frozen:
            images, problems = image_features(frozen[IMAGE_ENCODER], start.image_preparation, examples, progress)
        if TEXT_ENCODER in frozen:
            texts = text_features(frozen[TEXT_ENCODER], start.text_preparation, examples, progress)
    sources = source_names(parts[0])
    firsts = accumulate(map(len, parts), initial=0)  # index of the first post of each part
    items = [
        PostItems(
            part,
            start.image_preparation,
            start.text_preparation,
            augmentation=recipe.augmentation,
            image_features=_slice(images, first, len(part)),
            text_features=_slice(texts, first, len(part)),
            image_target=recipe.image_target,
            sources=sources,
        )
        for part, first in zip(parts, firsts, strict=False)
    ]
    return items, problems


def _require_usable(train: PostItems, validation: PostItems, recipe: Recipe) -> None:
    """Check that some training post teaches a classifier, and that some validation post can be predicted.

    Usually, only the first post of each is read.

    Raises:
        TrainingError: there is none.
    """
    taught = [name for name in ("text", "image") if getattr(recipe.alpha, name)] or ["fused"]
    for what, items, wanted in (("training", train, taught), ("validation", validation, ["text", "image"])):
        problem = ""
        for index in range(len(items)):
            item = items[Draw(index, None)]
            has = {"text": item.text is not None, "image": item.image is not None}
            if any({**has, "fused": all(has.values())}[name] for name in wanted):
                break
            problem = problem or (item.problem and f" The first problem: {item.problem}") or ""
        else:
            others = ", and alpha is 0 for the other classifiers" if len(wanted) == 1 else ""
            raise TrainingError(
                f"None of the {len(items):,} {what} posts has {' or '.join(map(_USABLE.__getitem__, wanted))}{others}. "
                f"Check the table with anymood check.{problem}"
            )


def _slice(features: FeatureRows | None, first: int, count: int) -> FeatureRows | None:
    """The features of consecutive posts, by their index among these."""
    if features is None:
        return None
    return {index - first: features[index] for index in range(first, first + count) if index in features}
