from pathlib import Path

import numpy as np
import pytest
import timm
import torch
from PIL import Image

from anymood.errors import SettingError
from anymood.network.image_weights import LITE_MEAN, LITE_STD, PACKAGED, load_image_weights, packaged_weights

EGYPTIAN_CAT = 285  # its ImageNet class


@pytest.mark.parametrize("name", PACKAGED)
def test_packaged_weights_know_the_cat(name: str) -> None:
    from skimage.data import chelsea

    model = timm.create_model(name).eval()
    model.load_state_dict(packaged_weights(name))
    side = timm.get_pretrained_cfg(name).input_size[-1]
    cat = Image.fromarray(chelsea()).resize((side * 451 // 300, side)).crop((side // 4, 0, side + side // 4, side))
    pixels = (np.asarray(cat, dtype=np.float32) / 255 - LITE_MEAN) / LITE_STD
    with torch.inference_mode():
        logits = model(torch.from_numpy(pixels.astype(np.float32)).permute(2, 0, 1)[None])
    assert logits.argmax().item() == EGYPTIAN_CAT


def test_weights_go_into_a_model_without_its_classifier() -> None:
    backbone = timm.create_model("tf_efficientnet_lite0", num_classes=0)
    load_image_weights(backbone, "tf_efficientnet_lite0", "packaged")
    weights = packaged_weights("tf_efficientnet_lite0")
    assert torch.equal(backbone.conv_stem.weight, weights["conv_stem.weight"])
    assert torch.equal(backbone.bn2.running_var, weights["bn2.running_var"])


def test_old_torchvision_names_of_a_densenet(tmp_path: Path) -> None:
    torch.manual_seed(0)
    source = timm.create_model("densenet121").state_dict()
    old = {
        key.replace(".norm1.", ".norm.1.")
        .replace(".norm2.", ".norm.2.")
        .replace(".conv1.", ".conv.1.")
        .replace(".conv2.", ".conv.2."): value
        for key, value in source.items()
    }
    assert "features.denseblock1.denselayer1.norm.1.weight" in old
    torch.save({"state_dict": old}, tmp_path / "densenet.pth")
    backbone = timm.create_model("densenet121", num_classes=0)
    load_image_weights(backbone, "densenet121", str(tmp_path / "densenet.pth"))
    for key, value in backbone.state_dict().items():
        assert torch.equal(value, source[key]), key


def test_weights_that_cannot_be_used(tmp_path: Path) -> None:
    backbone = timm.create_model("tf_efficientnet_lite0", num_classes=0)

    def load(source: str, name: str = "tf_efficientnet_lite0") -> None:
        load_image_weights(backbone, name, source)

    with pytest.raises(SettingError, match="no image weights at"):
        load(str(tmp_path / "none.pth"))
    (tmp_path / "text.pth").write_text("hello")
    with pytest.raises(SettingError, match="no PyTorch checkpoint"):
        load(str(tmp_path / "text.pth"))
    torch.save({"weight": torch.zeros(2)}, tmp_path / "other.pth")
    with pytest.raises(SettingError, match="do not fit tf_efficientnet_lite0"):
        load(str(tmp_path / "other.pth"))
    with pytest.raises(SettingError, match="No package ships ImageNet weights for densenet121"):
        load("packaged", "densenet121")
