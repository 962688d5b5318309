"""Text encoders by name."""

from typing import TYPE_CHECKING

from anymood.registry import Registry

if TYPE_CHECKING:
    from anymood.network.encoder import TextEncoder

TEXT_ENCODERS: Registry[type["TextEncoder"]] = Registry("text encoder", "anymood.text_encoders", __name__)
