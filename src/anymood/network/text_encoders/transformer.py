"""A transformer from a local folder as the textual network."""

import copy
from collections.abc import Iterable, Sequence
from typing import Any

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers import AttentionInterface, AutoConfig, AutoModel, PretrainedConfig

from anymood.errors import SettingError
from anymood.network.encoder import TextEncoder, TextSettings, TextStart
from anymood.network.pretrained_transformer import embedding_rows, pretrained_transformer, prune_vocabulary
from anymood.network.text_encoders import TEXT_ENCODERS


class PooledTransformer(nn.Module):
    """A transformer whose token states are averaged over the text.

    Args:
        config: the transformer's configuration.
        layers: number of layers whose mean states are concatenated, L: the last, and others evenly spaced below.

    Shape: (U, T) token ids -> (U, F), where F is L times the width of the states.
    """

    def __init__(self, config: PretrainedConfig, layers: int = 1) -> None:
        super().__init__()
        self.layers = layers
        self.model = AutoModel.from_config(config, attn_implementation="eager")  # type: ignore[no-untyped-call]
        if hasattr(self.model, "pooler"):  # a layer over the first token, which is not used
            self.model.pooler = None
        self.pad = config.pad_token_id or 0

    def forward(self, tokens: Tensor) -> Tensor:
        """Mean hidden state (U, F) of the tokens that are not padding."""
        return _mean(*self.states(tokens))

    def states(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """Hidden states (U, T, F), and which tokens are not padding (U, T)."""
        mask = tokens != self.pad
        return _states(self.model, self.layers, input_ids=tokens, attention_mask=mask.long()), mask


def _states(model: nn.Module, layers: int, **inputs: Tensor) -> Tensor:
    """States (..., F) of the last layer, concatenated with those of others evenly spaced below."""
    if layers == 1:
        return model(**inputs).last_hidden_state  # type: ignore[no-any-return]
    output = model(**inputs, output_hidden_states=True)
    every = len(output.hidden_states) - 1  # the first are the embeddings
    below = [output.hidden_states[every * number // layers] for number in range(1, layers)]
    return torch.cat([*below, output.last_hidden_state], dim=-1)


def _mean(states: Tensor, mask: Tensor) -> Tensor:
    """Masked mean (U, F) of states (U, T, F); mask (U, T)."""
    weight = mask.unsqueeze(2).to(states.dtype)
    return (states * weight).sum(dim=1) / weight.sum(dim=1).clamp(min=1)


class GivenStates(nn.Module):
    """Replaces the embeddings of a transformer with given states (U, T, F)."""

    def forward(self, *arguments: Tensor | None, inputs_embeds: Tensor | None = None, **_: Any) -> Tensor:
        """The first tensor."""
        return next(each for each in (inputs_embeds, *arguments) if each is not None)


class LowerLayers(nn.Module):
    """The embeddings and the first layers of a transformer.

    Args:
        pooled: the whole transformer, whose weights are shared.
        count: number of layers.

    Shape: (U, T) token ids -> (U, T, F), zeros where there is padding.
    """

    def __init__(self, pooled: PooledTransformer, count: int) -> None:
        super().__init__()
        self.pooled = _sharing(pooled)
        del _layers(self.pooled)[count:]

    def forward(self, tokens: Tensor) -> Tensor:
        """States of the tokens."""
        states, mask = self.pooled.states(tokens)
        return states * mask.unsqueeze(2)


class UpperLayers(nn.Module):
    """The last layers of a transformer, and the mean over the text.

    Args:
        pooled: the whole transformer, whose weights are shared.
        first: number of the first of these layers, from 0.

    Shape: (U, T, F) states after the layers below, zeros where there is padding -> (U, F).
    """

    def __init__(self, pooled: PooledTransformer, first: int) -> None:
        super().__init__()
        self.model = _sharing(pooled).model
        for name in ("embeddings", "embeddings_project"):  # the latter in electra
            if hasattr(self.model, name):
                setattr(self.model, name, GivenStates())
        del _layers(self.model)[:first]

    def forward(self, states: Tensor) -> Tensor:
        """Mean hidden state (U, F) of the tokens that are not padding."""
        mask = (states != 0).any(dim=2)
        return _mean(_states(self.model, 1, inputs_embeds=states, attention_mask=mask.long()), mask)


def _sharing(module: PooledTransformer) -> PooledTransformer:
    """A copy that shares all weights."""
    return copy.deepcopy(module, {id(tensor): tensor for tensor in (*module.parameters(), *module.buffers())})


def _layers(module: nn.Module) -> nn.ModuleList:
    return next(each for each in module.modules() if isinstance(each, nn.ModuleList))


# Types with full attention within a text, a table of positions, and attention that can be replaced.
PACKABLE = frozenset({"bert", "camembert", "distilbert", "electra", "roberta", "xlm-roberta"})
DIVISIBLE = PACKABLE | {"mpnet"}  # types whose layers are a chain, with nothing after the last


class PackedTransformer(nn.Module):
    """A ``PooledTransformer`` that computes padding in attention only.

    All other layers handle each token separately: the N tokens of all texts pass through them in one row, and are
    unpacked by text for attention.

    Args:
        pooled: with the weights to copy; its type must be in ``PACKABLE``.

    Shape: (U, T) token ids -> (U, F). Each call needs at least one token that is not padding.
    """

    def __init__(self, pooled: PooledTransformer) -> None:
        super().__init__()
        config = copy.deepcopy(pooled.model.config)
        for activation in ("hidden_act", "activation"):
            if getattr(config, activation, None) == "gelu":
                setattr(config, activation, "gelu_python")  # the same function, in a form that ONNX Runtime fuses
        self.model = AutoModel.from_config(config, attn_implementation="packed")  # type: ignore[no-untyped-call]
        if hasattr(self.model, "pooler"):
            self.model.pooler = None
        self.model.load_state_dict(pooled.model.state_dict())
        self.pad, self.layers = pooled.pad, pooled.layers
        self.before = _positions(self.model)[0]
        self.train(pooled.training)

    def forward(self, tokens: Tensor) -> Tensor:
        """Mean hidden state (U, F) over the tokens, without padding."""
        mask = tokens != self.pad
        [indices] = mask.flatten().nonzero(as_tuple=True)  # positions of the N tokens in U x T
        torch._check(indices.shape[0] >= 1)  # for the exporter
        row = (mask.flatten().long().cumsum(0) - 1).clamp(min=0).reshape(tokens.shape)  # (U, T) indices into the N
        positions = torch.arange(tokens.shape[1], device=tokens.device).expand(tokens.shape) + self.before
        far = torch.zeros(mask.shape, device=tokens.device).masked_fill(~mask, torch.finfo(torch.float32).min)
        heads = torch.arange(self.model.config.num_attention_heads, device=tokens.device)
        place = row[:, None] * len(heads) + heads[:, None]  # (U, heads, T) indices into the vectors of N x heads
        every = torch.arange(place.numel(), device=tokens.device).reshape(place.shape).transpose(1, 2)
        [states] = _states(
            self.model,
            self.layers,
            input_ids=tokens.flatten()[indices][None],
            position_ids=positions.flatten()[indices][None],
            attention_mask=far[:, None, None],
            place=place,
            back=every.flatten(0, 1).index_select(0, indices),  # (N, heads) indices into the vectors of U x heads x T
        )
        return _mean(_unpacked(states, row), mask)


def _unpacked(states: Tensor, row: Tensor) -> Tensor:
    """States (N, ...) of packed tokens as (U, T, ...); padding has the states of any token."""
    return states.index_select(0, row.flatten()).reshape(*row.shape, *states.shape[1:])


def _packed_attention(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor,
    scaling: float,
    *,
    place: Tensor,
    back: Tensor,
    **_: Any,
) -> tuple[Tensor, None]:
    """Attention among the tokens of each text: queries, keys, values (1, heads, N, width) -> (1, N, heads, width).

    To gather the vectors of heads unpacks and transposes states in one step.
    """
    width = query.shape[-1]

    def by_text(states: Tensor) -> Tensor:
        return nn.functional.embedding(place, states.transpose(1, 2).reshape(-1, width))

    query, key, value = by_text(query), by_text(key), by_text(value)
    weights = torch.softmax(query @ key.transpose(2, 3) * scaling + attention_mask, dim=-1)
    return nn.functional.embedding(back, (weights @ value).reshape(-1, width))[None], None


AttentionInterface.register("packed", _packed_attention)


def _positions(model: nn.Module) -> tuple[int, int | None]:
    """Offset of the first position in a transformer's table, and number of positions; None without a table."""
    for name, module in model.named_modules():
        if name.endswith("position_embeddings") and isinstance(module, nn.Embedding):
            before = 0 if module.padding_idx is None else module.padding_idx + 1  # RoBERTa counts from there
            return before, module.num_embeddings - before
    return 0, None


@TEXT_ENCODERS.register("transformer")
class TransformerTextEncoder(TextEncoder):
    """Tokens to the text representation r_t by a pre-trained transformer.

    Args:
        config: the transformer's configuration as in its ``config.json``.
        width: width of r_t, D.
        pooled_layers: layers whose mean states are the features of a text: the last, and others evenly spaced below.

    Raises:
        SettingError: transformers cannot build it, or it has fewer layers.

    Shape: (U, T) token ids -> (U, D).
    """

    def __init__(self, config: dict[str, Any], width: int = 300, pooled_layers: int = 1) -> None:
        kind = config.get("model_type")
        try:
            settings = AutoConfig.for_model(**config)
        except (ValueError, TypeError) as error:
            raise SettingError(f"transformers cannot build a text encoder of type {kind!r}: {error}") from error
        if pooled_layers > settings.num_hidden_layers:
            raise SettingError(
                f"pooled_text_layers is {pooled_layers}, but the {kind} has {settings.num_hidden_layers} layers."
            )
        super().__init__(PooledTransformer(settings, pooled_layers), pooled_layers * settings.hidden_size, width)

    @classmethod
    def start(cls, recipe: TextSettings, texts: Iterable[str], tokenizer: Tokenizer | None = None) -> TextStart:
        pretrained = pretrained_transformer(recipe.text_folder)
        if tokenizer is None:
            size = recipe.vocabulary
            tokenizer = pretrained.tokenizer if size is None else prune_vocabulary(pretrained.tokenizer, texts, size)
        weights = dict(pretrained.weights)
        embeddings = next((name for name in weights if name.endswith("word_embeddings.weight")), None)
        if embeddings is None:
            advice = "Name the folder of an encoder like BERT."
            raise SettingError(f"{pretrained.source} has no word_embeddings.weight. {advice}")
        if tokenizer.get_vocab_size() < len(weights[embeddings]):
            weights[embeddings] = weights[embeddings][embedding_rows(tokenizer, pretrained.tokenizer)]
        config = pretrained.config | {"vocab_size": len(weights[embeddings])}
        named = {f"backbone.model.{name}": weight for name, weight in weights.items()}
        settings: dict[str, Any] = {"config": config}
        if recipe.pooled_text_layers > 1:
            settings["pooled_layers"] = recipe.pooled_text_layers
        return TextStart(tokenizer, settings, named, pretrained.source)

    def states(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """The last hidden states (U, T, F), and which tokens are not padding (U, T)."""
        return self.backbone.states(tokens)  # type: ignore[operator, no-any-return]

    @property
    def longest(self) -> int | None:
        return _positions(self.backbone)[1]

    def packed(self) -> "TransformerTextEncoder":
        if not isinstance(self.backbone, PooledTransformer):
            return self
        config = self.backbone.model.config
        if config.model_type not in PACKABLE or getattr(config, "is_decoder", False):
            return self
        packed = copy.deepcopy(self)
        packed.backbone = PackedTransformer(self.backbone)
        return packed

    def stages(self) -> Sequence[Sequence[nn.Parameter]]:
        # Embeddings are in no stage, and so are frozen unless the whole backbone is tuned.
        return [list(layer.parameters()) for layer in _layers(self.backbone)]

    def divided(self) -> tuple[nn.Module, nn.Module]:
        pooled = self.backbone
        if not isinstance(pooled, PooledTransformer) or pooled.model.config.model_type not in DIVISIBLE:
            return super().divided()
        if pooled.layers > 1:
            raise SettingError(
                f"cache_frozen_layers cannot be combined with pooled_text_layers={pooled.layers}, because some of "
                "these layers may be frozen. Leave out one of the two."
            )
        tuned = [any(parameter.requires_grad for parameter in stage) for stage in self.stages()]
        first = tuned.index(True)
        return LowerLayers(pooled, first), UpperLayers(pooled, first)
