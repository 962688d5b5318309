from itertools import pairwise

import pytest
import torch
from same import assert_same

from anymood.errors import SettingError
from anymood.network.image_encoders.timm import TimmImageEncoder


def test_gives_the_representation() -> None:
    torch.manual_seed(0)
    encoder = TimmImageEncoder("tf_efficientnet_lite0", width=300).eval()
    assert encoder.features == 1280
    assert encoder(torch.zeros(2, 3, 64, 64)).shape == (2, 300)


def test_takes_features_where_the_backbone_is_taken_out() -> None:
    torch.manual_seed(0)
    encoder = TimmImageEncoder("tf_efficientnet_lite0").eval()
    pixels = torch.randn(2, 3, 64, 64)
    features, whole = encoder.backbone(pixels), encoder(pixels)
    encoder.backbone = torch.nn.Identity()
    assert_same(encoder(features), whole)


def test_an_unknown_model_names_near_ones() -> None:
    with pytest.raises(SettingError, match="no image model 'densnet121'. Did you mean .*densenet121"):
        TimmImageEncoder("densnet121")


def learning(encoder: TimmImageEncoder) -> set[str]:
    return {name for name, parameter in encoder.backbone.named_parameters() if parameter.requires_grad}


def test_without_stages_all_of_the_backbone_learns() -> None:
    encoder = TimmImageEncoder("test_efficientnet")
    encoder.tune(None)
    assert learning(encoder) == {name for name, _ in encoder.backbone.named_parameters()}


def test_tunes_the_last_stages() -> None:
    parts = []
    for stages in range(8):
        encoder = TimmImageEncoder("test_efficientnet")
        encoder.tune(stages)
        parts.append(learning(encoder))
        assert all(parameter.requires_grad for parameter in encoder.project.parameters())
    assert parts[0] == set()
    assert all(fewer <= more for fewer, more in pairwise(parts))
    assert {"conv_head.weight", "bn2.weight"} <= parts[1]
    assert "conv_stem.weight" not in parts[1]
    assert parts[7] == {name for name, _ in encoder.backbone.named_parameters()}  # more than there are


@pytest.mark.parametrize("name", ["densenet121", "test_resnet", "test_vit"])
def test_tunes_the_last_stage_of_other_models(name: str) -> None:
    encoder = TimmImageEncoder(name)
    encoder.tune(1)
    assert set() < learning(encoder) < {name for name, _ in encoder.backbone.named_parameters()}


def test_a_backbone_tuned_in_part_keeps_its_statistics() -> None:
    torch.manual_seed(0)
    encoder = TimmImageEncoder("test_efficientnet")
    encoder.tune(1)
    encoder.train()
    assert encoder.training
    before = {name: tensor.clone() for name, tensor in encoder.backbone.named_buffers()}
    encoder(torch.randn(4, 3, 32, 32)).sum().backward()
    assert before
    for name, tensor in encoder.backbone.named_buffers():
        torch.testing.assert_close(tensor, before[name], rtol=0, atol=0)
    learnt = {name for name, parameter in encoder.backbone.named_parameters() if parameter.grad is not None}
    assert learnt == learning(encoder)


def test_a_backbone_tuned_wholly_follows_the_data() -> None:
    torch.manual_seed(0)
    encoder = TimmImageEncoder("test_efficientnet").train()
    before = encoder.backbone.bn1.running_mean.clone()
    encoder(torch.randn(4, 3, 32, 32))
    assert not torch.equal(encoder.backbone.bn1.running_mean, before)
    encoder.eval()
    assert not any(module.training for module in encoder.modules())


@pytest.mark.parametrize("name", ["test_efficientnet", "test_vit"])
def test_regions_are_distinguished_and_their_mean_is_the_pooled_image(name) -> None:
    torch.manual_seed(0)
    encoder = TimmImageEncoder(name).eval()
    pixels = torch.randn(2, 3, 160, 160)
    regions = encoder.regions(pixels)
    assert regions.shape[0] == 2
    assert regions.shape[1] > 1
    assert regions.shape[2] == encoder.features
    if name == "test_efficientnet":
        assert_same(regions.mean(dim=1), encoder.backbone(pixels))


@pytest.mark.parametrize(("name", "stages"), [("test_efficientnet", 1), ("test_efficientnet", 3), ("densenet121", 2)])
def test_frozen_layers_and_tuned_ones_are_the_whole(name: str, stages: int) -> None:
    torch.manual_seed(0)
    encoder = TimmImageEncoder(name, width=8).eval()
    encoder.tune(stages)
    lower, upper = encoder.divided()
    pixels = torch.randn(2, 3, 64, 64)
    assert_same(upper(lower(pixels)), encoder.backbone(pixels))
    tuned = {parameter for parameter in encoder.backbone.parameters() if parameter.requires_grad}
    assert set(upper.parameters()) == tuned
    assert not tuned & set(lower.parameters())


def test_tuned_layers_alone_keep_their_statistics() -> None:
    encoder = TimmImageEncoder("test_efficientnet", width=8)
    encoder.tune(1)
    _, encoder.backbone = encoder.divided()
    encoder.train()
    norms = [module for module in encoder.modules() if isinstance(module, torch.nn.modules.batchnorm._BatchNorm)]
    assert norms
    assert not any(module.training for module in norms)


def test_a_model_whose_layers_are_not_a_chain_is_not_divided() -> None:
    encoder = TimmImageEncoder("test_vit", width=8)
    encoder.tune(1)
    with pytest.raises(SettingError, match="of VisionTransformer cannot be computed separately.*cache_frozen_layers"):
        encoder.divided()
