"""The quantifiers of a model's classifiers, which are stored in ``quantification.json`` of a bundle."""

from collections.abc import Mapping, Sequence

import numpy as np

from anymood.datasets.corpus import Example
from anymood.errors import InputError
from anymood.evaluation.arrays import Floats, Ints, seen
from anymood.evaluation.metrics import scores_by_classifier
from anymood.evaluation.quantification import MIN_POSTS_PER_CLASS, Quantifier, quantifiers_to_json
from anymood.runtime.bundle import QUANTIFICATION, Bundle
from anymood.runtime.predictor import Model


def learn_quantifiers(probabilities: Mapping[str, Floats], truth: Ints) -> dict[str, Quantifier]:
    """A quantifier for each classifier with enough posts of each class.

    Args:
        probabilities: probabilities of each classifier, (N, C); rows of NaN for posts without its modalities.
        truth: class indices (N,).
    """
    learnt = {}
    for name, rows in probabilities.items():
        present = seen(rows, "probabilities")
        if np.bincount(truth[present], minlength=rows.shape[1]).min() >= MIN_POSTS_PER_CLASS:
            learnt[name] = Quantifier.fit(rows[present], truth[present])
    return learnt


def quantifiers_of(model: Model, examples: Sequence[Example]) -> dict[str, Quantifier]:
    """Predict labelled posts, and fit a quantifier for each classifier.

    The examples are posts with the model's labels, which it was not trained on.

    Raises:
        InputError: no classifier has ``MIN_POSTS_PER_CLASS`` posts of each class.
    """
    predictions = list(model.predict_many(example.post for example in examples))
    truth = np.array([example.label for example in examples], np.int64)
    learnt = learn_quantifiers(scores_by_classifier(predictions, len(model.labels)), truth)
    if not learnt:
        counts = np.bincount(truth, minlength=len(model.labels))
        listed = ", ".join(f"{count:,} {name}" for name, count in zip(model.labels, counts, strict=True))
        raise InputError(
            f"There are too few labelled posts to correct shares: {listed}. Give at least {MIN_POSTS_PER_CLASS} of "
            "each label that have a text, an image, or both; a few hundred are better."
        )
    return learnt


def add_to_bundle(bundle: Bundle, quantifiers: Mapping[str, Quantifier], source: str) -> Bundle:
    """The bundle with ``quantification.json``, which is written into its folder.

    ``source`` describes the labelled posts.

    Raises:
        BundleError: the folder cannot be written to.
    """
    return bundle.with_file(QUANTIFICATION, quantifiers_to_json(quantifiers, bundle.labels, source))
