"""Training on labelled posts in memory."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from anymood.datasets.corpus import Corpus, Example
from anymood.labels import LabelSet
from anymood.posts import Post
from anymood.runtime.finding import find_bundle
from anymood.runtime.reading import read_post
from anymood.sklearn.models import TrainedBundle

if TYPE_CHECKING:
    from anymood.training import Recipe


def train_posts(
    posts: list[Any],
    labels: NDArray[np.intp],
    names: list[str],
    base: Any,
    recipe: "Recipe | Mapping[str, Any] | None",
    class_weight: Any,
    folder: Any,
    seed: int | None,
    *,
    verbose: bool,
) -> TrainedBundle:
    """Train a model on posts, starting from a trained one.

    Posts that cannot be read are excluded. ``labels`` are class indices, ``names`` those of the classes; the other
    arguments are parameters of ``MoodClassifier``. Fields of the recipe take precedence over ``class_weight`` and
    ``seed``.

    Raises:
        ValueError: the class weights are not supported by training.
        AnymoodError: the recipe or the folder cannot be used, or training fails.
        MissingExtra: the optional dependency ``train`` is not installed.
    """
    from anymood.training import Recipe, train
    from anymood.training.data_sources import TrainingData

    if class_weight not in (None, "balanced"):
        raise ValueError(f"class_weight is {class_weight!r}. With tune='all', give 'balanced' or None.")
    if not isinstance(recipe, Recipe):
        first: dict[str, Any] = {"start_from": str(find_bundle(base)), "seed": seed or 0}
        if class_weight is not None:
            first["class_weights"] = class_weight
        recipe = Recipe.from_dict(first | dict(recipe or {}))
    read = [(read_post(post), int(label)) for post, label in zip(posts, labels, strict=True)]
    examples = [
        Example(Post(post.text, post.image, str(number)), label)
        for number, (post, label) in enumerate(read, 1)
        if post.text is not None or post.image is not None
    ]
    corpus = Corpus("X", LabelSet(tuple(names)), tuple(examples))
    console = Console(stderr=True, quiet=not verbose)
    with tempfile.TemporaryDirectory(prefix="anymood-") as temporary:
        place = Path(temporary) / "run" if folder is None else folder
        data = TrainingData.of(corpus, recipe.seed)
        return TrainedBundle(train(data, recipe, place, name="mood", console=console))
