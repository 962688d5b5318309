"""Estimators for scikit-learn: a classifier and a transformer of posts, whose text or image may be missing.

::

    from anymood.sklearn import MoodClassifier

    classifier = MoodClassifier().fit(texts, labels)
    cross_val_score(MoodClassifier(), frame, labels)  # a data frame with columns text and image

Needs the optional dependency ``sklearn``.
"""

from typing import TYPE_CHECKING

from anymood.lazy_imports import lazy_imports

if TYPE_CHECKING:
    from anymood.sklearn.classifier import MoodClassifier
    from anymood.sklearn.features import MoodFeatures
else:
    __getattr__, __dir__ = lazy_imports(
        __name__,
        {"MoodClassifier": "anymood.sklearn.classifier", "MoodFeatures": "anymood.sklearn.features"},
        extra="sklearn",
    )

__all__ = ["MoodClassifier", "MoodFeatures"]
