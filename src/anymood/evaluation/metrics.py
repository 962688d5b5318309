"""Metrics of predictions, by classifier and presence pattern.

Shapes: N posts, C classes. Only numpy is needed, which the base install has.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeAlias, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from anymood.errors import InputError
from anymood.evaluation.arrays import (
    Bools,
    Floats,
    Ints,
    as_classes,
    as_probabilities,
    check_same_length,
    labelled_rows,
    seen,
)
from anymood.evaluation.calibration import ReliabilityCurve, reliability_curve
from anymood.labels import LabelSet, require_label_set
from anymood.posts import Prediction
from anymood.wording import counted

ClassifierName: TypeAlias = Literal["routed", "fused", "text", "image"]
Pattern: TypeAlias = Literal["all", "both", "text", "image"]
Name = TypeVar("Name")
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class ClassMetrics:
    """One class against all others.

    Attributes:
        precision: share of the posts predicted as this class that are of it; 0 if there are none.
        recall: share of the posts of this class that are predicted as it; 0 if there are none.
        f1: harmonic mean of both; 0 if both are 0.
        support: number of posts of this class.
    """

    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True, slots=True)
class ClassifierMetrics:
    """One classifier on one set of posts.

    Attributes:
        n: number of posts.
        accuracy: share of correct predictions.
        macro_f1: unweighted mean of the classes' F1.
        weighted_f1: mean of the classes' F1, weighted by support.
        brier: mean over posts of the sum over classes of (p_c - [c is the truth])^2, from 0 to 2
            (Brier 1950, the original definition, not its half, which is common for two classes).
        majority_accuracy: accuracy of always predicting the most frequent class of these posts.
        per_class: one entry per class, in the model's order.
        confusion: number of posts, shape (C, C); rows are the truth, columns the prediction.
        reliability: accuracy by confidence.

    Classes without posts count in ``macro_f1``, with an F1 of 0: scikit-learn's scores for all labels with
    ``zero_division=0``.
    """

    n: int
    accuracy: float
    macro_f1: float
    weighted_f1: float
    brier: float
    majority_accuracy: float
    per_class: tuple[ClassMetrics, ...]
    confusion: tuple[tuple[int, ...], ...]
    reliability: ReliabilityCurve

    @property
    def ece(self) -> float:
        """Expected calibration error over 15 bins (Guo et al. 2017), from 0 to 1."""
        return self.reliability.ece

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON, classes in the model's order."""
        return {
            "n": self.n,
            "accuracy": self.accuracy,
            "macro_f1": self.macro_f1,
            "weighted_f1": self.weighted_f1,
            "ece": self.ece,
            "brier": self.brier,
            "majority_accuracy": self.majority_accuracy,
            "per_class": [asdict(one) for one in self.per_class],
            "confusion": [list(row) for row in self.confusion],
            "reliability": [asdict(one) for one in self.reliability.bins],
        }


