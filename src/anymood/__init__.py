"""Sentiment and emotion of social-media posts from their text, their image, or both.

::

    import anymood

    model = anymood.load()
    prediction = model.predict(text="best day ever", image="beach.jpg")
    prediction.label, prediction.probabilities, prediction.used
"""

from typing import TYPE_CHECKING

from anymood._version import __version__
from anymood.errors import (
    AnymoodError,
    BundleError,
    DamagedBundle,
    ExportError,
    ForeignBundle,
    ImageError,
    InputError,
    JobError,
    MissingExtra,
    NewerBundle,
    SettingError,
    TableError,
    TrainingError,
)
from anymood.labels import LabelSet
from anymood.lazy_imports import lazy_imports
from anymood.posts import ImageSource, Post, Prediction, Problem, Reason, Scores

if TYPE_CHECKING:
    from anymood.explanation.explain import explain
    from anymood.explanation.values import Explanation
    from anymood.reporting.report import report
    from anymood.runtime.loading import load
    from anymood.runtime.predictor import Model
else:
    __getattr__, __dir__ = lazy_imports(  # which import ONNX Runtime
        __name__,
        {
            "Explanation": "anymood.explanation.values",
            "Model": "anymood.runtime.predictor",
            "explain": "anymood.explanation.explain",
            "load": "anymood.runtime.loading",
            "report": "anymood.reporting.report",
        },
    )

__all__ = [
    "AnymoodError",
    "BundleError",
    "DamagedBundle",
    "Explanation",
    "ExportError",
    "ForeignBundle",
    "ImageError",
    "ImageSource",
    "InputError",
    "JobError",
    "LabelSet",
    "MissingExtra",
    "Model",
    "NewerBundle",
    "Post",
    "Prediction",
    "Problem",
    "Reason",
    "Scores",
    "SettingError",
    "TableError",
    "TrainingError",
    "__version__",
    "explain",
    "load",
    "report",
]
