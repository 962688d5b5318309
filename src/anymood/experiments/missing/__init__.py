"""Methods by which a single-task network handles a missing modality, by name."""

from typing import TYPE_CHECKING

from anymood.registry import Registry

if TYPE_CHECKING:
    from anymood.experiments.system import System

MISSING: Registry[type["System"]] = Registry("method for missing modalities", "anymood.missing", __name__)
