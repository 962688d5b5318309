"""Prediction of whole tables, in memory that does not grow with their length; no torch."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from anymood.bulk.cluster import predict_tables
    from anymood.bulk.files import predict_files
    from anymood.bulk.frames import predict_dataframe

__all__ = ["predict_dataframe", "predict_files", "predict_tables"]


def __getattr__(name: str) -> Any:
    """What is asked for, with what it needs: Daft, for data frames and for clusters."""
    if name == "predict_dataframe":
        from anymood.bulk.frames import predict_dataframe

        return predict_dataframe
    if name == "predict_tables":
        from anymood.bulk.cluster import predict_tables

        return predict_tables
    if name == "predict_files":
        from anymood.bulk.files import predict_files

        return predict_files
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
