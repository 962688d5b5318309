import pytest
import torch
from same import assert_same

from anymood.errors import SettingError
from anymood.network.multitask import Architecture, Logits, MultitaskNetwork


@pytest.fixture(scope="module")
def network() -> MultitaskNetwork:
    torch.manual_seed(0)
    return MultitaskNetwork(Architecture(classes=3, text_settings={"vocabulary": 40})).eval()


@pytest.fixture(scope="module")
def posts() -> tuple[torch.Tensor, torch.Tensor]:
    torch.manual_seed(1)
    return torch.randn(4, 3, 64, 64), torch.randint(1, 40, (4, 7))


def test_classifiers_have_the_papers_units(network: MultitaskNetwork) -> None:
    def units(classifier: torch.nn.Module) -> list[int]:
        return [layer.out_features for layer in classifier if isinstance(layer, torch.nn.Linear)]

    assert units(network.image_classifier) == units(network.text_classifier) == [224, 128, 3]
    assert units(network.fused_classifier) == [224, 128, 3]
    assert network.fusion.width == 600


def test_a_mixed_batch_equals_single_posts(network: MultitaskNetwork, posts: tuple[torch.Tensor, torch.Tensor]) -> None:
    pixels, tokens = posts
    # pair, lone text, lone image, pair
    has_image = torch.tensor([True, False, True, True])
    has_text = torch.tensor([True, True, False, True])
    with torch.inference_mode():
        mixed = network(pixels[has_image], tokens[has_text], has_image, has_text)
        pairs = [_pair(network, pixels[i : i + 1], tokens[i : i + 1]) for i in range(4)]
    assert mixed.image.shape == (3, 3)
    assert mixed.text.shape == (3, 3)
    assert mixed.fused.shape == (2, 3)
    assert_same(mixed.image, torch.cat([pairs[i].image for i in (0, 2, 3)]))
    assert_same(mixed.text, torch.cat([pairs[i].text for i in (0, 1, 3)]))
    assert_same(mixed.fused, torch.cat([pairs[i].fused for i in (0, 3)]))


def _pair(network: MultitaskNetwork, pixels: torch.Tensor, tokens: torch.Tensor) -> Logits:
    yes = torch.ones(1, dtype=torch.bool)
    logits: Logits = network(pixels, tokens, yes, yes)
    return logits


@pytest.mark.parametrize("modality", ["image", "text"])
def test_a_batch_of_one_modality_alone(
    network: MultitaskNetwork, posts: tuple[torch.Tensor, torch.Tensor], modality: str
) -> None:
    pixels, tokens = posts
    yes, no = torch.ones(4, dtype=torch.bool), torch.zeros(4, dtype=torch.bool)
    if modality == "image":
        logits = network(pixels, torch.empty(0), yes, no)
        assert (len(logits.image), len(logits.text), len(logits.fused)) == (4, 0, 0)
    else:
        logits = network(torch.empty(0), tokens, no, yes)
        assert (len(logits.image), len(logits.text), len(logits.fused)) == (0, 4, 0)


def test_architecture_survives_json() -> None:
    architecture = Architecture(classes=6, text_settings={"vocabulary": 9, "windows": [2, 3]}, dropout=0.1)
    assert Architecture.from_dict(architecture.to_dict()) == architecture
    with pytest.raises(SettingError, match="cannot be read"):
        Architecture.from_dict({"classes": 3, "text_settings": {}, "depth": 2})


def test_an_unknown_text_encoder_is_refused() -> None:
    with pytest.raises(SettingError, match="'lstm'. Available: cnn, static, transformer"):
        MultitaskNetwork(Architecture(classes=3, text_settings={}, text_encoder="lstm"))


def test_a_modality_that_is_hidden_in_training_is_absent_to_the_fusion(
    posts: tuple[torch.Tensor, torch.Tensor],
) -> None:
    torch.manual_seed(0)
    settings = {"vocabulary": 40, "embedding": 8, "filters": 4, "dropout": 0.0}
    network = MultitaskNetwork(Architecture(classes=3, text_settings=settings, fusion="gated", modality_dropout=0.7))
    with torch.inference_mode():
        r_v, r_t = torch.rand(50, 300), torch.rand(50, 300)
        kinds = (network.fuse(r_v, r_t), network.fuse(r_v, None), network.fuse(None, r_t))
        drawn = network._fuse_with_dropout(r_v, r_t)
        same = torch.stack([(drawn - kind).abs().amax(dim=1) < 1e-5 for kind in kinds])
    assert same.sum(dim=0).tolist() == [1] * 50
    assert all(5 <= count <= 30 for count in same.sum(dim=1).tolist())  # 15, 17.5 and 17.5 on average
    everything = torch.ones(4, dtype=torch.bool)
    network.eval()
    with torch.inference_mode():
        logits = network(*posts, everything, everything)
        assert_same(logits.fused, network.fuse(network.encode_image(posts[0]), network.encode_text(posts[1])))


def test_an_unknown_part_is_reported_with_those_that_there_are() -> None:
    with pytest.raises(SettingError, match=r"no fusion 'magic'. Available: .*concatenation.*tensor"):
        MultitaskNetwork(Architecture(classes=3, text_settings={"vocabulary": 9}, fusion="magic"))
    with pytest.raises(SettingError, match=r"no text encoder 'lstm'. Available: cnn, static, transformer"):
        MultitaskNetwork(Architecture(classes=3, text_settings={}, text_encoder="lstm"))
