from pathlib import Path

import huggingface_hub
import numpy as np
import pytest
import timm
import torch
from PIL import Image

from anymood.errors import SettingError
from anymood.network.image_weights import (
    LITE_MEAN,
    LITE_STD,
    PACKAGED,
    load_image_weights,
    packaged_weights,
    read_checkpoint,
)

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
    with pytest.raises(SettingError, match="not a PyTorch checkpoint"):
        load(str(tmp_path / "text.pth"))
    torch.save({"weight": torch.zeros(2)}, tmp_path / "other.pth")
    with pytest.raises(SettingError, match="do not fit tf_efficientnet_lite0"):
        load(str(tmp_path / "other.pth"))
    with pytest.raises(SettingError, match="No package ships ImageNet weights for densenet121"):
        load("packaged", "densenet121")


@pytest.mark.parametrize("content", [[torch.zeros(2)], torch.zeros(2), {"state_dict": [torch.zeros(2)]}])
def test_a_checkpoint_of_something_else(tmp_path: Path, content: object) -> None:
    torch.save(content, tmp_path / "other.pt")
    with pytest.raises(SettingError, match=r"other.pt contains a (list|Tensor), not the tensors of a model"):
        read_checkpoint(tmp_path / "other.pt")


def test_what_a_checkpoint_holds_beside_tensors_is_left(tmp_path: Path) -> None:
    torch.save({"weight": torch.zeros(2), "epoch": 3, 4: torch.ones(1)}, tmp_path / "mixed.pt")
    assert list(read_checkpoint(tmp_path / "mixed.pt")) == ["weight"]


def test_a_damaged_safetensors_file(tmp_path: Path) -> None:
    (tmp_path / "cut.safetensors").write_bytes(b"\xff\x00\x00\x00\x00\x00\x00\x00{")
    with pytest.raises(SettingError, match=r"cut.safetensors is damaged, or not a safetensors file"):
        read_checkpoint(tmp_path / "cut.safetensors")


def test_timm_without_a_network(monkeypatch: pytest.MonkeyPatch) -> None:
    backbone = timm.create_model("densenet121", num_classes=0)

    def unreachable(*_: object, **__: object) -> None:
        raise ConnectionError("name not known\nat all")

    monkeypatch.setattr(huggingface_hub, "get_hf_file_metadata", unreachable)
    monkeypatch.setattr(timm, "create_model", lambda *_, **__: pytest.fail("timm tries for most of a minute"))
    message = (
        r"for densenet121 \(ConnectionError: name not known\)\. Without .*--image-weights the path .*or use packaged"
    )
    with pytest.raises(SettingError, match=f"timm cannot fetch image weights {message}"):
        load_image_weights(backbone, "densenet121", "timm")


def test_weights_that_the_hub_does_not_have(monkeypatch: pytest.MonkeyPatch) -> None:
    backbone = timm.create_model("densenet121", num_classes=0)

    def lacking(*_: object, **__: object) -> None:
        raise FileNotFoundError("no such file")

    monkeypatch.setattr(huggingface_hub, "get_hf_file_metadata", lambda *_, **__: None)
    monkeypatch.setattr(timm, "create_model", lacking)
    with pytest.raises(SettingError, match=r"densenet121 \(FileNotFoundError: no such file\)"):
        load_image_weights(backbone, "densenet121", "timm")
