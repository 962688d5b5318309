"""A network and its preparations, as a recipe asks for them."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import timm
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer

from anymood.errors import SettingError
from anymood.labels import LabelSet
from anymood.network.image_encoder import require_model
from anymood.network.image_weights import LITE_MEAN, LITE_STD, PACKAGED, load_image_weights
from anymood.network.multitask import Architecture, MultitaskNetwork
from anymood.network.transformer_text_encoder import TransformerTextEncoder, transformer_weights
from anymood.preparation.image import ImagePreparation
from anymood.preparation.text import TextPreparation, build_word_tokenizer
from anymood.training.config import Recipe
from anymood.training.minilm import minilm_folder
from anymood.training.start import open_start, start_network
from anymood.training.vocabulary_pruning import prune_vocabulary, rows_of
from anymood.training.word_vectors import distil_vectors, read_vectors

EVERY_WORD = 1_000_000  # more words than any training set brings


def build_image_preparation(recipe: Recipe) -> ImagePreparation:
    """How the image encoder's pre-trained weights expect their pixels.

    Raises:
        SettingError: timm knows no model of that name, or has no pre-trained weights for it.
    """
    if (start := open_start(recipe)) is not None:
        return start.config.image
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


def build_text_preparation(recipe: Recipe, texts: Iterable[str]) -> TextPreparation:
    """A vocabulary counted on the training texts, or a transformer's own tokenizer."""
    if (start := open_start(recipe)) is not None:
        return start.text_preparation()
    if recipe.text_encoder == "cnn":
        return TextPreparation(build_word_tokenizer(texts, recipe.vocabulary or EVERY_WORD), recipe.max_tokens)
    tokenizer = transformer_tokenizer(recipe)
    if recipe.vocabulary is not None:
        tokenizer = prune_vocabulary(tokenizer, texts, recipe.vocabulary)
    return TextPreparation(tokenizer, recipe.max_tokens)


def build_network(recipe: Recipe, labels: LabelSet, tokenizer: Tokenizer) -> MultitaskNetwork:
    """The network of a recipe with its encoders' pre-trained weights.

    Raises:
        SettingError: an encoder or its weights are not there, or do not fit.
    """
    start = open_start(recipe)
    network = _pretrained(recipe, labels, tokenizer) if start is None else start_network(start, recipe, labels)
    network.image_encoder.tune(recipe.tuned_image_stages)
    if isinstance(network.text_encoder, TransformerTextEncoder):
        network.text_encoder.tune(recipe.tuned_text_layers)
    return network


def _pretrained(recipe: Recipe, labels: LabelSet, tokenizer: Tokenizer) -> MultitaskNetwork:
    """The network with the first weights of its encoders."""
    settings, weights = (_cnn if recipe.text_encoder == "cnn" else _transformer)(recipe, tokenizer)
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
    if missing := sorted(name.removeprefix("backbone.") for name in lacking if name.startswith("backbone.")):
        raise SettingError(
            f"{transformer_folder(recipe)} lacks {len(missing)} weights of the text encoder, {missing[0]} first."
        )
    longest = getattr(network.text_encoder, "longest", None)
    if longest is not None and recipe.max_tokens > longest:
        raise SettingError(
            f"max_tokens is {recipe.max_tokens}, but the transformer in {transformer_folder(recipe)} reads "
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


def _transformer(recipe: Recipe, tokenizer: Tokenizer) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
    """Settings of the transformer text encoder, and its first weights."""
    folder = transformer_folder(recipe)
    try:
        config = dict(json.loads((folder / "config.json").read_bytes()))
    except (ValueError, TypeError) as error:
        raise SettingError(f"{folder / 'config.json'} is no JSON object: {error}.") from error
    config["vocab_size"] = tokenizer.get_vocab_size()
    weights = transformer_weights(folder)
    embeddings = next((name for name in weights if name.endswith("word_embeddings.weight")), None)
    if embeddings is None:
        raise SettingError(
            f"{folder / 'model.safetensors'} has no word_embeddings.weight. Name the folder of an encoder like BERT."
        )
    weights[embeddings] = weights[embeddings][rows_of(tokenizer, transformer_tokenizer(recipe))]
    return {"config": config}, {f"backbone.{name}": weight for name, weight in weights.items()}


def word_vectors(recipe: Recipe, tokenizer: Tokenizer) -> NDArray[np.float32] | None:
    """First embeddings of the vocabulary, None for random ones or where no text has brought a word."""
    ids = tokenizer.get_vocab()
    words = sorted(ids, key=ids.__getitem__)
    if recipe.word_vectors == "random" or not words[2:]:
        return None
    if recipe.word_vectors == "minilm":
        return distil_vectors(words, recipe.seed)
    return read_vectors(Path(recipe.word_vectors), words, recipe.seed)


def transformer_tokenizer(recipe: Recipe) -> Tokenizer:
    """The whole tokenizer of the transformer.

    Raises:
        SettingError: it is not there, or damaged.
    """
    file = transformer_folder(recipe) / "tokenizer.json"
    try:
        return Tokenizer.from_file(str(file))
    except Exception as error:  # tokenizers raises nothing narrower
        raise SettingError(f"{file} is no tokenizer that can be read: {error}.") from error


def transformer_folder(recipe: Recipe) -> Path:
    """Folder of the transformer, with all that is read from it.

    Raises:
        SettingError: a file is missing.
    """
    folder = Path(recipe.text_folder) if recipe.text_folder else minilm_folder()
    for name in ("config.json", "tokenizer.json", "model.safetensors"):
        if not (folder / name).is_file():
            raise SettingError(f"The transformer folder {folder} has no {name}.")
    return folder
