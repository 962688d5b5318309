"""The starting point of training: a network with its image and text preparation."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
from torch import nn

from anymood.errors import BundleError, SettingError
from anymood.labels import LabelSet
from anymood.network.image_encoders import image_encoder_kind
from anymood.network.multitask import Architecture, MultitaskNetwork
from anymood.network.text_encoders import TEXT_ENCODERS
from anymood.preparation.image import ImagePreparation
from anymood.preparation.text import TextPreparation
from anymood.runtime.bundle import IMAGE_ENCODER, TEXT_ENCODER, Bundle
from anymood.runtime.finding import find_bundle
from anymood.runtime.graphs import BundleGraphs
from anymood.training.bundle_weights import graph_weights
from anymood.training.config import Recipe

TOLERANCE = 1e-3  # maximum difference of representations, relative to their maximum if it is above 1
TOLERANCE_INT8 = 0.2  # the same, if the graph computes in 8 bits


@dataclass(frozen=True)
class StartingPoint:
    """A network with its image and text preparation.

    Attributes:
        network: with its initial weights.
        image_preparation: from images to pixels.
        text_preparation: from texts to token ids.
        encoders: graphs of frozen encoders, by their name in a bundle; the backbones of these in the network are
            ``nn.Identity``.
    """

    network: MultitaskNetwork
    image_preparation: ImagePreparation
    text_preparation: TextPreparation
    encoders: Mapping[str, Path] = field(default_factory=dict)


def from_pretrained(
    recipe: Recipe, labels: LabelSet, texts: Iterable[str], text_preparation: TextPreparation | None = None
) -> StartingPoint:
    """Pre-trained encoders with new classifiers.

    Args:
        recipe: with the names of the encoders.
        labels: the classes.
        texts: the training texts, for a vocabulary.
        text_preparation: of the run, if it is resumed.

    Raises:
        SettingError: an encoder or its weights are missing, or do not fit.
    """
    kind = TEXT_ENCODERS.get(recipe.text_encoder)
    stored = None if text_preparation is None else text_preparation.tokenizer
    tokenizer, settings, weights, source = kind.start(recipe, texts, stored)
    network = MultitaskNetwork(
        Architecture(
            classes=len(labels),
            image_encoder=recipe.image_encoder,
            text_encoder=recipe.text_encoder,
            text_settings=settings,
            dropout=recipe.classifier_dropout,
            fusion=recipe.fusion,
            modality_heads=recipe.alpha.modality > 0,
            modality_dropout=recipe.modality_dropout,
        )
    )
    network.image_encoder.load(recipe.image_weights)
    network.text_encoder.load(weights, source)
    longest = network.text_encoder.longest
    if longest is not None and recipe.max_tokens > longest:
        raise SettingError(
            f"max_tokens is {recipe.max_tokens}, but the {recipe.text_encoder} {source} reads {longest} tokens at most."
        )
    image = image_encoder_kind(recipe.image_encoder).preparation(recipe.image_encoder)
    if recipe.image_side is not None:
        image = replace(image, side=recipe.image_side, resize=round(image.resize * recipe.image_side / image.side))
    return StartingPoint(
        _tuned(network, recipe), image, text_preparation or TextPreparation(tokenizer, recipe.max_tokens)
    )


def from_bundle(bundle: Bundle, recipe: Recipe, labels: LabelSet) -> StartingPoint:
    """A trained model. If the labels differ, the classifiers' last layers are zero: all labels begin equally probable.

    With last layers drawn at random, the large representations of a trained model would begin with wrong labels that
    are nearly certain, which a short training on few posts does not unlearn.

    Raises:
        SettingError: the graphs are not of a network that anymood can train.
    """
    frozen = {IMAGE_ENCODER: recipe.frozen_image, TEXT_ENCODER: recipe.frozen_text}
    encoders = {name: bundle.path(name) for name in bundle.config.files if frozen.get(name)}
    network = MultitaskNetwork(_architecture(bundle, recipe, labels))
    for name, encoder in ((IMAGE_ENCODER, network.image_encoder), (TEXT_ENCODER, network.text_encoder)):
        if name in encoders:
            encoder.backbone = nn.Identity()
    weights = dict(graph_weights(bundle))
    if bundle.labels != labels:
        last = f"_classifier.{len(network.fused_classifier) - 1}."
        weights |= {name: torch.zeros_like(old) for name, old in network.state_dict().items() if last in name}
    try:
        missing = network.load_state_dict(weights, strict=False).missing_keys
        if any(name.startswith(("fused_classifier.", "fusion.")) for name in missing):
            raise RuntimeError("its fusion graph holds weights under names that are not known")
        _require_same_features(network, bundle, encoders)
    except (RuntimeError, BundleError) as error:
        raise SettingError(f"Training cannot start from {bundle.folder}: {error}") from error
    return StartingPoint(_tuned(network, recipe), bundle.config.image, bundle.text_preparation(), encoders)


def open_start(recipe: Recipe) -> tuple[Bundle | None, Recipe]:
    """The bundle that a recipe starts from, if any, and the recipe with the bundle's encoders and fusion.

    Raises:
        SettingError: there is no such model.
        BundleError: it cannot be read.
    """
    if recipe.start_from is None:
        return None, recipe
    bundle = Bundle.open(find_bundle(recipe.start_from))
    architecture = Architecture.from_dict(dict(bundle.config.architecture))
    inherited = {name: getattr(architecture, name) for name in ("image_encoder", "text_encoder", "fusion")}
    return bundle, Recipe.from_dict(recipe.to_dict() | inherited)


def _architecture(bundle: Bundle, recipe: Recipe, labels: LabelSet) -> Architecture:
    """The architecture of a bundle, with the recipe's dropout and labels."""
    described = Architecture.from_dict(dict(bundle.config.architecture))
    settings = dict(described.text_settings)
    if "dropout" in settings:
        settings["dropout"] = recipe.embedding_dropout
    return replace(
        described,
        classes=len(labels),
        text_settings=settings,
        dropout=recipe.classifier_dropout,
        modality_heads=recipe.alpha.modality > 0,
        modality_dropout=recipe.modality_dropout,
    )


