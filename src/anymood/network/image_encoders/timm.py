"""Any model of timm as the visual network, its classifier replaced by a layer to r_v (section 3.2)."""

from collections.abc import Sequence
from difflib import get_close_matches

import timm
from timm.models import group_parameters
from torch import Tensor, nn

from anymood.errors import SettingError
from anymood.network.encoder import ImageEncoder
from anymood.network.image_encoders import IMAGE_ENCODERS
from anymood.network.image_weights import LITE_MEAN, LITE_STD, PACKAGED
from anymood.preparation.image import ImagePreparation


@IMAGE_ENCODERS.register("timm")
class TimmImageEncoder(ImageEncoder):
    """Pixels to r_v by a model of timm: (V, 3, H, W) -> (V, D)."""

    @classmethod
    def build(cls, name: str) -> tuple[nn.Module, int]:
        require_model(name)
        backbone: nn.Module = timm.create_model(name, pretrained=False, num_classes=0)
        return backbone, backbone.num_features  # type: ignore[return-value]

    @classmethod
    def preparation(cls, name: str) -> ImagePreparation:
        require_model(name)
        known = timm.get_pretrained_cfg(name)
        if known is None:
            raise SettingError(f"timm does not say which input {name!r} expects. Name another model.")
        expected = known.to_dict()  # type: ignore[no-untyped-call]
        side = expected["input_size"][-1]
        mean, std = tuple(expected["mean"]), tuple(expected["std"])
        if name in PACKAGED:
            mean, std = (LITE_MEAN,) * 3, (LITE_STD,) * 3
        bilinear = expected["interpolation"] == "bilinear"
        return ImagePreparation(
            side=side,
            resize=round(side / expected["crop_pct"]),
            mean=mean,
            std=std,
            interpolation="bilinear" if bilinear else "bicubic",
        )

    def regions(self, pixels: Tensor) -> Tensor:
        """Features (V, R, F) of the cells of the last map, or of the patches."""
        features = self.backbone.forward_features(pixels)  # type: ignore[operator]
        if features.ndim == 4 and features.shape[1] == self.features:  # (V, F, H, W)
            features = features.permute(0, 2, 3, 1)
        return features.flatten(1, -2)  # type: ignore[no-any-return]

    def stages(self) -> Sequence[Sequence[nn.Parameter]]:
        groups = group_parameters(self.backbone, self.backbone.group_matcher(coarse=True), reverse=True)  # type: ignore[operator]
        stages: dict[int, list[nn.Parameter]] = {stage: [] for stage in sorted(set(groups.values()))}
        for name, parameter in self.backbone.named_parameters():
            stages[groups[name]].append(parameter)
        return list(stages.values())

    def divided(self) -> tuple[nn.Module, nn.Module]:
        chain = _chain(self.backbone)
        if not chain:
            return super().divided()
        tuned = (any(parameter.requires_grad for parameter in layer.parameters()) for layer in chain)
        first = list(tuned).index(True)
        return nn.Sequential(*chain[:first]), nn.Sequential(*chain[first:])


def _chain(backbone: nn.Module) -> list[nn.Module]:
    """Layers of a model, each of which reads the output of the previous one; empty if this is unknown."""
    if hasattr(backbone, "as_sequential"):  # EfficientNet, MobileNet
        return list(backbone.as_sequential())  # type: ignore[operator]
    if isinstance(backbone, timm.models.DenseNet):
        return [*backbone.features, backbone.global_pool]
    return []


def require_model(name: str) -> None:
    """Check that timm has a model.

    Raises:
        SettingError: it does not; the message lists similar names.
    """
    if not timm.is_model(name):
        near = get_close_matches(name, timm.list_models(), 3, 0.5)
        hint = f" Did you mean {' or '.join(near)}?" if near else ""
        raise SettingError(f"timm has no image model {name!r}.{hint}")
