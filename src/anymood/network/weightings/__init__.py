"""Loss weightings by name: how the losses of the tasks become one."""

from typing import TYPE_CHECKING

from anymood.registry import Registry

if TYPE_CHECKING:
    from anymood.network.weighting import LossWeighting

WEIGHTINGS: Registry[type["LossWeighting"]] = Registry("loss weighting", "anymood.weightings", __name__)
