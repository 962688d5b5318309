"""From labelled posts to a run folder with a bundle. Needs ``anymood[train]``."""

from typing import TYPE_CHECKING, Any

from anymood.errors import optional_dependency

if TYPE_CHECKING:
    from anymood.training.config import Recipe
    from anymood.training.data_sources import DataSources
    from anymood.training.run import resume, train

__all__ = ["DataSources", "Recipe", "resume", "train"]


def __dir__() -> list[str]:
    return list(__all__)


def __getattr__(name: str) -> Any:
    """What is asked for, with torch and lightning only where something is trained."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    with optional_dependency("Training", "train"):
        if name == "Recipe":
            from anymood.training.config import Recipe

            return Recipe
        if name == "DataSources":
            from anymood.training.data_sources import DataSources

            return DataSources
        from anymood.training import run

        return getattr(run, name)
