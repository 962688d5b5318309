import copy
import errno
import os

import pytest
import timm
import torch
from same import assert_same
from torch import nn

from anymood.training import trainer
from anymood.training.config import Recipe
from anymood.training.trainer import AtomicCheckpoints, fast_depthwise, precision


@pytest.fixture
def network():
    torch.manual_seed(0)
    return timm.create_model("tf_efficientnet_lite0", num_classes=0).eval()


def test_only_slow_depthwise_convolutions_compute_in_float32(network):
    kinds = {name: type(module) for name, module in network.named_modules()}
    with fast_depthwise(network):
        changed = {name for name, module in network.named_modules() if type(module) is not kinds[name]}
    assert "blocks.1.0.conv_dw" in changed  # a stride of two
    assert "blocks.4.1.conv_dw" in changed  # five by five
    assert not [name for name in changed if "conv_dw" not in name]
    assert "blocks.3.1.conv_dw" not in changed  # three by three, no stride
    assert {name: type(module) for name, module in network.named_modules()} == kinds


def test_results_and_names_stay(network):
    pixels = torch.randn(1, 3, 64, 64)
    names = list(network.state_dict())
    plain = network(pixels)
    with fast_depthwise(network):
        assert_same(network(pixels), plain)
        assert list(network.state_dict()) == names
        copied = copy.deepcopy(network)
        with torch.no_grad():
            network.conv_stem.weight.zero_()
        assert_same(copied(pixels), plain)  # a copy has convolutions of its own
        with torch.autocast("cpu", torch.bfloat16):
            convolution, inputs = copied.blocks[1][0].conv_dw, torch.randn(1, 96, 16, 16, dtype=torch.bfloat16)
            assert convolution(inputs).dtype == torch.bfloat16
        exact = nn.functional.conv2d(
            nn.functional.pad(inputs.float(), (0, 1, 0, 1)), convolution.weight, stride=2, groups=96
        )
    assert_same(convolution(inputs.float()), exact)


def test_the_classes_come_back_after_an_error(network):
    kind = type(network.blocks[1][0].conv_dw)
    with pytest.raises(RuntimeError, match="stop"), fast_depthwise(network):
        raise RuntimeError("stop")
    assert type(network.blocks[1][0].conv_dw) is kind


def test_precision_is_as_requested():
    assert precision(Recipe(precision="32-true")) == "32-true"
    assert precision(Recipe(accelerator="cpu")) in {"bf16-mixed", "32-true"}


def test_on_intel_cpus_without_amx_only_tuned_image_encoders_train_in_bfloat16(monkeypatch):
    monkeypatch.setattr(torch.ops.mkldnn, "_is_mkldnn_bf16_supported", lambda: True)
    both, text = Recipe(accelerator="cpu"), Recipe(accelerator="cpu", tuned_image_stages=0)
    monkeypatch.setattr(trainer, "lacks_amx", lambda: True)
    assert (precision(both), precision(text)) == ("bf16-mixed", "32-true")
    monkeypatch.setattr(trainer, "lacks_amx", lambda: False)
    assert precision(text) == "bf16-mixed"


def test_a_checkpoint_that_cannot_be_written_leaves_the_one_before(tmp_path, monkeypatch):
    path = tmp_path / "checkpoints" / "last.ckpt"
    AtomicCheckpoints().save_checkpoint({"epoch": 1}, path)

    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        AtomicCheckpoints().save_checkpoint({"epoch": 2}, path)
    assert torch.load(path, weights_only=True) == {"epoch": 1}
    assert [each.name for each in path.parent.iterdir()] == ["last.ckpt"]