class MetricsByName(dict[Name, Value]):
    """Metrics by name; the KeyError of a missing name lists the others."""

    def __missing__(self, name: Name) -> Value:
        raise KeyError(
            f"There are no metrics for {name!r}, because no post has its modalities. Available: {list(self)}"
        )


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Metrics of the three classifiers of a model on labelled posts.

    Attributes:
        labels: the classes, in the model's order.
        counts: number of posts by presence pattern: ``"both"``, ``"text"``, ``"image"`` or ``"none"``.
        metrics: by classifier, then by presence pattern. ``"routed"`` predicts each post by the classifier that fits
            its pattern (a post with both by its text if the model has no fused classifier). ``"text"`` and ``"image"``
            are measured on all posts with a text or an image, ``"fused"`` on those with both. ``"all"`` is all patterns
            of a classifier. Combinations without posts are absent; a KeyError lists the existing ones.

    Posts without text and image are counted, and excluded from all metrics.
    """

    labels: LabelSet
    counts: Mapping[str, int]
    metrics: Mapping[ClassifierName, Mapping[Pattern, ClassifierMetrics]]

    def __repr__(self) -> str:
        routed = self.metrics["routed"]["all"]
        return f"<Evaluation of {routed.n:,} posts: accuracy {routed.accuracy:.1%}, macro F1 {routed.macro_f1:.1%}>"

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "labels": list(self.labels),
            "counts": dict(self.counts),
            "metrics": {
                classifier: {pattern: metrics.to_dict() for pattern, metrics in patterns.items()}
                for classifier, patterns in self.metrics.items()
            },
        }


def evaluate(
    truth: ArrayLike,
    labels: LabelSet,
    *,
    text: ArrayLike,
    image: ArrayLike,
    fused: ArrayLike,
) -> Evaluation:
    """Evaluate three classifiers, and the routed predictions.

    Args:
        truth: class indices, shape (N,).
        labels: names of the C classes.
        text: probabilities of the text classifier, shape (N, C); rows of NaN for posts without a text.
        image: probabilities of the image classifier, likewise.
        fused: probabilities of the fused classifier; rows of NaN for posts without both.

    Raises:
        InputError: shapes do not match, values are not probabilities, labels are out of range, only some of the posts
            with text and image have fused predictions, or no post has a text or an image.
        SettingError: ``labels`` is of another type.
    """
    require_label_set(labels)
    scores = {"fused": fused, "text": text, "image": image}
    rows = {name: as_probabilities(values, f"{name} probabilities") for name, values in scores.items()}
    classes = as_classes(truth, len(labels))
    for name, values in rows.items():
        check_same_length(values, classes, f"{name} probabilities and the truth")
        if values.shape[1] != len(labels):
            raise InputError(f"The {name} probabilities have {values.shape[1]} columns for {len(labels)} labels.")
    patterns = _patterns(rows)
    routed = rows["image"]
    for name in ("text", "fused"):  # by increasing precedence
        routed = np.where(np.isnan(rows[name]), routed, rows[name])
    covered: dict[ClassifierName, tuple[Floats, tuple[Pattern, ...]]] = {
        "routed": (routed, ("both", "text", "image")),
        "fused": (rows["fused"], ("both",)),
        "text": (rows["text"], ("both", "text")),
        "image": (rows["image"], ("both", "image")),
    }
    metrics: MetricsByName[ClassifierName, Mapping[Pattern, ClassifierMetrics]] = MetricsByName()
    for classifier, (values, names) in covered.items():
        has_scores = seen(values, f"{classifier} probabilities")
        parts: dict[Pattern, Bools] = {"all": has_scores}
        parts |= {name: patterns[name] & has_scores for name in names}
        by_pattern = {
            pattern: classifier_metrics(values[part], classes[part]) for pattern, part in parts.items() if part.any()
        }
        if by_pattern:
            metrics[classifier] = MetricsByName(by_pattern)
    return Evaluation(labels, {name: int(mask.sum()) for name, mask in patterns.items()}, metrics)


def evaluate_predictions(predictions: Iterable[Prediction], truth: ArrayLike, labels: LabelSet) -> Evaluation:
    """Evaluate a model by its predictions of labelled posts.

    Args:
        predictions: predictions of N posts.
        truth: class indices of the same posts, shape (N,).
        labels: labels of the model.

    Raises:
        InputError: there are no predictions or other values, their number differs from that of the truth, they are of
            other labels, labels are out of range, or no post could be predicted.
    """
    listed = list(predictions) if isinstance(predictions, Iterable) else [predictions]
    for one in listed:
        if not isinstance(one, Prediction):
            raise InputError(f"Predictions are those of Model.predict_many, not of type {type(one).__name__}.")
    if not listed:
        raise InputError(
            "There are no posts to evaluate. If they are those of a split, the data may have none: a table without a "
            "split column has no test posts."
        )
    require_label_set(labels)
    scores = [each for one in listed for each in (one.text, one.image, one.fused) if each is not None]
    if other := next((each.labels for each in scores if each.labels != labels.names), None):
        raise InputError(
            f"The predictions have the labels {', '.join(other)}, not {', '.join(labels)}. Give those of the model, in "
            "its order."
        )
    if not scores:
        counts = Counter(str(one.reason) for one in listed if one.reason is not None)
        raise InputError(
            f"No post could be predicted, so there is nothing to evaluate: {counted(counts) or 'no reason given'}. "
            f"The first: {listed[0].problem}"
        )
    return evaluate(truth, labels, **scores_by_classifier(listed, len(labels)))


def scores_by_classifier(predictions: Sequence[Prediction], classes: int) -> dict[str, Floats]:
    """Probabilities of each classifier, (N, C); rows of NaN for posts without its modalities."""
    nothing = (np.nan,) * classes
    return {
        name: np.array([nothing if (s := getattr(one, name)) is None else s.values for one in predictions])
        for name in ("text", "image", "fused")
    }


def classifier_metrics(probabilities: ArrayLike, truth: ArrayLike) -> ClassifierMetrics:
    """Evaluate one classifier.

    Args:
        probabilities: shape (N, C), without NaN.
        truth: class indices, shape (N,).

    Raises:
        InputError: shapes do not match, there are no posts, values are not probabilities, or labels are out of range.
    """
    predicted = as_probabilities(probabilities)
    rows, classes = labelled_rows(predicted, truth)
    if len(rows) < len(predicted):
        raise InputError("A row of the probabilities is NaN. Leave out the posts that the classifier cannot predict.")
    c = rows.shape[1]
    confusion = confusion_matrix(classes, rows.argmax(axis=1), c)
    precision, recall, f1 = precision_recall_f1(confusion)
    support = confusion.sum(axis=1)
    return ClassifierMetrics(
        n=len(classes),
        accuracy=float(accuracy(confusion)),
        macro_f1=float(macro_f1(confusion)),
        weighted_f1=float(weighted_f1(confusion)),
        brier=float(np.square(rows - np.eye(c)[classes]).sum(axis=1).mean()),
        majority_accuracy=float(support.max() / len(classes)),
        per_class=tuple(
            ClassMetrics(float(p), float(r), float(f), int(s))
            for p, r, f, s in zip(precision, recall, f1, support, strict=True)
        ),
        confusion=tuple(tuple(int(count) for count in row) for row in confusion),
        reliability=reliability_curve(rows, classes),
    )


def confusion_matrix(truth: ArrayLike, predicted: ArrayLike, classes: int) -> Ints:
    """Number of posts by class, shape (C, C): rows are the truth, columns the prediction.

    Raises:
        InputError: lengths differ, there are no posts, or a class is out of range.
    """
    rows, columns = as_classes(truth, classes), as_classes(predicted, classes, "prediction")
    check_same_length(rows, columns, "truth and the prediction")
    return np.bincount(rows * classes + columns, minlength=classes * classes).reshape(classes, classes).astype(np.int64)


# The scores below take confusion matrices of shape (..., C, C), so that a bootstrap can score
# thousands of resampled ones at once.


def accuracy(confusion: Ints) -> Floats:
    """Share of correct predictions, shape (...)."""
    return np.asarray(np.trace(confusion, axis1=-2, axis2=-1) / confusion.sum(axis=(-2, -1)))


def macro_f1(confusion: Ints) -> Floats:
    """Mean of the classes' F1, shape (...)."""
    return np.asarray(precision_recall_f1(confusion)[2].mean(axis=-1))


