"""Methods for missing modalities, by name; each extends the single-task network."""

from typing import TYPE_CHECKING

from anymood.registry import Registry

if TYPE_CHECKING:
    from anymood.experiments.system import System

MISSING: Registry[type["System"]] = Registry("method for missing modalities", "anymood.missing", __name__)
