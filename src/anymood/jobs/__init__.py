"""Prediction of files of posts to one table, in constant memory and without torch."""

from typing import TYPE_CHECKING

from anymood.lazy_imports import lazy_imports

if TYPE_CHECKING:
    from anymood.jobs.job import JobSummary, predict_files

__all__ = ["JobSummary", "predict_files"]

__getattr__, __dir__ = lazy_imports(__name__, dict.fromkeys(__all__, "anymood.jobs.job"))  # which imports ONNX Runtime
