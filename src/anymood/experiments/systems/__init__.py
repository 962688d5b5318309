"""Systems to which the paper is compared, by name; all are trained on the features of frozen encoders."""

from typing import TYPE_CHECKING

from anymood.registry import Registry

if TYPE_CHECKING:
    from anymood.experiments.system import System

SYSTEMS: Registry[type["System"]] = Registry("system", "anymood.systems", __name__)
