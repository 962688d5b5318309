"""Sentiment and emotion of social-media posts from their text, their image, or both.

::

    import anymood

    model = anymood.load()
    prediction = model.predict(text="best day ever", image="beach.jpg")
    prediction.label, prediction.probabilities, prediction.used
"""

from anymood._version import __version__
from anymood.lazy_imports import lazy_imports

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

TYPE_CHECKING = False  # as in typing, whose import takes time
if TYPE_CHECKING:
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
    from anymood.explanation.explain import explain
    from anymood.explanation.values import Explanation
    from anymood.labels import LabelSet
    from anymood.posts import ImageSource, Post, Prediction, Problem, Reason, Scores
    from anymood.reporting.report import report
    from anymood.runtime.loading import load
    from anymood.runtime.predictor import Model
else:
    __getattr__, __dir__ = lazy_imports(
        __name__,
        dict.fromkeys(__all__, "anymood.errors")
        | dict.fromkeys(("ImageSource", "Post", "Prediction", "Problem", "Reason", "Scores"), "anymood.posts")
        | {module: f"anymood.{module}" for module in ("errors", "labels", "posts")}
        | {
            "Explanation": "anymood.explanation.values",
            "LabelSet": "anymood.labels",
            "Model": "anymood.runtime.predictor",
            "explain": "anymood.explanation.explain",
            "load": "anymood.runtime.loading",
            "report": "anymood.reporting.report",
        },
    )
