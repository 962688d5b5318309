"""Prediction of files of posts to one table, in constant memory and without torch."""

from typing import TYPE_CHECKING

from anymood.lazy_imports import lazy_imports

if TYPE_CHECKING:
    from anymood.jobs.job import JobSummary, predict_files
else:
    __getattr__, __dir__ = lazy_imports(  # the module imports ONNX Runtime
        __name__, dict.fromkeys(("JobSummary", "predict_files"), "anymood.jobs.job")
    )

__all__ = ["JobSummary", "predict_files"]
