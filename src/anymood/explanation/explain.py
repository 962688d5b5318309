"""Explanation of a prediction.

Each classifier only gets the modalities that it was trained on. So the effects of text and image need no
replacement for a missing modality, and are exact.
"""

import os

from PIL.Image import Image

from anymood.errors import ImageError, SettingError
from anymood.explanation.region_effects import region_effects
from anymood.explanation.values import Explanation, WordEffect
from anymood.explanation.word_effects import word_effects
from anymood.posts import ImageSource, Post
from anymood.preparation.decoding import decode
from anymood.runtime.loading import load
from anymood.runtime.predictor import Model
from anymood.runtime.reading import is_collection
from anymood.runtime.steps import PredictionSteps


def explain(
    text: str | None = None,
    image: ImageSource | None = None,
    *,
    model: Model | str | os.PathLike[str] = "sentiment",
    label: str | None = None,
    whole_text: bool = False,
) -> Explanation:
    """Explain the prediction of one post: the effects of its text and image, of words, and of regions of the image.

    Args:
        text: the text as written; None or blank if missing.
        image: as in ``Model.predict``.
        model: a loaded model, or an argument of ``load``.
        label: the label whose probability is explained; by default the predicted one.
        whole_text: measure the effect of each word in the whole text; by default, in a passage of about 8 words. Takes
            as long as a prediction per word.

    Returns:
        The explanation. If part of the post cannot be read, the prediction has a problem and the rest is explained; if
        nothing is left, ``label`` is None.

    Raises:
        SettingError: there is no such model or label, or several texts or images are given.
        BundleError: the model cannot be loaded or run.
    """
    for what, value in (("text", text), ("image", image)):
        if is_collection(value):
            raise SettingError(
                f"explain takes one {what}, but was given one {type(value).__name__}. Call it for each one."
            )
    if not isinstance(model, Model):
        model = load(model)
    index = None if label is None else model.labels.index(label)
    steps = PredictionSteps(model)
    picture = _decoded(model, image)
    post = steps.encode_post(Post(text, image if picture is None else picture))
    if post.prediction.label is None:
        return Explanation(post.prediction, model.name)
    if index is None:
        index = model.labels.index(post.prediction.label)
    coalitions = [(None, None), (post.text, None), (None, post.image), (post.text, post.image)]
    base, text_alone, image_alone, probability = steps.probabilities(coalitions)[:, index].tolist()
    effects = shapley_of_two(base, text_alone, image_alone, probability)
    words: tuple[WordEffect, ...] = ()
    if post.text is not None and post.read is not None:
        words = word_effects(steps, post.read, post.image, index, whole_text=whole_text)
    regions = None
    if post.image is not None and picture is not None:
        regions = region_effects(steps, steps.frame(picture), picture.size, post.text, index)
    return Explanation(
        post.prediction,
        model.name,
        label=model.labels.names[index],
        probability=probability,
        base=base,
        text_effect=None if post.text is None else effects[0],
        image_effect=None if post.image is None else effects[1],
        text=post.read,
        words=words,
        regions=regions,
        picture=None if regions is None else picture,
    )


def shapley_of_two(nothing: float, first: float, second: float, both: float) -> tuple[float, float]:
    """Shapley values (Shapley 1953) of two players from the value of each coalition.

    The value of a player is its marginal contribution, averaged over both orders of the players::

        phi_1 = ((v(1) - v()) + (v(1, 2) - v(2))) / 2

    The values sum to v(1, 2) - v().
    """
    return ((first - nothing) + (both - second)) / 2, ((second - nothing) + (both - first)) / 2


def _decoded(model: Model, image: ImageSource | None) -> Image | None:
    """An image decoded once for all steps; None if that fails, which is a problem of the prediction."""
    if image is None:
        return None
    try:
        return decode(image, at_least=model.bundle.config.image.resize)
    except ImageError:
        return None
