"""Prediction of tables through Daft, on this machine or on a Ray cluster, and of Daft's DataFrames; no torch."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from anymood.cluster.frames import predict_dataframe
    from anymood.cluster.job import predict_tables

__all__ = ["predict_dataframe", "predict_tables"]

_MODULES = {"predict_dataframe": "frames", "predict_tables": "job"}


def __dir__() -> list[str]:
    return list(__all__)


def __getattr__(name: str) -> Any:
    """What is asked for, and Daft with it."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
