import pytest
import torch
from same import assert_same

from anymood.network.text_encoders.cnn import CnnTextEncoder, pool


@pytest.fixture
def encoder() -> CnnTextEncoder:
    torch.manual_seed(0)
    return CnnTextEncoder(vocabulary=50).eval()


def test_has_the_papers_shape(encoder: CnnTextEncoder) -> None:
    # Section 3.2: 300-d embeddings, 100 filters over 3, 4 and 5 words, three poolings, 300 neurons.
    assert encoder.backbone.embedding.weight.shape == (50, 300)
    assert [tuple(c.weight.shape) for c in encoder.backbone.convolutions] == [
        (100, 300, 3),
        (100, 300, 4),
        (100, 300, 5),
    ]
    assert encoder.project[0].weight.shape == (300, 900)
    assert encoder.backbone.dropout.p == 0.25
    assert encoder(torch.randint(1, 50, (2, 9))).shape == (2, 300)


@pytest.mark.parametrize("length", [1, 2, 3, 4, 5, 6, 12])
def test_padding_never_changes_a_result(encoder: CnnTextEncoder, length: int) -> None:
    torch.manual_seed(length)
    tokens = torch.randint(1, 50, (1, length))
    alone = encoder(tokens)
    for padding in (1, 3, 40):
        padded = torch.nn.functional.pad(tokens, (0, padding))
        assert_same(encoder(padded), alone)


def test_every_word_of_a_text_counts(encoder: CnnTextEncoder) -> None:
    tokens = torch.arange(1, 9)[None]
    for position in range(tokens.shape[1]):
        changed = tokens.clone()
        changed[0, position] = 40
        assert not torch.allclose(encoder(changed), encoder(tokens))


def test_pools_maximum_average_and_minimum_over_filled_windows() -> None:
    features = torch.tensor([[[1.0, 3.0, 2.0, 9.0]], [[4.0, 0.0, 5.0, 7.0]]])
    pooled = pool(features, torch.tensor([3, 1]))
    assert_same(pooled, torch.tensor([[3.0, 2.0, 1.0], [4.0, 4.0, 4.0]]))


def test_padding_embedding_gets_no_gradient(encoder: CnnTextEncoder) -> None:
    encoder(torch.tensor([[3, 4, 0, 0, 0, 0]])).sum().backward()
    gradient = encoder.backbone.embedding.weight.grad
    assert gradient is not None
    assert not gradient[0].any()
    assert gradient[3].any()


def test_takes_features_where_the_backbone_is_taken_out(encoder: CnnTextEncoder) -> None:
    tokens = torch.randint(1, 50, (2, 9))
    features, whole = encoder.backbone(tokens), encoder(tokens)
    assert features.shape == (2, encoder.features)
    encoder.backbone = torch.nn.Identity()
    assert_same(encoder(features), whole)
