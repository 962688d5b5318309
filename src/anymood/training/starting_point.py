"""What training begins with: a network, with what makes pixels and tokens for it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import timm
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import nn

from anymood.errors import BundleError, SettingError
from anymood.labels import LabelSet
from anymood.network.image_encoder import require_model
from anymood.network.image_weights import LITE_MEAN, LITE_STD, PACKAGED, load_image_weights
from anymood.network.multitask import Architecture, MultitaskNetwork
from anymood.network.transformer_text_encoder import TransformerTextEncoder
from anymood.preparation.image import ImagePreparation
from anymood.preparation.text import TextPreparation, build_word_tokenizer
from anymood.runtime.bundle import IMAGE_ENCODER, TEXT_ENCODER, Bundle
from anymood.runtime.finding import find_bundle
from anymood.runtime.graphs import BundleGraphs
from anymood.training.bundle_weights import graph_weights
from anymood.training.config import Recipe
from anymood.training.pretrained_text import DEFAULT_TRANSFORMER, pretrained_transformer
from anymood.training.pretrained_transformer import PretrainedTransformer
from anymood.training.vocabulary_pruning import prune_vocabulary, rows_of
from anymood.training.word_vectors import distil_vectors, read_vectors

EVERY_WORD = 1_000_000  # more words than any training set brings
TOLERANCE = 1e-3  # of representations, which are of the order of 1
TOLERANCE_INT8 = 0.2  # the same, where one of the two is computed in 8 bits


@dataclass(frozen=True)
class StartingPoint:
    """What training begins with.

    Attributes:
        network: with its first weights. An encoder that stays as it is may lack its backbone, see ``encoders``.
        image_preparation: how an image becomes pixels.
        text_preparation: how a text becomes token ids.
        encoders: graphs of encoders that stay as they are, by their name in a bundle: their backbones in the network
            are ``nn.Identity``, and take what the graphs give.
    """

    network: MultitaskNetwork
    image_preparation: ImagePreparation
    text_preparation: TextPreparation
    encoders: Mapping[str, Path] = field(default_factory=dict)


def from_pretrained(
    recipe: Recipe, labels: LabelSet, texts: Iterable[str], text_preparation: TextPreparation | None = None
) -> StartingPoint:
    """Pre-trained encoders, and classifiers that know nothing.

    Args:
        recipe: names the encoders.
        labels: the classes.
        texts: the training texts, of which a vocabulary is counted.
        text_preparation: that of the run, where it was made already.

    Raises:
        SettingError: an encoder or its weights are not there, or do not fit.
    """
    image = build_image_preparation(recipe)
    transformer = pretrained_transformer(recipe.text_folder) if recipe.text_encoder == "transformer" else None
    text = text_preparation or build_text_preparation(recipe, texts, transformer)
    network = _pretrained(recipe, labels, text.tokenizer, transformer)
    return StartingPoint(_tuned(network, recipe), image, text)


def from_bundle(bundle: Bundle, recipe: Recipe, labels: LabelSet) -> StartingPoint:
    """A trained model; the classifiers' last layers begin anew where the labels differ.

    Args:
        bundle: the model.
        recipe: how to train.
        labels: the classes.

    Raises:
        SettingError: the graphs do not hold what such a network needs, as those that anymood writes do.
    """
    frozen = {IMAGE_ENCODER: recipe.frozen_image, TEXT_ENCODER: recipe.frozen_text}
    encoders = {name: bundle.path(name) for name in bundle.config.files if frozen.get(name)}
    network = MultitaskNetwork(_architecture(bundle, recipe, labels))
    for name, encoder in ((IMAGE_ENCODER, network.image_encoder), (TEXT_ENCODER, network.text_encoder)):
        if name in encoders:
            encoder.backbone = nn.Identity()
    weights = dict(graph_weights(bundle))
    new_layers = set[str]()
    if bundle.labels != labels:
        last = f"_classifier.{len(network.fused_classifier) - 1}."
        new_layers = {name for name in network.state_dict() if last in name}
        weights = {name: weight for name, weight in weights.items() if name not in new_layers}
    try:
        missing = network.load_state_dict(weights, strict=False).missing_keys
        if any(name.startswith("fused_classifier.") and name not in new_layers for name in missing):
            raise RuntimeError("its fusion graph holds weights under names that are not known")
        _require_same_features(network, bundle, encoders)
    except (RuntimeError, BundleError) as error:
        raise SettingError(f"Training cannot start from {bundle.folder}: {error}") from error
    return StartingPoint(_tuned(network, recipe), bundle.config.image, bundle.text_preparation(), encoders)


def open_start(recipe: Recipe) -> tuple[Bundle | None, Recipe]:
    """The bundle that a recipe starts from, if any, and the recipe with the encoders of that bundle.

    Raises:
        SettingError: there is no such model.
        BundleError: it cannot be read.
    """
    if recipe.start_from is None:
        return None, recipe
    bundle = Bundle.open(find_bundle(recipe.start_from))
    architecture = Architecture.from_dict(dict(bundle.config.architecture))
    encoders = {"image_encoder": architecture.image_encoder, "text_encoder": architecture.text_encoder}
    return bundle, Recipe.from_dict(recipe.to_dict() | encoders)


def _architecture(bundle: Bundle, recipe: Recipe, labels: LabelSet) -> Architecture:
    """That of a bundle's network, with the recipe's dropout and labels."""
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
    )


@torch.inference_mode()
def _require_same_features(network: MultitaskNetwork, bundle: Bundle, encoders: Mapping[str, Path]) -> None:
    """Check that both encoders give what the graphs give.

    Raises:
        RuntimeError: they do not.
    """
    network.eval()
    graphs = BundleGraphs(bundle, threads=1, engine="onnxruntime")
    side = bundle.config.image.side
    rng = np.random.default_rng(0)
    pixels = rng.standard_normal((1, 3, side, side), np.float32)
    preparation = bundle.text_preparation()
    words = np.delete(np.arange(preparation.tokenizer.get_vocab_size()), preparation.pad_id)
    tokens = rng.choice(words, (1, 8))
    seen = {
        "image": graphs.pool(IMAGE_ENCODER, pixels=pixels) if IMAGE_ENCODER in encoders else pixels,
        "text": graphs.pool(TEXT_ENCODER, tokens=tokens) if TEXT_ENCODER in encoders else tokens,
    }
    found = {
        "image": network.encode_image(torch.from_numpy(seen["image"])).numpy(),
        "text": network.encode_text(torch.from_numpy(seen["text"])).numpy(),
    }
    expected = {"image": graphs.encode_image(pixels)[0], "text": graphs.encode_text(tokens)[0]}
    for what, features in found.items():
        # Weights in 8 bits are multiplied with activations in 8 bits in the graph, and in float32 in the network.
        tolerance = TOLERANCE_INT8 if what == "text" and TEXT_ENCODER in bundle.config.files else TOLERANCE
        if not np.abs(features - expected[what]).max() <= tolerance * max(1.0, np.abs(expected[what]).max()):
            raise RuntimeError(f"its {what} graph holds weights under names that are not known")


def build_image_preparation(recipe: Recipe) -> ImagePreparation:
    """How the image encoder's pre-trained weights expect their pixels.

    Raises:
        SettingError: timm knows no model of that name, or has no pre-trained weights for it.
    """
    require_model(recipe.image_encoder)
    known = timm.get_pretrained_cfg(recipe.image_encoder)
    if known is None:
        raise SettingError(f"timm does not say what pixels {recipe.image_encoder!r} expects. Name another model.")
    expected = known.to_dict()  # type: ignore[no-untyped-call]
    side = expected["input_size"][-1]
    mean, std = tuple(expected["mean"]), tuple(expected["std"])
    if recipe.image_encoder in PACKAGED:
        mean, std = (LITE_MEAN,) * 3, (LITE_STD,) * 3
    bilinear = expected["interpolation"] == "bilinear"
    return ImagePreparation(
        side=side,
        resize=round(side / expected["crop_pct"]),
        mean=mean,
        std=std,
        interpolation="bilinear" if bilinear else "bicubic",
    )


def build_text_preparation(
    recipe: Recipe, texts: Iterable[str], transformer: PretrainedTransformer | None = None
) -> TextPreparation:
    """A vocabulary counted on the training texts, or the transformer's own tokenizer."""
    if transformer is None:
        return TextPreparation(build_word_tokenizer(texts, recipe.vocabulary or EVERY_WORD), recipe.max_tokens)
    tokenizer = transformer.tokenizer
    if recipe.vocabulary is not None:
        tokenizer = prune_vocabulary(tokenizer, texts, recipe.vocabulary)
    return TextPreparation(tokenizer, recipe.max_tokens)


