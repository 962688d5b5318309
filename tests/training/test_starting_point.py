import json
import math
import re
from dataclasses import replace

import numpy as np
import pytest
import torch
import torchvision
from safetensors.torch import save_file
from same import assert_same
from small_transformer import write_transformer
from torch import nn

from anymood.cli.recipes import read_recipe
from anymood.errors import SettingError
from anymood.labels import LabelSet
from anymood.network.image_encoders import image_encoder_kind
from anymood.network.multitask import Architecture, MultitaskNetwork
from anymood.network.pretrained_transformer import minilm_folder, pretrained_transformer, read_transformer
from anymood.network.text_encoders import cnn
from anymood.network.text_encoders.cnn import CnnTextEncoder, word_vectors
from anymood.network.text_encoders.transformer import TransformerTextEncoder
from anymood.training.config import Recipe
from anymood.training.starting_point import from_pretrained

LABELS = LabelSet(("bad", "good"))
TEXTS = ["good day", "good day", "bad day", "bad luck"]
CNN = Recipe(image_encoder="test_efficientnet", image_weights="none", word_vectors="random")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A small transformer with random weights."""
    return write_transformer(tmp_path_factory.mktemp("bert"))


@pytest.fixture
def transformer(folder):
    return replace(CNN, text_encoder="transformer", text_folder=str(folder), max_tokens=40)


def made(recipe):
    torch.manual_seed(0)
    start = from_pretrained(recipe, LABELS, TEXTS)
    return start.network.eval(), start.text_preparation


def build_image_preparation(recipe):
    return image_encoder_kind(recipe.image_encoder).preparation(recipe.image_encoder)


def build_text_preparation(recipe, texts):
    return from_pretrained(recipe, LABELS, texts).text_preparation


def test_pixels_as_the_packaged_weights_expect_them():
    preparation = build_image_preparation(Recipe(image_encoder="tf_efficientnet_lite0"))
    assert (preparation.side, preparation.resize, preparation.interpolation) == (224, 256, "bicubic")
    assert preparation.mean == pytest.approx((127 / 255,) * 3)
    assert preparation.std == pytest.approx((128 / 255,) * 3)


def test_pixels_as_other_weights_expect_them():
    preparation = build_image_preparation(Recipe(image_encoder="densenet121"))
    assert preparation.side == 224
    assert preparation.mean == pytest.approx((0.485, 0.456, 0.406))
    assert preparation.std == pytest.approx((0.229, 0.224, 0.225))


def test_smaller_images_show_the_same_part():
    preparation = from_pretrained(replace(CNN, image_side=64), LABELS, ["a text"]).image_preparation
    usual = build_image_preparation(CNN)
    assert preparation.side == 64
    assert preparation.resize / preparation.side == pytest.approx(usual.resize / usual.side, abs=0.01)


def test_an_unknown_image_model():
    with pytest.raises(SettingError, match="no image model 'densnet'. Did you mean .*densenet"):
        build_image_preparation(Recipe(image_encoder="densnet"))


def test_a_vocabulary_of_the_training_texts():
    preparation = build_text_preparation(replace(CNN, max_tokens=2), TEXTS)
    assert set(preparation.tokenizer.get_vocab()) == {"<pad>", "<unk>", "good", "bad", "day"}
    assert preparation.encode("good good good").shape == (2,)
    assert build_text_preparation(replace(CNN, vocabulary=3), TEXTS).tokenizer.get_vocab_size() == 3


def test_a_network_of_words():
    network, preparation = made(replace(CNN, embedding_dropout=0.4, classifier_dropout=0.3))
    assert isinstance(network.text_encoder, CnnTextEncoder)
    assert network.text_encoder.backbone.embedding.weight.shape == (preparation.tokenizer.get_vocab_size(), 300)
    assert network.text_encoder.backbone.dropout.p == 0.4
    assert network.architecture.dropout == 0.3
    assert network.architecture.classes == 2
    assert network.image_head is None
    yes = torch.ones(1, dtype=torch.bool)
    logits = network(torch.zeros(1, 3, 32, 32), torch.from_numpy(preparation.encode("good day")[None]), yes, yes)
    assert logits.fused.shape == (1, 2)


def test_modality_heads_where_their_loss_counts():
    network, _ = made(replace(CNN, alpha=replace(CNN.alpha, modality=0.5)))
    assert network.image_head is not None
    assert network.text_head is not None


def test_word_embeddings_from_a_file(tmp_path):
    (tmp_path / "words.vec").write_text("2 4\ngood 1 2 3 4\nday 5 6 7 8\n")
    network, preparation = made(replace(CNN, word_vectors=str(tmp_path / "words.vec")))
    embeddings = network.text_encoder.backbone.embedding.weight
    assert embeddings.shape[1] == 4
    assert embeddings[preparation.tokenizer.token_to_id("day")].tolist() == [5, 6, 7, 8]
    assert embeddings[0].tolist() == [0, 0, 0, 0]
    assert network.architecture.text_settings["embedding"] == 4


def test_word_embeddings_are_requested_in_the_order_of_the_ids(monkeypatch):
    tokenizer = build_text_preparation(CNN, TEXTS).tokenizer
    requested = []
    monkeypatch.setattr(cnn, "distil_vectors", lambda words, seed: requested.append((words, seed)))
    word_vectors(Recipe(seed=4), tokenizer)
    [(words, seed)] = requested
    assert [tokenizer.token_to_id(word) for word in words] == list(range(len(words)))
    assert seed == 4


@pytest.mark.parametrize("source", ["minilm", "random", "nowhere.vec"])
def test_where_no_text_has_brought_a_word_there_is_nothing_to_look_up(source):
    recipe = replace(CNN, word_vectors=source)
    tokenizer = build_text_preparation(recipe, []).tokenizer
    assert word_vectors(recipe, tokenizer) is None
    assert from_pretrained(recipe, LABELS, []).network.text_encoder.backbone.embedding.weight.shape == (2, 300)


def test_a_transformer_brings_its_tokenizer_and_weights(transformer, folder):
    network, preparation = made(transformer)
    assert preparation.tokenizer.encode("good day").tokens == ["[CLS]", "good", "day", "[SEP]"]
    whole = TransformerTextEncoder(json.loads((folder / "config.json").read_text()))
    whole.backbone.model.load_state_dict(read_transformer(folder).weights)
    tokens = torch.from_numpy(preparation.encode("good luck")[None])
    assert_same(network.text_encoder.backbone(tokens), whole.eval().backbone(tokens))


def test_a_transformer_with_fewer_pieces_reads_a_text_the_same(transformer):
    whole, of_all = made(transformer)
    size = of_all.tokenizer.get_vocab_size() - 1
    pruned, of_some = made(replace(transformer, vocabulary=size))
    assert "luck" not in of_some.tokenizer.get_vocab()  # the rarest
    assert pruned.text_encoder.backbone.model.config.vocab_size == size
    assert pruned.architecture.text_settings["config"]["vocab_size"] == size
    with torch.inference_mode():
        for text in ("good day", "bad"):
            one = whole.text_encoder.backbone(torch.from_numpy(of_all.encode(text)[None]))
            other = pruned.text_encoder.backbone(torch.from_numpy(of_some.encode(text)[None]))
            assert_same(one, other)


def test_encoders_tuned_in_part(transformer):
    network, _ = made(replace(transformer, tuned_image_stages=1, tuned_text_layers=1))
    for encoder in (network.image_encoder, network.text_encoder):
        learns = [parameter.requires_grad for parameter in encoder.backbone.parameters()]
        assert any(learns)
        assert not all(learns)


def test_features_of_several_layers(transformer):
    network, _ = made(replace(transformer, pooled_text_layers=2))
    assert network.text_encoder.features == 2 * 16
    again = MultitaskNetwork(Architecture.from_dict(network.architecture.to_dict()))
    assert again.text_encoder.features == 2 * 16
    with pytest.raises(SettingError, match="pooled_text_layers is 3, but the bert has 2 layers"):
        made(replace(transformer, pooled_text_layers=3))


def test_the_packaged_transformer_is_the_default():
    assert pretrained_transformer().source == pretrained_transformer("minilm").source
    assert pretrained_transformer().source == str(minilm_folder() / "model.safetensors")


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "model.safetensors"])
def test_a_transformer_folder_that_lacks_a_file(folder, tmp_path, name):
    for file in folder.iterdir():
        if file.name != name:
            (tmp_path / file.name).write_bytes(file.read_bytes())
    with pytest.raises(SettingError, match=f"has no {name}"):
        read_transformer(tmp_path)


def test_a_transformer_that_lacks_a_weight(folder, transformer, tmp_path):
    for file in folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    weights = read_transformer(folder).weights
    remaining = {name: weight for name, weight in weights.items() if "layer.1.output" not in name}
    save_file(remaining, tmp_path / "model.safetensors")
    with pytest.raises(SettingError, match=r"lacks 4 weights of the text encoder, model.encoder.layer.1.output"):
        made(replace(transformer, text_folder=str(tmp_path)))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("config.json", b"{", "config.json is not a JSON object"),
        ("config.json", b"3", "config.json is not a JSON object"),
        ("tokenizer.json", b"{}", "tokenizer.json is not a tokenizer that can be read"),
        ("model.safetensors", b"cut", "model.safetensors is damaged"),
    ],
)
def test_a_transformer_folder_with_a_damaged_file(folder, transformer, tmp_path, name, content, message):
    for file in folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SettingError, match=message):
        made(replace(transformer, text_folder=str(tmp_path)))


def test_a_transformer_without_embeddings_of_pieces(folder, transformer, tmp_path):
    for file in folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    save_file({"transformer.wte.weight": torch.zeros(2, 2)}, tmp_path / "model.safetensors")
    with pytest.raises(SettingError, match=r"has no word_embeddings.weight"):
        made(replace(transformer, text_folder=str(tmp_path)))


def test_texts_longer_than_a_transformer_reads(transformer):
    made(transformer)
    with pytest.raises(SettingError, match=r"max_tokens is 41, but the transformer .* reads 40 tokens at most"):
        made(replace(transformer, max_tokens=41))


def test_image_weights_that_are_not_packaged():
    with pytest.raises(SettingError, match="No package ships ImageNet weights for test_efficientnet"):
        made(replace(CNN, image_weights="packaged"))


def test_packaged_image_weights_are_loaded():
    recipe = replace(CNN, image_encoder="tf_efficientnet_lite0", image_weights="packaged")
    one, other = made(recipe)[0], made(replace(recipe, image_weights="none"))[0]
    stems = [network.image_encoder.backbone.conv_stem.weight.detach().numpy() for network in (one, other)]
    assert not np.allclose(*stems)


def test_the_papers_network():
    """Section 3.2, layer by layer; weights are left out, for they come over the network."""
    recipe = read_recipe("paper", {"image_weights": "none", "word_vectors": "random"})
    network, preparation = made(recipe)
    words, classes = preparation.tokenizer.get_vocab_size(), len(LABELS)

    def layers(module, *kinds):
        return [tuple(layer.weight.shape) for layer in module.modules() if isinstance(layer, kinds)]

    densenet_121 = 6_953_856  # parameters of torchvision's 7,978,856 without the classifier's 1000 x 1024 + 1000
    backbone = network.image_encoder.backbone
    assert sum(parameter.numel() for parameter in backbone.parameters()) == densenet_121
    assert len(layers(backbone, nn.Conv2d)) == 120  # and the classifier makes 121
    assert layers(network.image_encoder.project, nn.Linear) == [(300, 1024)]

    text = network.text_encoder
    assert layers(text, nn.Embedding) == [(words, 300)]
    assert layers(text, nn.Conv1d) == [(100, 300, 3), (100, 300, 4), (100, 300, 5)]
    assert layers(text, nn.Linear) == [(300, 3 * 3 * 100)]  # maximum, mean and minimum of three convolutions
    assert [layer.p for layer in text.modules() if isinstance(layer, nn.Dropout)] == [0.25]

    assert layers(network.image_classifier, nn.Linear) == [(224, 300), (128, 224), (classes, 128)]
    assert layers(network.text_classifier, nn.Linear) == [(224, 300), (128, 224), (classes, 128)]
    assert layers(network.fused_classifier, nn.Linear) == [(224, 600), (128, 224), (classes, 128)]

    def size(*shapes):
        return sum(math.prod(shape) + shape[0] for shape in shapes)

    rest = size((300, 1024), (100, 900), (100, 1200), (100, 1500), (300, 900), (224, 600))
    rest += size((224, 300), (224, 300)) + 3 * size((128, 224), (classes, 128)) + words * 300
    assert sum(parameter.numel() for parameter in network.parameters()) == densenet_121 + rest


def test_the_papers_image_encoder_takes_a_torchvision_file(tmp_path):
    """As torchvision's own DenseNet-121 saves it, under today's names and those before 0.3."""
    original = torchvision.models.densenet121(weights=None)
    weights = original.state_dict()
    old = {re.sub(r"(denselayer\d+\.(?:norm|relu|conv))([12])", r"\1.\2", key): value for key, value in weights.items()}
    for name, saved in (("new", weights), ("old", old)):
        torch.save(saved, tmp_path / f"{name}.pth")
        network, _ = made(
            read_recipe("paper", {"image_weights": str(tmp_path / f"{name}.pth"), "word_vectors": "random"})
        )
        pixels = torch.randn(1, 3, 64, 64, generator=torch.Generator().manual_seed(1))
        with torch.inference_mode():
            pooled = original.eval().features(pixels).relu().mean(dim=(2, 3))
            assert_same(network.image_encoder.backbone(pixels), pooled)
