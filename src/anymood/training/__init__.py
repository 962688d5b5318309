"""Training: from labelled posts to a run folder with a bundle. Needs ``anymood[train]``."""

from typing import TYPE_CHECKING

from anymood.lazy_imports import lazy_imports

if TYPE_CHECKING:
    from anymood.training.config import Recipe
    from anymood.training.data_sources import DataSources
    from anymood.training.run import resume, train
else:
    __getattr__, __dir__ = lazy_imports(
        __name__,
        {
            "DataSources": "anymood.training.data_sources",
            "Recipe": "anymood.training.config",
            "resume": "anymood.training.run",
            "train": "anymood.training.run",
        },
        extra="train",
        what="Training",
    )

__all__ = ["DataSources", "Recipe", "resume", "train"]
