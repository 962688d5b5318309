"""A transformer with its weights and its tokenizer, as training begins with it."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer
from torch import Tensor

from anymood.errors import SettingError


@dataclass(frozen=True, slots=True)
class PretrainedTransformer:
    """A transformer to begin with.

    Attributes:
        source: what it came from, for messages.
        config: as in transformers' ``config.json``.
        weights: by the names that transformers' model gives them, float32.
        tokenizer: its own.
    """

    source: str
    config: dict[str, Any]
    weights: dict[str, Tensor]
    tokenizer: Tokenizer


def read_transformer(folder: Path) -> PretrainedTransformer:
    """Read a transformers folder: ``config.json``, ``tokenizer.json`` and ``model.safetensors``.

    Raises:
        SettingError: a file is missing or damaged.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    for name in ("config.json", "tokenizer.json", "model.safetensors"):
        if not (folder / name).is_file():
            raise SettingError(f"The transformer folder {folder} has no {name}.")
    try:
        config = dict(json.loads((folder / "config.json").read_bytes()))
    except (ValueError, TypeError) as error:
        raise SettingError(f"{folder / 'config.json'} is no JSON object: {error}.") from error
    file = folder / "model.safetensors"
    try:
        weights = load_file(file)
    except (SafetensorError, OSError) as error:
        raise SettingError(f"{file} is damaged, or no safetensors file: {error}.") from error
    try:
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    except Exception as error:  # tokenizers raises nothing narrower
        raise SettingError(f"{folder / 'tokenizer.json'} is no tokenizer that can be read: {error}.") from error
    return PretrainedTransformer(str(file), config, {name: w.float() for name, w in weights.items()}, tokenizer)
