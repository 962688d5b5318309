"""Estimators for scikit-learn: a classifier and a transformer of posts, whose text or image may be missing.

::

    from anymood.sklearn import MoodClassifier

    classifier = MoodClassifier().fit(texts, labels)
    cross_val_score(MoodClassifier(), frame, labels)  # a data frame with columns text and image

Needs the optional dependency ``sklearn``.
"""

from typing import TYPE_CHECKING, Any

from anymood.errors import optional_dependency

if TYPE_CHECKING:
    from anymood.sklearn.classifier import MoodClassifier
    from anymood.sklearn.features import MoodFeatures

__all__ = ["MoodClassifier", "MoodFeatures"]


def __dir__() -> list[str]:
    return list(__all__)


def __getattr__(name: str) -> Any:
    """What is asked for, with scikit-learn only then."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    with optional_dependency(f"anymood.sklearn.{name}", "sklearn"):
        from anymood.sklearn.classifier import MoodClassifier
        from anymood.sklearn.features import MoodFeatures
    return {"MoodClassifier": MoodClassifier, "MoodFeatures": MoodFeatures}[name]
