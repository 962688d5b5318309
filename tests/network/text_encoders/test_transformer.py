import pytest
import torch
from same import assert_same

from anymood.errors import SettingError
from anymood.network.text_encoders.transformer import PackedTransformer, TransformerTextEncoder

BERT = {
    "model_type": "bert",
    "vocab_size": 50,
    "hidden_size": 16,
    "num_hidden_layers": 3,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "max_position_embeddings": 40,
    "pad_token_id": 0,
}


@pytest.fixture
def encoder():
    torch.manual_seed(0)
    return TransformerTextEncoder(BERT, width=12).eval()


def learning(encoder):
    """Layers of the backbone that learn, and whether its embeddings do."""
    names = [name for name, parameter in encoder.backbone.named_parameters() if parameter.requires_grad]
    layers = {int(name.split(".layer.")[1].split(".")[0]) for name in names if ".layer." in name}
    return sorted(layers), any("embeddings" in name for name in names)


def test_gives_the_representation(encoder):
    representation = encoder(torch.randint(1, 50, (2, 7)))
    assert representation.shape == (2, 12)
    assert (representation >= 0).all()


def test_padding_and_neighbours_change_nothing(encoder):
    torch.manual_seed(1)
    long, short = torch.randint(1, 50, (20,)), torch.randint(1, 50, (4,))
    batch = torch.zeros(2, 25, dtype=torch.long)
    batch[0, :20], batch[1, :4] = long, short
    with torch.inference_mode():
        together = encoder(batch)
        assert_same(together[0], encoder(long[None])[0])
        assert_same(together[1], encoder(short[None])[0])


def test_the_text_decides(encoder):
    one, other = encoder.backbone(torch.tensor([[3, 4, 5]])), encoder.backbone(torch.tensor([[3, 4, 6]]))
    assert not torch.allclose(one, other, atol=1e-3)


def test_features_are_the_mean_of_the_token_states(encoder):
    tokens = torch.tensor([[3, 4, 5]])
    states = encoder.backbone.model(input_ids=tokens).last_hidden_state
    assert_same(encoder.backbone(tokens), states.mean(dim=1))


def test_features_of_several_layers_stand_side_by_side():
    torch.manual_seed(0)
    encoder = TransformerTextEncoder(BERT | {"num_hidden_layers": 4}, width=12, pooled_layers=2).eval()
    tokens = torch.tensor([[3, 4, 5, 0], [6, 7, 8, 9]])
    mask = tokens != 0
    states = encoder.backbone.model(tokens, attention_mask=mask.long(), output_hidden_states=True).hidden_states
    expected = torch.cat([states[2][0, :3].mean(dim=0), states[4][0, :3].mean(dim=0)])
    assert encoder.backbone(tokens).shape == (2, encoder.features) == (2, 32)
    assert_same(encoder.backbone(tokens)[0], expected)


def test_more_layers_than_there_are_cannot_be_pooled():
    with pytest.raises(SettingError, match="pooled_text_layers is 4, but the bert has 3 layers"):
        TransformerTextEncoder(BERT, pooled_layers=4)


def test_padding_of_another_id():
    torch.manual_seed(0)
    encoder = TransformerTextEncoder(BERT | {"pad_token_id": 1}, width=12).eval()
    assert_same(encoder(torch.tensor([[3, 4, 1, 1]])), encoder(torch.tensor([[3, 4]])))


LAYERS = {"vocab_size": 50, "max_position_embeddings": 40, "pad_token_id": 0}
SMALL = LAYERS | {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}


@pytest.mark.parametrize(
    "config",
    [
        BERT,
        BERT | {"pad_token_id": 3},
        SMALL | {"model_type": "camembert", "pad_token_id": 1},
        LAYERS | {"model_type": "distilbert", "dim": 16, "n_layers": 2, "n_heads": 2, "hidden_dim": 32},
        SMALL | {"model_type": "electra", "embedding_size": 8},
        SMALL | {"model_type": "roberta", "pad_token_id": 1},
        SMALL | {"model_type": "xlm-roberta", "pad_token_id": 1},
    ],
    ids=lambda config: f"{config['model_type']}-{config['pad_token_id']}",
)
@pytest.mark.parametrize("layers", [1, 2])
def test_packed_it_gives_the_same(config, layers):
    torch.manual_seed(0)
    encoder = TransformerTextEncoder(config, width=12, pooled_layers=layers).eval()
    packed = encoder.packed()
    assert isinstance(packed.backbone, PackedTransformer)
    tokens = torch.randint(4, 50, (4, 30))
    for row, length in enumerate((30, 4, 1, 17)):
        tokens[row, length:] = config["pad_token_id"]
    with torch.inference_mode():
        before, actual, after = encoder(tokens), packed(tokens), encoder(tokens)
        assert_same(actual, before)
        assert_same(packed(tokens[2:3, :1]), actual[2:3])
    assert_same(after, before)  # which itself stays as it is