def _tuned(network: MultitaskNetwork, recipe: Recipe) -> MultitaskNetwork:
    """The network, with only those parts of its encoders learning that the recipe tunes."""
    if not isinstance(network.image_encoder.backbone, nn.Identity):
        network.image_encoder.tune(recipe.tuned_image_stages)
    if isinstance(network.text_encoder, TransformerTextEncoder) and not recipe.frozen_text:
        network.text_encoder.tune(recipe.tuned_text_layers)
    return network


def _pretrained(
    recipe: Recipe, labels: LabelSet, tokenizer: Tokenizer, transformer: PretrainedTransformer | None
) -> MultitaskNetwork:
    """The network with the first weights of its encoders."""
    settings, weights = _cnn(recipe, tokenizer) if transformer is None else _transformer(transformer, tokenizer)
    network = MultitaskNetwork(
        Architecture(
            classes=len(labels),
            image_encoder=recipe.image_encoder,
            text_encoder=recipe.text_encoder,
            text_settings=settings,
            dropout=recipe.classifier_dropout,
            modality_heads=recipe.alpha.modality > 0,
        )
    )
    load_image_weights(network.image_encoder.backbone, recipe.image_encoder, recipe.image_weights)
    lacking = network.text_encoder.load_state_dict(weights, strict=False).missing_keys
    missing = sorted(name.removeprefix("backbone.") for name in lacking if name.startswith("backbone."))
    if transformer is not None and missing:
        raise SettingError(
            f"{transformer.source} lacks {len(missing)} weights of the text encoder, {missing[0]} first."
        )
    longest = getattr(network.text_encoder, "longest", None)
    if longest is not None and recipe.max_tokens > longest:
        raise SettingError(
            f"max_tokens is {recipe.max_tokens}, but the transformer {recipe.text_folder or DEFAULT_TRANSFORMER} reads "
            f"{longest} tokens at most."
        )
    return network


