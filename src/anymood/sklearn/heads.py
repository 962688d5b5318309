"""Three classifiers on the features of a model: for posts with an image, with a text, and with both."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from anymood.evaluation.arrays import Floats
from anymood.runtime.features import Features

# Candidate classifiers by (has_image, has_text), in order of preference.
CANDIDATES = {
    (True, True): ("fused", "text", "image"),
    (False, True): ("text",),
    (True, False): ("image",),
    (False, False): (),
}


class Heads:
    """Logistic regressions on r_v, on r_t, and on both, each fitted to the posts with its modalities.

    Posts are routed by their presence pattern. A post with both is predicted by the classifier with the most classes.

    Args:
        classes: number of classes, C.
        settings: parameters of ``LogisticRegression``.

    Attributes:
        fitted: the classifiers by name; those without posts of two classes are absent.
    """

    def __init__(self, classes: int, settings: dict[str, Any]) -> None:
        self.classes = classes
        self.settings = settings
        self.fitted: dict[str, Pipeline] = {}

    def fit(self, features: Features, labels: NDArray[np.intp], weights: Floats | None) -> "Heads":
        """Fit to posts.

        Args:
            features: features of B posts.
            labels: class indices (B,).
            weights: weights of the posts (B,); posts of weight 0 are ignored.
        """
        counted = np.ones(len(features), np.bool_) if weights is None else weights > 0
        for name, (matrix, usable) in _views(features).items():
            chosen = usable & counted
            if len(np.unique(labels[chosen])) < 2:
                continue
            options = {} if weights is None else {"logisticregression__sample_weight": weights[chosen]}
            head = make_pipeline(StandardScaler(), LogisticRegression(**self.settings))
            self.fitted[name] = head.fit(matrix[chosen], labels[chosen], **options)
        return self

    @property
    def iterations(self) -> int:
        """Maximum number of iterations of the classifiers, 0 if none was fitted."""
        return max((int(head[-1].n_iter_.max()) for head in self.fitted.values()), default=0)

    def predict_proba(self, features: Features) -> Floats:
        """Probabilities (B, C); NaN for posts without a classifier."""
        probabilities = np.full((len(features), self.classes), np.nan)
        views = _views(features)
        for (image, text), candidates in CANDIDATES.items():
            chosen = (features.has_image == image) & (features.has_text == text)
            known = [name for name in candidates if name in self.fitted]
            if not known or not chosen.any():
                continue
            name = max(known, key=lambda name: len(self.fitted[name].classes_))  # the first of several
            head = self.fitted[name]
            rows = np.zeros((int(chosen.sum()), self.classes))
            rows[:, head.classes_] = head.predict_proba(views[name][0][chosen])
            probabilities[chosen] = rows
        return probabilities


def _views(features: Features) -> dict[str, tuple[Floats, NDArray[np.bool_]]]:
    """Features and mask of the posts of each classifier."""
    image, text = features.image.astype(np.float64), features.text.astype(np.float64)
    return {
        "fused": (np.hstack([image, text]), features.has_image & features.has_text),
        "text": (text, features.has_text),
        "image": (image, features.has_image),
    }
