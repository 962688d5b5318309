import pytest
import torch

from anymood.errors import SettingError
from anymood.network.image_encoder import ImageEncoder


def test_gives_the_representation() -> None:
    torch.manual_seed(0)
    encoder = ImageEncoder("tf_efficientnet_lite0", width=300).eval()
    assert encoder.features == 1280
    assert encoder(torch.zeros(2, 3, 64, 64)).shape == (2, 300)


def test_takes_features_where_the_backbone_is_taken_out() -> None:
    torch.manual_seed(0)
    encoder = ImageEncoder("tf_efficientnet_lite0").eval()
    pixels = torch.randn(2, 3, 64, 64)
    features, whole = encoder.backbone(pixels), encoder(pixels)
    encoder.backbone = torch.nn.Identity()
    torch.testing.assert_close(encoder(features), whole)


def test_an_unknown_model_names_near_ones() -> None:
    with pytest.raises(SettingError, match="no image model 'densnet121'. Did you mean .*densenet121"):
        ImageEncoder("densnet121")
