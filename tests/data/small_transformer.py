"""A small transformer with random weights, as transformers would save it."""

import json
from collections.abc import Iterable
from pathlib import Path

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer, models, pre_tokenizers, processors

from anymood.network.text_encoders.transformer import TransformerTextEncoder

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]


def write_transformer(
    folder: Path, letters: str = "goadbyluck", words: Iterable[str] = ("good", "day", "luck")
) -> Path:
    """Write ``config.json``, ``tokenizer.json`` and ``model.safetensors``; 40 positions, width 16, two layers.

    Args:
        folder: where to.
        letters: that the tokenizer knows; a word with another is unknown.
        words: that it knows as a whole.
    """
    pieces = [*SPECIAL, *letters, *(f"##{letter}" for letter in letters), *words]
    ids = {piece: index for index, piece in enumerate(dict.fromkeys(pieces))}
    tokenizer = Tokenizer(models.WordPiece(ids, unk_token="[UNK]"))  # noqa: S106 - no password
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.add_special_tokens(SPECIAL)
    ends = [(name, ids[name]) for name in ("[CLS]", "[SEP]")]
    tokenizer.post_processor = processors.TemplateProcessing("[CLS] $A [SEP]", special_tokens=ends)
    tokenizer.save(str(folder / "tokenizer.json"))
    config = {"model_type": "bert", "vocab_size": len(ids), "hidden_size": 16, "num_hidden_layers": 2}
    config |= {"num_attention_heads": 2, "intermediate_size": 32, "max_position_embeddings": 40, "pad_token_id": 0}
    (folder / "config.json").write_text(json.dumps(config))
    torch.manual_seed(5)
    weights = TransformerTextEncoder(config).backbone.model.state_dict()
    save_file({name: tensor.contiguous() for name, tensor in weights.items()}, folder / "model.safetensors")
    return folder
