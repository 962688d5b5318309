"""Image encoders by name. A name that no module here and no program registers is that of a timm model."""

from typing import TYPE_CHECKING

from anymood.registry import Registry

if TYPE_CHECKING:
    from anymood.network.encoder import ImageEncoder

DEFAULT_IMAGE_ENCODER = "tf_efficientnet_lite0"  # its ImageNet weights come with anymood[train]
IMAGE_ENCODERS: Registry[type["ImageEncoder"]] = Registry("image encoder", "anymood.image_encoders", __name__)


def image_encoder_kind(name: str) -> type["ImageEncoder"]:
    """The class of an image encoder."""
    return IMAGE_ENCODERS.get(name if name in IMAGE_ENCODERS else "timm")
