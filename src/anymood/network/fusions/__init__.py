"""Fusions by name."""

from typing import TYPE_CHECKING

from anymood.registry import Registry

if TYPE_CHECKING:
    from anymood.network.fusion import Fusion

FUSIONS: Registry[type["Fusion"]] = Registry("fusion", "anymood.fusions", __name__)