@pytest.mark.parametrize(
    "config",
    [
        SMALL | {"model_type": "modernbert", "local_attention": 8, "global_attn_every_n_layers": 2},  # sees near tokens
        SMALL | {"model_type": "mpnet", "pad_token_id": 1},  # has its positions in its attention
        BERT | {"is_decoder": True},  # looks back only
    ],
    ids=["modernbert", "mpnet", "decoder"],
)
def test_what_cannot_be_packed_stays_as_it_is(config):
    encoder = TransformerTextEncoder(config, width=12).eval()
    packed = encoder.packed()
    assert not isinstance(packed.backbone, PackedTransformer)
    tokens = torch.randint(4, 50, (2, 9))
    assert_same(packed(tokens), encoder(tokens))


def test_takes_features_where_the_backbone_is_taken_out(encoder):
    tokens = torch.tensor([[3, 4, 5]])
    features, whole = encoder.backbone(tokens), encoder(tokens)
    encoder.backbone = torch.nn.Identity()
    assert_same(encoder(features), whole)


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        (None, ([0, 1, 2], True)),
        (0, ([], False)),
        (1, ([2], False)),
        (2, ([1, 2], False)),
        (3, ([0, 1, 2], False)),
        (4, ([0, 1, 2], False)),  # more than there are
        (9, ([0, 1, 2], False)),
    ],
)
def test_tunes_the_last_layers(encoder, layers, expected):
    encoder.tune(layers)
    assert learning(encoder) == expected
    assert all(parameter.requires_grad for parameter in encoder.project.parameters())


def test_a_layer_that_is_not_tuned_has_no_gradient(encoder):
    encoder.tune(1)
    encoder(torch.tensor([[3, 4, 5]])).sum().backward()
    first, *_, last = encoder.backbone.model.encoder.layer
    assert all(parameter.grad is None for parameter in first.parameters())
    assert all(parameter.grad is not None for parameter in last.parameters())


def test_an_unknown_kind_of_transformer_is_refused():
    with pytest.raises(SettingError, match="cannot build a text encoder of type 'pigeon'"):
        TransformerTextEncoder({"model_type": "pigeon"})


def test_the_mean_of_the_states_is_the_pooled_text(encoder):
    tokens = torch.tensor([[3, 4, 5], [6, encoder.backbone.pad, encoder.backbone.pad]])
    states, filled = encoder.eval().states(tokens)
    assert filled.tolist() == [[True, True, True], [True, False, False]]
    assert_same(states[0].mean(dim=0), encoder.backbone(tokens)[0])
    assert_same(states[1, 0], encoder.backbone(tokens)[1])


DISTILBERT = {"dim": 16, "n_layers": 3, "n_heads": 2, "hidden_dim": 16}


@pytest.mark.parametrize("layers", [1, 3])
@pytest.mark.parametrize("kind", ["bert", "distilbert", "electra", "mpnet", "roberta"])
def test_frozen_layers_and_tuned_ones_are_the_whole(kind, layers):
    torch.manual_seed(0)
    encoder = TransformerTextEncoder(
        BERT | (DISTILBERT if kind == "distilbert" else {}) | {"model_type": kind}, width=8
    )
    encoder.eval().tune(layers)
    lower, upper = encoder.divided()
    tokens = torch.randint(1, 50, (3, 7))
    tokens[0, 4:] = tokens[2, 6:] = 0
    assert_same(upper(lower(tokens)), encoder.backbone(tokens))
    learns = {parameter for parameter in encoder.backbone.parameters() if parameter.requires_grad}
    assert learns == {parameter for parameter in upper.parameters() if parameter.requires_grad}
    assert not learns & set(lower.parameters())


def test_a_transformer_that_is_not_divided():
    encoder = TransformerTextEncoder(BERT, width=8, pooled_layers=2)
    encoder.tune(1)
    with pytest.raises(SettingError, match="cache_frozen_layers cannot be combined with pooled_text_layers=2"):
        encoder.divided()
    modern = {"num_hidden_layers": 2, "num_attention_heads": 2, "hidden_size": 16, "intermediate_size": 16}
    encoder = TransformerTextEncoder(
        modern | {"model_type": "modernbert", "vocab_size": 50, "pad_token_id": 0}, width=8
    )
    encoder.tune(1)
    with pytest.raises(SettingError, match="Leave out cache_frozen_layers"):
        encoder.divided()