def _cnn(recipe: Recipe, tokenizer: Tokenizer) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
    """Settings of the convolutional text encoder, and its first weights."""
    settings: dict[str, Any] = {"vocabulary": tokenizer.get_vocab_size(), "dropout": recipe.embedding_dropout}
    vectors = word_vectors(recipe, tokenizer)
    if vectors is None:
        return settings, {}
    return settings | {"embedding": vectors.shape[1]}, {"embedding.weight": torch.from_numpy(vectors)}


def _transformer(
    encoder: PretrainedTransformer, tokenizer: Tokenizer
) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
    """Settings of the transformer text encoder, and its first weights."""
    weights = dict(encoder.weights)
    embeddings = next((name for name in weights if name.endswith("word_embeddings.weight")), None)
    if embeddings is None:
        raise SettingError(f"{encoder.source} has no word_embeddings.weight. Name the folder of an encoder like BERT.")
    if tokenizer.get_vocab_size() < len(weights[embeddings]):
        weights[embeddings] = weights[embeddings][rows_of(tokenizer, encoder.tokenizer)]
    config = encoder.config | {"vocab_size": len(weights[embeddings])}
    return {"config": config}, {f"backbone.model.{name}": weight for name, weight in weights.items()}


def word_vectors(recipe: Recipe, tokenizer: Tokenizer) -> NDArray[np.float32] | None:
    """First embeddings of the vocabulary, None for random ones or where no text has brought a word."""
    ids = tokenizer.get_vocab()
    words = sorted(ids, key=ids.__getitem__)
    if recipe.word_vectors == "random" or not words[2:]:
        return None
    if recipe.word_vectors == "minilm":
        return distil_vectors(words, recipe.seed)
    return read_vectors(Path(recipe.word_vectors), words, recipe.seed)
