"""The visual network: any timm model, its classifier replaced by a layer to r_v (section 3.2)."""

from difflib import get_close_matches

import timm
from timm.models import group_parameters
from torch import Tensor, nn

from anymood.errors import SettingError

DEFAULT = "tf_efficientnet_lite0"  # its ImageNet weights come with anymood[train]


class ImageEncoder(nn.Module):
    """Pixels to the image representation r_v.

    ``backbone`` ends in globally pooled features; where it is frozen, training may compute them
    once and put ``nn.Identity`` in its place, so that the encoder takes features instead of pixels.

    Args:
        name: a timm model.
        width: width of r_v, D.

    Attributes:
        features: width of the pooled features, F.

    Shape: (V, 3, H, W) -> (V, D).

    Raises:
        SettingError: timm knows no model of that name.
    """

    def __init__(self, name: str = DEFAULT, width: int = 300) -> None:
        super().__init__()
        require_model(name)
        self.backbone: nn.Module = timm.create_model(name, pretrained=False, num_classes=0)
        self.features: int = self.backbone.num_features  # type: ignore[assignment]
        self.project = nn.Sequential(nn.Linear(self.features, width), nn.ReLU())

    def tune(self, stages: int | None) -> None:
        """Let only the last stages of the backbone learn, as timm groups them; None lets all learn.

        Normalisation layers of a backbone that is tuned in part keep their statistics.
        """
        if stages is None:
            return
        groups = group_parameters(self.backbone, self.backbone.group_matcher(coarse=True), reverse=True)  # type: ignore[operator]
        last = sorted(set(groups.values()))[-stages:] if stages else []
        for name, parameter in self.backbone.named_parameters():
            parameter.requires_grad_(groups[name] in last)

    def train(self, mode: bool = True) -> "ImageEncoder":
        """Training mode, but for the normalisation of a backbone that is tuned in part."""
        super().train(mode)
        if not all(parameter.requires_grad for parameter in self.backbone.parameters()):
            for module in self.backbone.modules():
                if isinstance(module, nn.modules.batchnorm._BatchNorm):
                    module.eval()
        return self

    def forward(self, pixels: Tensor) -> Tensor:
        """Representations r_v (V, D) of normalised pixels (V, 3, H, W)."""
        return self.project(self.backbone(pixels))  # type: ignore[no-any-return]


def require_model(name: str) -> None:
    """See that timm knows a model.

    Raises:
        SettingError: it does not; the message names those that are spelt alike.
    """
    if not timm.is_model(name):
        near = get_close_matches(name, timm.list_models(), 3, 0.5)
        hint = f" Did you mean {' or '.join(near)}?" if near else ""
        raise SettingError(f"timm has no image model {name!r}.{hint}")
