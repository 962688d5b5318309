"""``MoodClassifier``: a model, or its heads, fitted to labelled posts."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import (
    _check_sample_weight,
    assert_all_finite,
    check_consistent_length,
    check_is_fitted,
    check_memory,
    column_or_1d,
)

from anymood import training
from anymood.datasets.corpus import Corpus, Example
from anymood.evaluation.arrays import Floats
from anymood.labels import LabelSet
from anymood.posts import Post
from anymood.runtime.batches import WINDOW
from anymood.runtime.features import Features
from anymood.runtime.finding import find_bundle
from anymood.runtime.predictor import Model
from anymood.runtime.reading import is_missing, read_post
from anymood.sklearn.heads import Heads
from anymood.sklearn.models import TrainedBundle, load_model
from anymood.sklearn.posts import read_posts, tagged
from anymood.wording import plural


class MoodClassifier(ClassifierMixin, BaseEstimator):
    """A classifier of posts, fitted to your own labels; text or image may be missing in any post.

    ``X`` is a list, an array or a column of texts; a data frame with a column of texts, of images or both; an array of
    two columns, texts and images; or a list of ``anymood.Post``. An image is a path, the bytes of a file, a PIL
    image or an array. Posts without a readable text or image are not an error: ``fit`` ignores them, and their
    probabilities are the shares of the classes.

    With ``tune="head"``, the encoders of a trained model are frozen, and three logistic regressions are fitted to their
    features: r_v of posts with an image, r_t of posts with a text, and both of posts with both. Posts are routed by
    their presence pattern. This takes seconds, and needs no torch.

    With ``tune="all"``, the whole network is trained, starting from that model (``anymood.training.train``). This
    takes minutes to hours, and needs the optional dependency ``train``. A tenth of the posts is used for validation.

    Args:
        base: the model to start from: a bundled model's name, or the folder of a bundle or of a training run.
        tune: ``"head"`` or ``"all"``.
        C: inverse strength of the regularisation of ``"head"``, as in ``LogisticRegression``.
        class_weight: weights of the classes: ``"balanced"``, or with ``"head"`` a dict, as in ``LogisticRegression``.
        max_iter: maximum number of iterations of ``"head"``.
        recipe: recipe of ``"all"``: a ``Recipe``, or a mapping of fields that differ from its defaults, such as
            ``{"epochs": 3, "frozen": True}``.
        folder: folder of the training run of ``"all"``, new or empty; by default a temporary one.
        text: name of a data frame's column of texts; None if there is none.
        image: name of its column of images; None if there is none.
        threads: number of threads; by default all cores that this process may use. Use 1 with ``n_jobs``.
        engine: engine of the encoders, ``"onnxruntime"`` or ``"openvino"``.
        memory: folder, or ``joblib.Memory``, to cache the features of posts, so that a search over ``C`` computes them
            once. Images that are paths are identified by their paths.
        random_state: an int, or None for 0.
        verbose: whether to show the progress of training.

    Attributes:
        classes_: labels (C,), sorted.
        class_prior_: shares of the classes (C,) among the training posts.
        heads_: the fitted heads of ``"head"``.
        base_digest_: digest of the model that the heads were fitted to.
        n_iter_: maximum number of iterations of the heads.
        bundle_: the trained bundle of ``"all"``; ``bundle_.write(folder)`` writes it for ``anymood.load``.
    """

    def __init__(
        self,
        base: str = "sentiment",
        *,
        tune: Literal["head", "all"] = "head",
        C: float = 1.0,
        class_weight: Any = None,
        max_iter: int = 1000,
        recipe: "training.Recipe | Mapping[str, Any] | None" = None,
        folder: Any = None,
        text: str | None = "text",
        image: str | None = "image",
        threads: int | None = None,
        engine: str | None = None,
        memory: Any = None,
        random_state: int | None = None,
        verbose: bool = False,
    ) -> None:
        self.base = base
        self.tune = tune
        self.C = C
        self.class_weight = class_weight
        self.max_iter = max_iter
        self.recipe = recipe
        self.folder = folder
        self.text = text
        self.image = image
        self.threads = threads
        self.engine = engine
        self.memory = memory
        self.random_state = random_state
        self.verbose = verbose

    def __sklearn_tags__(self) -> Any:
        return tagged(super().__sklearn_tags__())

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> "MoodClassifier":
        """Fit to posts and their labels.

        Args:
            X: B posts.
            y: labels (B,), of at least two classes.
            sample_weight: weights (B,); with ``tune="head"`` only.

        Raises:
            ValueError: a parameter or the labels are invalid, or no post can be read.
            TypeError: X does not contain posts.
            AnymoodError: a column is missing, or the model cannot be loaded or trained.
        """
        if self.tune not in ("head", "all"):
            raise ValueError(f"tune is {self.tune!r}. Give 'head' or 'all'.")
        if y is None:
            raise ValueError(f"{type(self).__name__} requires y to be passed, but the target y is None.")
        posts = read_posts(X, self.text, self.image)
        _require_labels(y)  # before NumPy converts a list of texts and other values to texts
        y = column_or_1d(y, warn=True)
        _require_labels(y)
        assert_all_finite(y, input_name="y")
        check_consistent_length(posts, y)
        check_classification_targets(y)
        if isinstance(self.class_weight, Mapping):
            _check_class_weight(self.class_weight, set(y.tolist()))
        classes, labels = np.unique(y, return_inverse=True)
        weights = None if sample_weight is None else _check_sample_weight(sample_weight, posts)
        if weights is not None and (weights < 0).any():
            raise ValueError("sample_weight has negative values. Give weights of at least 0.")
        present = np.unique(labels if weights is None else labels[weights > 0])
        if len(present) < 2:
            reason = "" if weights is None else " once posts whose sample_weight is 0 are left out"
            raise ValueError(f"y has only one class{reason}: {classes[present].tolist()}. Give at least two.")
        if self.tune == "all":
            if weights is not None:
                raise ValueError("sample_weight is for tune='head'. Leave it out, or repeat posts instead.")
            self._train(posts, labels, classes)
        else:
            self._fit_heads(posts, labels, classes, weights)
        counts = np.bincount(labels, weights, len(classes))
        self.classes_, self.class_prior_ = classes, counts / counts.sum()  # last: a failed fit changes nothing
        return self

    def predict(self, X: Any) -> NDArray[Any]:
        """Labels (B,) of posts.

        Raises:
            NotFittedError: it is not fitted.
            TypeError: X does not contain posts.
            AnymoodError: a column is missing, or the model cannot be loaded.
        """
        probabilities = self.predict_proba(X)
        return self.classes_[probabilities.argmax(axis=1)]  # type: ignore[no-any-return]

    def predict_proba(self, X: Any) -> Floats:
        """Probabilities (B, C) of posts, in the order of ``classes_``.

        Raises:
            NotFittedError: it is not fitted.
            TypeError: X does not contain posts.
            AnymoodError: a column is missing, or the model cannot be loaded.
        """
        check_is_fitted(self, "classes_")
        posts = read_posts(X, self.text, self.image)
        if hasattr(self, "bundle_"):
            probabilities = self.bundle_.load(self.threads, self.engine).predict_proba(posts)
        else:
            probabilities = self.heads_.predict_proba(self._features(posts, self.base_digest_))
        unknown = np.isnan(probabilities).any(axis=1)
        probabilities[unknown] = self.class_prior_
        return probabilities

    def _fit_heads(
        self, posts: list[Any], labels: NDArray[np.intp], classes: NDArray[Any], weights: Floats | None
    ) -> None:
        digest = load_model(self.base, self.threads, self.engine).bundle.config.digest()
        features = self._features(posts, digest)
        weight = self.class_weight
        if isinstance(weight, Mapping):  # by label; the heads have class indices, and possibly not all of them
            of_classes = np.array([float(weight.get(label, 1.0)) for label in classes.tolist()])
            weights, weight = of_classes[labels] * (1.0 if weights is None else weights), None
        settings = {"C": self.C, "class_weight": weight, "max_iter": self.max_iter}
        heads = Heads(len(classes), settings).fit(features, labels, weights)
        if not heads.fitted:
            seen = features.has_image | features.has_text
            problems = [str(problem) for problems in features.problems for problem in problems]
            raise ValueError(
                f"Of the {len(posts)} posts, {int(seen.sum())} can be used, and neither those with a text nor those "
                f"with an image have two classes. {' '.join(problems[:1])}".rstrip()
            )
        self.__dict__.pop("bundle_", None)
        self.base_digest_, self.heads_, self.n_iter_ = digest, heads, heads.iterations

    def _features(self, posts: list[Any], digest: str) -> Features:
        model = load_model(self.base, self.threads, self.engine, digest)
        return check_memory(self.memory).cache(_features_of, ignore=["model"])(model, digest, posts)  # type: ignore[no-any-return]

    def _train(self, posts: list[Any], labels: NDArray[np.intp], classes: NDArray[Any]) -> None:
        """Train the network, starting from ``base``. Posts that cannot be read are excluded.

        Fields of the recipe take precedence over ``class_weight`` and ``random_state``.
        """
        from anymood.training import Recipe, train
        from anymood.training.data_sources import TrainingData

        if self.class_weight not in (None, "balanced"):
            raise ValueError(f"class_weight is {self.class_weight!r}. With tune='all', give 'balanced' or None.")
        recipe = self.recipe
        if not isinstance(recipe, Recipe):
            defaults = {"start_from": str(find_bundle(self.base)), "seed": self.random_state or 0}
            weights = {} if self.class_weight is None else {"class_weights": self.class_weight}
            if not isinstance(recipe, Mapping | None):
                raise ValueError(f"recipe is {recipe!r}. Give a Recipe, or a mapping of its fields.")
            recipe = Recipe.from_dict(defaults | weights | dict(recipe or {}))
        examples = tuple(
            Example(Post(post.text, post.image, str(number)), int(label))
            for number, (post, label) in enumerate(zip(map(read_post, posts), labels, strict=True), 1)
            if post.text is not None or post.image is not None
        )
        names = tuple(str(label) for label in classes.tolist())
        data = TrainingData.of(Corpus("X", LabelSet(names), examples), recipe.seed)
        console = Console(stderr=True, quiet=not self.verbose)
        with tempfile.TemporaryDirectory(prefix="anymood-") as temporary:
            folder = Path(temporary) / "run" if self.folder is None else self.folder
            self.bundle_ = TrainedBundle(train(data, recipe, folder, name="mood", console=console))
        self.__dict__.pop("heads_", None)


def _require_labels(y: Any) -> None:
    """Check the labels of a list or an array of objects, which scikit-learn does not check.

    Raises:
        ValueError: a label is None, NaN or pandas' NA, or only some labels are strings.
    """
    if not isinstance(y, list | tuple) and getattr(y, "dtype", None) != np.dtype(object):
        return
    labels = list(y)
    without = [number for number, label in enumerate(labels) if not isinstance(label, str) and is_missing(label)]
    if without:
        raise ValueError(
            f"y has no label for {plural(len(without), 'post')} of {len(labels):,}, the first with index {without[0]}. "
            "Leave them out of X and y."
        )
    other = next((label for label in labels if not isinstance(label, str)), None)
    if other is not None and any(isinstance(label, str) for label in labels):
        raise ValueError(
            f"Some labels of y are strings, and others are not, such as {other!r:.80}. Convert them to one type."
        )


def _check_class_weight(weights: Mapping[Any, Any], classes: set[Any]) -> None:
    if unknown := set(weights) - classes:
        raise ValueError(f"class_weight has classes that y does not have: {sorted(unknown, key=str)}.")
    if not all(isinstance(weight, int | float | np.number) and weight >= 0 for weight in weights.values()):
        raise ValueError(f"class_weight is {dict(weights)}. Give numbers of at least 0.")


def _features_of(model: Model, digest: str, posts: list[Any]) -> Features:
    return model.features(posts, WINDOW)
