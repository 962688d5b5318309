import io

import numpy as np
import pytest
import torch
from PIL import Image
from rich.console import Console
from rich.progress import Progress
from same import assert_same

from anymood.datasets.corpus import Example
from anymood.export.onnx import export_encoder
from anymood.network.image_encoders.timm import TimmImageEncoder
from anymood.network.text_encoders.transformer import TransformerTextEncoder
from anymood.posts import Post
from anymood.preparation.image import ImagePreparation
from anymood.preparation.text import TextPreparation, build_word_tokenizer
from anymood.training import features
from anymood.training.features import FrozenEncoder, image_features, text_features

IMAGES = ImagePreparation(side=32, resize=32, mean=(0.5,) * 3, std=(0.25,) * 3)
WORDS = "good bad day luck rain sun"
BERT = {
    "model_type": "bert",
    "vocab_size": 8,
    "hidden_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 16,
    "max_position_embeddings": 40,
    "pad_token_id": 0,
}


@pytest.fixture(autouse=True)
def _cache(monkeypatch, tmp_path):
    monkeypatch.setenv("ANYMOOD_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def progress():
    return Progress(console=Console(file=io.StringIO()))


@pytest.fixture
def forwards(monkeypatch):
    """Sizes of the batches that go through an encoder."""
    sizes, pool = [], FrozenEncoder.pool

    def counted(self, **inputs):
        sizes.extend(map(len, inputs.values()))
        return pool(self, **inputs)

    monkeypatch.setattr(FrozenEncoder, "pool", counted)
    return sizes


def frozen(module, name, folder):
    export_encoder(module.eval(), folder / name, side=32)
    return FrozenEncoder(folder / name)


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    return TimmImageEncoder("test_efficientnet", width=8)


@pytest.fixture(scope="module")
def encoder(network, tmp_path_factory):
    return frozen(network, "image_encoder.onnx", tmp_path_factory.mktemp("images"))


@pytest.fixture(scope="module")
def transformer():
    torch.manual_seed(0)
    return TransformerTextEncoder(BERT, width=8)


@pytest.fixture(scope="module")
def text_encoder(transformer, tmp_path_factory):
    return frozen(transformer, "text_encoder.onnx", tmp_path_factory.mktemp("texts"))


@pytest.fixture(scope="module")
def texts():
    return TextPreparation(build_word_tokenizer([WORDS, WORDS], 10), 8)


def picture(seed):
    return np.random.default_rng(seed).integers(0, 256, (40, 40, 3), dtype=np.uint8)


def examples(*posts):
    return [Example(post, 0) for post in posts]


@torch.inference_mode()
def single(network, source):
    return network.backbone.eval()(torch.from_numpy(IMAGES.prepare(source)[None]))[0].numpy()


def test_features_of_the_posts_that_have_an_image(network, encoder, progress):
    posts = examples(Post("good", picture(0)), Post("bad"), Post(None, picture(1)))
    features, problems = image_features(encoder, IMAGES, posts, progress)
    assert sorted(features) == [0, 2]
    assert problems == []
    for index, seed in ((0, 0), (2, 1)):
        assert features[index].shape == (network.features,)
        assert_same(features[index], single(network, picture(seed)))


def test_each_image_is_computed_once(encoder, progress, forwards):
    posts = examples(*(Post(None, picture(seed)) for seed in (0, 1, 0)))
    first, _ = image_features(encoder, IMAGES, posts, progress)
    assert forwards == [2]
    again, _ = image_features(encoder, IMAGES, posts[::-1], progress)
    assert forwards == [2]
    assert_same([first[1], first[2]], [again[1], first[0]])


def test_more_images_than_a_batch(network, encoder, progress, forwards, monkeypatch):
    monkeypatch.setattr(features, "IMAGES", 2)
    encoded, _ = image_features(encoder, IMAGES, examples(*(Post(None, picture(n)) for n in range(5))), progress)
    assert forwards == [2, 2, 1]
    for n in range(5):
        assert_same(encoded[n], single(network, picture(n)))


@pytest.mark.parametrize("kind", ["path", "bytes", "pillow"])
def test_a_changed_image_is_computed_anew(encoder, progress, forwards, tmp_path, kind):
    def source(seed):
        image = Image.fromarray(picture(seed))
        image.save(tmp_path / "image.png")
        return {"path": str(tmp_path / "image.png"), "bytes": (tmp_path / "image.png").read_bytes(), "pillow": image}[
            kind
        ]

    rows = [image_features(encoder, IMAGES, examples(Post(None, source(seed))), progress)[0][0] for seed in (0, 1, 0)]
    assert forwards == [1, 1]
    assert_same(rows[0], rows[2])
    assert not np.allclose(rows[0], rows[1])


def test_other_weights_or_another_preparation_are_computed_anew(encoder, progress, forwards, tmp_path):
    posts = examples(Post(None, picture(0)))
    image_features(encoder, IMAGES, posts, progress)
    torch.manual_seed(1)
    other = frozen(TimmImageEncoder("test_efficientnet", width=8), "image_encoder.onnx", tmp_path)
    image_features(other, IMAGES, posts, progress)
    image_features(encoder, ImagePreparation(side=32, resize=33, mean=(0.5,) * 3, std=(0.25,) * 3), posts, progress)
    assert forwards == [1, 1, 1]


def test_an_image_that_cannot_be_decoded_is_a_problem(encoder, progress, odd_images, tmp_path):
    broken, nowhere = str(odd_images["truncated"]), str(tmp_path / "nowhere.jpg")
    posts = examples(Post(None, broken), Post(None, picture(0)), Post("good", nowhere))
    features, problems = image_features(encoder, IMAGES, posts, progress)
    assert sorted(features) == [1]
    assert len(problems) == 2
    assert "truncated.jpg" in problems[0]
    assert "nowhere.jpg" in problems[1]


def test_images_none_of_which_can_be_decoded(encoder, progress, odd_images):
    features, problems = image_features(encoder, IMAGES, examples(Post(None, str(odd_images["empty"]))), progress)
    assert features == {}
    assert len(problems) == 1


def test_posts_without_images(encoder, progress):
    assert image_features(encoder, IMAGES, examples(Post("good")), progress) == ({}, [])


def test_features_of_the_posts_that_have_a_text(transformer, text_encoder, texts, progress, forwards, monkeypatch):
    monkeypatch.setattr(features, "TEXTS", 2)
    written = ["good day bad luck rain sun", None, "bad", "  ", "\u200b", "rain sun", "bad"]
    posts = examples(*(Post(text, picture(0)) for text in written))
    encoded = text_features(text_encoder, texts, posts, progress)
    assert sorted(encoded) == [0, 2, 5, 6]
    assert forwards == [2, 1]  # bad is computed once
    for index, row in encoded.items():
        with torch.inference_mode():
            expected = transformer.backbone.eval()(torch.from_numpy(texts.encode(written[index])[None]))[0]
        assert_same(row, expected)
    again = text_features(text_encoder, texts, posts, progress)
    assert forwards == [2, 1]
    assert_same(again, encoded)


def test_posts_without_texts(text_encoder, texts, progress):
    assert text_features(text_encoder, texts, examples(Post(None, picture(0))), progress) == {}


def test_threads_give_the_features_of_one(network, encoder, progress, tmp_path):
    posts = examples(*(Post(None, picture(n)) for n in range(9)))
    export_encoder(network.eval(), tmp_path / "image_encoder.onnx", side=32)
    several = FrozenEncoder(tmp_path / "image_encoder.onnx", threads=3)
    features, _ = image_features(several, ImagePreparation(side=32, resize=33), posts, progress)
    alone, _ = image_features(encoder, ImagePreparation(side=32, resize=33), posts, progress)
    assert_same(features, alone)
