"""``MoodFeatures``: representations of posts, as a step of a pipeline."""

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from anymood.runtime.batches import WINDOW
from anymood.sklearn.models import load_model
from anymood.sklearn.posts import read_posts, tagged

PARTS = {"image": ("r_v",), "text": ("r_t",), "fused": ("r_v", "r_t")}


class MoodFeatures(TransformerMixin, BaseEstimator):
    """A transformer from posts to the representations of a trained model.

    ``X`` is as for ``MoodClassifier``. Nothing is fitted. ::

        make_pipeline(MoodFeatures(), StandardScaler(), LogisticRegression())

    Args:
        base: the model: a bundled model's name, or the folder of a bundle or of a training run.
        representation: ``"image"`` for r_v, ``"text"`` for r_t, or ``"fused"`` for both side by side, which the paper
            calls L-Fus.
        missing_value: value of the features of a missing image or text; ``numpy.nan`` for an imputer or an estimator
            that supports it.
        add_indicator: whether to add an indicator column for each modality, 1 if it is present, else 0.
        text: name of a data frame's column of texts; None if there is none.
        image: name of its column of images; None if there is none.
        threads: number of threads; by default all cores that this process may use.
        engine: engine of the encoders, ``"onnxruntime"`` or ``"openvino"``.

    Attributes:
        base_digest_: digest of the model.
        width_: number of features of each modality, D.
    """

    def __init__(
        self,
        base: str = "sentiment",
        *,
        representation: Literal["fused", "image", "text"] = "fused",
        missing_value: float = 0.0,
        add_indicator: bool = True,
        text: str | None = "text",
        image: str | None = "image",
        threads: int | None = None,
        engine: str | None = None,
    ) -> None:
        self.base = base
        self.representation = representation
        self.missing_value = missing_value
        self.add_indicator = add_indicator
        self.text = text
        self.image = image
        self.threads = threads
        self.engine = engine

    def __sklearn_tags__(self) -> Any:
        tags = tagged(super().__sklearn_tags__())
        tags.transformer_tags.preserves_dtype = []  # posts have none
        return tags

    def fit(self, X: Any, y: Any = None) -> "MoodFeatures":
        """Check the parameters and the posts, and load the model.

        Raises:
            ValueError: there is no such representation, or X is empty.
            TypeError: X does not contain posts.
            AnymoodError: a column is missing, or the model cannot be loaded.
        """
        if self.representation not in PARTS:
            raise ValueError(f"representation is {self.representation!r}. Give one of {', '.join(PARTS)}.")
        read_posts(X, self.text, self.image)
        model = load_model(self.base, self.threads, self.engine)
        self.base_digest_ = model.bundle.config.digest()
        self.width_ = model.features(["a"]).text.shape[1]
        return self

    def transform(self, X: Any) -> NDArray[np.float32]:
        """Features of B posts, in float32.

        Returns:
            (B, D) for one modality, (B, 2 D) for both, and a column for each with ``add_indicator``. D is ``width_``,
            300 for the bundled models.

        Raises:
            NotFittedError: it is not fitted.
            TypeError: X does not contain posts.
            AnymoodError: a column is missing, or the model has changed.
        """
        check_is_fitted(self)
        posts = read_posts(X, self.text, self.image)
        features = load_model(self.base, self.threads, self.engine, self.base_digest_).features(posts, WINDOW)
        named = {"r_v": (features.image, features.has_image), "r_t": (features.text, features.has_text)}
        parts = [named[name] for name in PARTS[self.representation]]
        columns = [np.where(present[:, None], values, np.float32(self.missing_value)) for values, present in parts]
        if self.add_indicator:
            columns += [present[:, None].astype(np.float32) for _, present in parts]
        return np.hstack(columns)

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[Any]:
        """Names of the columns: ``r_v_0`` and so on, ``has_image``."""
        check_is_fitted(self)
        parts = PARTS[self.representation]
        names = [f"{part}_{index}" for part in parts for index in range(self.width_)]
        if self.add_indicator:
            names += [{"r_v": "has_image", "r_t": "has_text"}[part] for part in parts]
        return np.array(names, dtype=object)
