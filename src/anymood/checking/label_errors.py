"""Probable label errors: posts whose label is very unlikely for a classifier that was not trained on them.

A logistic regression is trained on the features of a model's encoders in folds that keep copies of a text together, and
cleanlab ranks the posts by confident learning (Northcutt et al. 2021).
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from anymood.checking.findings import Finding
from anymood.checking.rows import CheckedRow
from anymood.errors import optional_dependency
from anymood.evaluation.arrays import Bools, Floats, Ints
from anymood.wording import plural, short_label

if TYPE_CHECKING:
    from anymood.runtime.predictor import Model

FOLDS = 5
LISTED = 200  # probable errors
MAX_POSTS = 20_000  # posts that are examined, drawn at random
RARE_NAMED = 5  # maximum number of labels that are named
REGULARISATION = 0.01  # C of the logistic regression: features are many, labels noisy


def check_label_errors(
    rows: Sequence[CheckedRow], groups: Sequence[int], model: "Model"
) -> tuple[list[Finding], list[str]]:
    """Findings on probable label errors, and notes on posts that were not examined.

    Args:
        rows: labelled posts.
        groups: a group number per row, equal for copies of a text.
        model: model whose features are used.

    Raises:
        MissingExtra: cleanlab or scikit-learn is not installed.
    """
    with optional_dependency("Finding label errors", "check"):
        import cleanlab  # noqa: F401

        import sklearn  # noqa: F401
    features, has_any = _features(rows, model)
    chosen, skipped = _examined(rows, has_any)
    names, labels = np.unique([rows[index].label for index in chosen], return_inverse=True)
    if len(names) < 2:
        return [], [*skipped, f"label errors: fewer than two labels have at least {FOLDS} posts."]
    different = len(np.unique(np.asarray(groups)[chosen]))
    if different < FOLDS:
        return [], [*skipped, f"label errors: {plural(different, 'post')} without copies; at least {FOLDS} are needed."]
    probabilities = out_of_fold(features[chosen], labels, np.asarray(groups)[chosen])
    issues = _issues(labels, probabilities)
    examples = []
    for place in issues[:LISTED]:
        row, guess = rows[int(chosen[place])], int(probabilities[place].argmax())
        own = probabilities[place, labels[place]]
        labelled, probably = short_label(row.label), short_label(names[guess])
        detail = f"labelled {labelled}, probably {probably} ({probabilities[place, guess]:.0%}; own {own:.0%})"
        examples.append(row.example(detail))
    if not len(issues):
        return [], skipped
    finding = Finding(
        "label errors", "Probable label errors", len(issues),
        "For a classifier that was not trained on these posts, another label is much more likely. Some may be correct.",
        f"Read them, the worst first, and correct the wrong ones; a page (-o check.html) and JSON list up to {LISTED}.",
        tuple(examples),
    )  # fmt: skip
    return [finding], skipped


def _features(rows: Sequence[CheckedRow], model: "Model") -> tuple[Floats, Bools]:
    """Features (N, 2 D + 2) without NaN, which would hide every issue, and a mask of the posts that have any."""
    features = model.features([row.post for row in rows])
    has_text, has_image = features.has_text[:, None], features.has_image[:, None]
    columns = [np.nan_to_num(features.text), np.nan_to_num(features.image), has_text, has_image]
    return np.concatenate(columns, axis=1).astype(np.float64), features.has_text | features.has_image


def _examined(rows: Sequence[CheckedRow], has_any: Bools) -> tuple[Ints, list[str]]:
    """Indices of the examined posts: at most ``MAX_POSTS``, of labels with enough posts for every fold."""
    labels = np.array([row.label for row in rows])
    names, counts = np.unique(labels[has_any], return_counts=True)
    rare = names[counts < FOLDS].tolist()  # a class that is missing from a fold would suppress all issues
    chosen = np.flatnonzero(has_any & ~np.isin(labels, rare))
    named = ", ".join(rare) if len(rare) <= RARE_NAMED else f"{len(rare):,} labels"
    skipped = [f"label errors of {named}: a label needs at least {FOLDS} posts."] if rare else []
    if len(chosen) > MAX_POSTS:
        skipped.append(
            f"label errors of {len(chosen) - MAX_POSTS:,} posts: {MAX_POSTS:,} drawn at random are examined."
        )
        chosen = np.sort(np.random.default_rng(0).choice(chosen, MAX_POSTS, replace=False))
    return chosen, skipped


def out_of_fold(features: Floats, labels: Ints, groups: Ints) -> Floats:
    """Probabilities (N, C) of each post by a classifier that was trained on neither it nor its copies.

    Args:
        features: (N, F).
        labels: class indices (N,).
        groups: group numbers (N,), equal for copies.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedGroupKFold
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    classes = int(labels.max()) + 1
    probabilities = np.full((len(labels), classes), 1 / classes)
    folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=0)
    for train, test in folds.split(features, labels, groups):
        if len(np.unique(labels[train])) < 2:
            continue
        fitted = make_pipeline(StandardScaler(), LogisticRegression(C=REGULARISATION, max_iter=300))
        fitted.fit(features[train], labels[train])
        predicted = np.full((len(test), classes), 1e-6)  # for classes with a single group
        predicted[:, fitted.classes_] = fitted.predict_proba(features[test])
        probabilities[test] = predicted / predicted.sum(1, keepdims=True)
    return probabilities


def _issues(labels: Ints, probabilities: Floats) -> Ints:
    """Indices of the posts with a probable label error, the most probable first."""
    from cleanlab.filter import find_label_issues

    issues = find_label_issues(labels, probabilities, return_indices_ranked_by="self_confidence", n_jobs=1)
    return np.asarray(issues, np.int64)