def weighted_f1(confusion: Ints) -> Floats:
    """Mean of the classes' F1, weighted by their support, shape (...)."""
    support = confusion.sum(axis=-1)
    return np.asarray((precision_recall_f1(confusion)[2] * support).sum(axis=-1) / support.sum(axis=-1))


def precision_recall_f1(confusion: Ints) -> tuple[Floats, Floats, Floats]:
    """Three arrays of shape (..., C); F1 = 2 * right / (predicted + present), 0 where nothing is right."""
    right = np.diagonal(confusion, axis1=-2, axis2=-1)
    predicted, present = confusion.sum(axis=-2), confusion.sum(axis=-1)
    return _ratio(right, predicted), _ratio(right, present), _ratio(2 * right, predicted + present)


def _ratio(part: NDArray[Any], whole: NDArray[Any]) -> Floats:
    """Part / whole; 0 if the whole is 0."""
    return np.asarray(part / np.maximum(whole, 1))


def _patterns(rows: Mapping[str, Floats]) -> dict[Pattern | Literal["none"], Bools]:
    """Masks (N,) of the posts of each presence pattern."""
    text, image, fused = (seen(rows[name], f"{name} probabilities") for name in ("text", "image", "fused"))
    if fused.any() and (alone := text & image & ~fused).any():
        row = int(np.flatnonzero(alone)[0])
        raise InputError(f"Row {row} has predictions for its text and its image, but none by the fused classifier.")
    if not (text | image | fused).any():
        raise InputError("No post has a text or an image, so there is nothing to evaluate.")
    both = fused | (text & image)  # without a fused classifier, the text decides
    return {"both": both, "text": text & ~both, "image": image & ~both, "none": ~(text | image | fused)}