@torch.inference_mode()
def _require_same_features(network: MultitaskNetwork, bundle: Bundle, encoders: Mapping[str, Path]) -> None:
    """Check that the encoders compute the same representations as the graphs.

    Raises:
        RuntimeError: they do not.
    """
    network.eval()
    graphs = BundleGraphs(bundle, threads=1, engine="onnxruntime")
    side = bundle.config.image.side
    rng = np.random.default_rng(0)
    pixels = bundle.config.image.scaled(rng.integers(0, 256, (1, side, side, 3), np.uint8))
    preparation = bundle.text_preparation()
    words = np.delete(np.arange(preparation.tokenizer.get_vocab_size()), preparation.pad_id)
    tokens = rng.choice(words, (1, 8))
    seen = {
        "image": graphs.pool(IMAGE_ENCODER, pixels=pixels) if IMAGE_ENCODER in encoders else pixels,
        "text": graphs.pool(TEXT_ENCODER, tokens=tokens) if TEXT_ENCODER in encoders else tokens,
    }
    actual = {
        "image": network.encode_image(torch.from_numpy(seen["image"])).numpy(),
        "text": network.encode_text(torch.from_numpy(seen["text"])).numpy(),
    }
    expected = {"image": graphs.encode_image(pixels)[0], "text": graphs.encode_text(tokens)[0]}
    for what, features in actual.items():
        # Weights in 8 bits are multiplied with activations in 8 bits in the graph, and in float32 in the network.
        tolerance = TOLERANCE_INT8 if f"{what}_encoder.onnx" in bundle.config.files else TOLERANCE
        if not np.abs(features - expected[what]).max() <= tolerance * max(1.0, np.abs(expected[what]).max()):
            raise RuntimeError(f"its {what} graph holds weights under names that are not known")


def _tuned(network: MultitaskNetwork, recipe: Recipe) -> MultitaskNetwork:
    """The network, with gradients only for the parts that the recipe tunes."""
    network.image_encoder.tune(recipe.tuned_image_stages)
    if network.text_encoder.pretrained:
        network.text_encoder.tune(recipe.tuned_text_layers)
    return network
