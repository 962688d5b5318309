import json

import pytest
import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer, models

from anymood.errors import SettingError
from anymood.network.pretrained_transformer import read_transformer
from anymood.network.text_encoders.transformer import TransformerTextEncoder

BERT = {"model_type": "bert", "vocab_size": 50, "hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
BERT |= {"intermediate_size": 32, "max_position_embeddings": 40, "pad_token_id": 0}


def test_reads_the_weights_of_a_folder(tmp_path):
    encoder = TransformerTextEncoder(BERT, width=12)
    stored = {name: tensor.half() for name, tensor in encoder.backbone.model.state_dict().items()}
    save_file(stored, tmp_path / "model.safetensors")
    (tmp_path / "config.json").write_text(json.dumps(BERT))
    Tokenizer(models.WordPiece({"[UNK]": 0}, unk_token="[UNK]")).save(str(tmp_path / "tokenizer.json"))  # noqa: S106
    pretrained = read_transformer(tmp_path)
    assert pretrained.config == BERT
    assert set(pretrained.weights) == set(stored)
    assert {tensor.dtype for tensor in pretrained.weights.values()} == {torch.float32}
    encoder.backbone.model.load_state_dict(pretrained.weights)


def test_a_folder_without_weights(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(SettingError, match=r"transformer folder .* has no model.safetensors"):
        read_transformer(tmp_path)
