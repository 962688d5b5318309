"""Prediction of files of posts to one table, in constant memory and without torch."""

from typing import TYPE_CHECKING

from anymood.lazy_imports import lazy_imports

if TYPE_CHECKING:
    from anymood.jobs.image_fetcher import ImageFetcher
    from anymood.jobs.job import JobSummary, predict_files
else:
    __getattr__, __dir__ = lazy_imports(  # which import ONNX Runtime
        __name__,
        {
            "ImageFetcher": "anymood.jobs.image_fetcher",
            "JobSummary": "anymood.jobs.job",
            "predict_files": "anymood.jobs.job",
        },
    )

__all__ = ["ImageFetcher", "JobSummary", "predict_files"]
