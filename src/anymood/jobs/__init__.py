"""Prediction of files of posts to one table, in memory that does not grow with their length; no torch."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from anymood.jobs.job import JobSummary, predict_files

__all__ = ["JobSummary", "predict_files"]


def __dir__() -> list[str]:
    return list(__all__)


def __getattr__(name: str) -> Any:
    """What is asked for, and ONNX Runtime with it."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.job"), name)
