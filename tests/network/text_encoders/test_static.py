import pytest
import torch
from same import assert_same

from anymood.network.text_encoders.static import FACTORS, StaticTextEncoder, build_piece_tokenizer
from anymood.preparation.text import TextPreparation
from anymood.preparation.word_ids import reads_word_by_word
from anymood.training.config import Recipe


@pytest.fixture
def encoder() -> StaticTextEncoder:
    torch.manual_seed(0)
    result = StaticTextEncoder(vocabulary=50, embedding=8, pairs=97).eval()
    with torch.no_grad():
        result.backbone.pairs.weight[1:].normal_()
    return result


def test_is_the_mean_of_tokens_beside_that_of_pairs(encoder: StaticTextEncoder) -> None:
    tokens, pairs = encoder.backbone.tokens.weight, encoder.backbone.pairs.weight
    first, second = (1 + (a * FACTORS[0] + b * FACTORS[1]) % 97 for a, b in ((4, 9), (9, 2)))
    expected = torch.cat([tokens[[4, 9, 2]].mean(dim=0), (pairs[first] + pairs[second]) / 3])
    assert_same(encoder.backbone(torch.tensor([[4, 9, 2, 0]]))[0], expected)


@pytest.mark.parametrize("length", [1, 2, 3, 12])
def test_padding_never_changes_a_result(encoder: StaticTextEncoder, length: int) -> None:
    torch.manual_seed(length)
    tokens = torch.randint(1, 50, (1, length))
    for padding in (1, 3, 40):
        assert_same(encoder(torch.nn.functional.pad(tokens, (0, padding))), encoder(tokens))


def test_the_order_of_words_counts(encoder: StaticTextEncoder) -> None:
    assert not torch.allclose(encoder(torch.tensor([[4, 9, 2]])), encoder(torch.tensor([[9, 4, 2]])))


def test_padding_embeddings_stay_zero(encoder: StaticTextEncoder) -> None:
    encoder(torch.tensor([[3, 4, 0, 0]])).sum().backward()
    for embedding in (encoder.backbone.tokens, encoder.backbone.pairs):
        assert not embedding.weight[0].any()
        assert embedding.weight.grad is not None
        assert not embedding.weight.grad[0].any()
        assert embedding.weight.grad.any()


def test_starts_with_pieces_of_the_training_texts() -> None:
    texts = ["good day, isn't it?", "good days", "a good Day", "days of days"] * 3
    tokenizer, settings, weights, _ = StaticTextEncoder.start(Recipe(text_encoder="static", vocabulary=60), texts)
    assert settings == {"vocabulary": tokenizer.get_vocab_size(), "dropout": 0.25}
    assert weights == {}
    assert reads_word_by_word(tokenizer)
    preparation = TextPreparation(tokenizer)
    assert preparation.pad_id == 0
    read = [tokenizer.id_to_token(index) for index in preparation.encode("GOOD days!! \u4e2d")]
    assert read == ["good", "days", "<unk>", "<unk>", "<unk>"]
    assert "".join(tokenizer.id_to_token(index) for index in preparation.encode("godt")) == "godt"
    assert build_piece_tokenizer(texts, 60).get_vocab() == tokenizer.get_vocab()


def test_the_vocabulary_has_the_characters_of_chinese() -> None:
    characters = [chr(code) for code in range(0x4E00, 0x4E00 + 3_000)]
    tokenizer = build_piece_tokenizer(["".join(characters)] * 2, 20_000)
    assert set(characters) <= set(tokenizer.get_vocab())
