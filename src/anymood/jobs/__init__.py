"""Prediction of whole tables, in memory that does not grow with their length; no torch."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from anymood.bulk.cluster import predict_tables
    from anymood.bulk.files import predict_files
    from anymood.bulk.frames import predict_dataframe

__all__ = ["predict_dataframe", "predict_files", "predict_tables"]

_FILES = {"predict_dataframe": "frames", "predict_files": "files", "predict_tables": "cluster"}


def __dir__() -> list[str]:
    return list(__all__)


def __getattr__(name: str) -> Any:
    """What is asked for, with what it needs: Daft, for data frames and for clusters."""
    if name not in _FILES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_FILES[name]}"), name)
