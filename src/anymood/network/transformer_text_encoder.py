"""A transformer from a local folder as the textual network."""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from transformers import AutoConfig, AutoModel, PretrainedConfig

from anymood.errors import SettingError


class PooledTransformer(nn.Module):
    """A transformer whose token states are averaged over the text.

    Shape: (U, T) token ids -> (U, F).
    """

    def __init__(self, config: PretrainedConfig) -> None:
        super().__init__()
        self.model = AutoModel.from_config(config, attn_implementation="eager")  # type: ignore[no-untyped-call]
        self.pad = config.pad_token_id or 0

    def forward(self, tokens: Tensor) -> Tensor:
        """Mean hidden state (U, F) over the tokens that are no padding."""
        mask = tokens != self.pad
        states = self.model(input_ids=tokens, attention_mask=mask.long()).last_hidden_state
        weight = mask.unsqueeze(2).to(states.dtype)
        return (states * weight).sum(dim=1) / weight.sum(dim=1).clamp(min=1)  # type: ignore[no-any-return]


class TransformerTextEncoder(nn.Module):
    """Tokens to the text representation r_t by a pre-trained transformer.

    Like the image encoder's, its ``backbone`` may be frozen and replaced by ``nn.Identity``.

    Args:
        config: the transformer's configuration as in its ``config.json``.
        width: width of r_t, D.

    Shape: (U, T) token ids -> (U, D).
    """

    def __init__(self, config: dict[str, Any], width: int = 300) -> None:
        super().__init__()
        kind = config.get("model_type")
        try:
            settings = AutoConfig.for_model(**config)
        except (ValueError, TypeError) as error:
            raise SettingError(f"transformers cannot build a text encoder of type {kind!r}: {error}") from error
        self.backbone: nn.Module = PooledTransformer(settings)
        self.project = nn.Sequential(nn.Linear(settings.hidden_size, width), nn.ReLU())

    @property
    def longest(self) -> int | None:
        """Tokens of the longest text that has positions of its own; None where there is no table of positions."""
        for name, module in self.backbone.named_modules():
            if name.endswith("position_embeddings") and isinstance(module, nn.Embedding):
                before = 0 if module.padding_idx is None else module.padding_idx + 1  # RoBERTa counts from there
                return module.num_embeddings - before
        return None

    def tune(self, layers: int | None) -> None:
        """Let only the last layers of the backbone learn; None lets all learn."""
        if layers is None:
            return
        blocks = next(module for module in self.backbone.modules() if isinstance(module, nn.ModuleList))
        self.backbone.requires_grad_(False)
        for block in blocks[max(0, len(blocks) - layers) :]:
            block.requires_grad_(True)

    def forward(self, tokens: Tensor) -> Tensor:
        """Representations r_t (U, D) of token ids (U, T)."""
        return self.project(self.backbone(tokens))  # type: ignore[no-any-return]


def transformer_weights(folder: Path) -> dict[str, Tensor]:
    """Weights of a transformer folder (``model.safetensors``), by the names the encoder's backbone uses.

    Raises:
        SettingError: the folder has no safetensors weights, or they are damaged.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    file = folder / "model.safetensors"
    if not file.is_file():
        raise SettingError(f"{folder} holds no model.safetensors. Name a transformers folder with safetensors weights.")
    try:
        weights = load_file(file)
    except (SafetensorError, OSError) as error:
        raise SettingError(f"{file} is damaged, or no safetensors file: {error}.") from error
    return {f"model.{name}": tensor.to(torch.float32) for name, tensor in weights.items()}
