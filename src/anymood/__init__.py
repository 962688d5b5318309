"""Sentiment and emotion of social-media posts from text, image, or both, whichever is there.

::

    import anymood

    model = anymood.load()
    prediction = model.predict(text="best day ever", image="beach.jpg")
    prediction.label, prediction.probabilities, prediction.used
"""

import os
from typing import TYPE_CHECKING, Any

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
from anymood.posts import ImageSource, Post, Prediction, Problem, Reason, Scores

if TYPE_CHECKING:
    from collections.abc import Mapping

    from anymood.runtime.predictor import Model

__all__ = [
    "AnymoodError",
    "BundleError",
    "DamagedBundle",
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
    "load",
]


def load(
    model: str | os.PathLike[str] = "sentiment",
    *,
    threads: int | None = None,
    engine: str | None = None,
    prior: "Mapping[str, float] | None" = None,
) -> "Model":
    """Load a model, offline.

    Args:
        model: the name of a bundled model, or the folder of a bundle or of a training run.
        threads: cores to keep busy; by default those that this process may use.
        engine: what runs the graphs, ``"onnxruntime"`` or ``"openvino"``; by default the faster of
            those that are installed.
        prior: shares of the labels among the posts to predict, such as ``{"negative": 0.2, "neutral": 0.5,
            "positive": 0.3}``, where they are known to differ from those that the model was trained for; its
            probabilities are then adjusted by Bayes' theorem.

    Raises:
        SettingError: there is no such model (the message lists the bundled ones) or engine, ``threads`` is no whole
            number from 1, or the prior does not fit the model's labels.
        BundleError: the folder is no bundle, is damaged, or is in a later format.
        MissingExtra: the engine is not installed.
    """
    from anymood.runtime.bundle import Bundle
    from anymood.runtime.finding import find_bundle
    from anymood.runtime.predictor import Model

    return Model(Bundle.open(find_bundle(model)), threads, engine, prior)


def __dir__() -> list[str]:
    return list(__all__)


def __getattr__(name: str) -> Any:
    """``Model``, which brings ONNX Runtime with it, once somebody asks for it."""
    if name == "Model":
        from anymood.runtime.predictor import Model

        return Model
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
