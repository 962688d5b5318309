"""Prediction of tables through Daft, on this machine or on a Ray cluster, and of Daft's DataFrames; no torch."""

from typing import TYPE_CHECKING

from anymood.lazy_imports import lazy_imports

if TYPE_CHECKING:
    from anymood.cluster.frames import predict_dataframe
    from anymood.cluster.job import predict_tables
else:
    __getattr__, __dir__ = lazy_imports(  # both import Daft
        __name__, {"predict_dataframe": "anymood.cluster.frames", "predict_tables": "anymood.cluster.job"}
    )

__all__ = ["predict_dataframe", "predict_tables"]
