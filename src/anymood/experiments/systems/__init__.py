"""The systems that the paper stands beside, by name; each learns from the features of frozen encoders."""

from typing import TYPE_CHECKING

from anymood.registry import Registry

if TYPE_CHECKING:
    from anymood.experiments.system import System

FIELD: Registry[type["System"]] = Registry("system", "anymood.systems", __name__)
