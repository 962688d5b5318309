"""``anymood.load``: a model by its name, folder or address."""

import os

from anymood.runtime.bundle import Bundle
from anymood.runtime.finding import find_bundle
from anymood.runtime.predictor import Model
from anymood.runtime.prior import Prior


def load(
    model: str | os.PathLike[str] = "sentiment",
    *,
    threads: int | None = None,
    engine: str | None = None,
    prior: Prior | None = None,
) -> Model:
    """Load a model. Only addresses on the hub need a network.

    Args:
        model: the name of a bundled model, the folder of a bundle or of a training run, or an address on the Hugging
            Face Hub: ``hf://user/name``, or ``hf://user/name@revision`` for a branch, a tag or a commit. Downloads
            are cached.
        threads: number of threads; by default all cores that this process may use.
        engine: ``"onnxruntime"`` or ``"openvino"``; by default the faster of those that are installed.
        prior: shares of the labels among the posts to predict, such as ``{"negative": 0.2, "neutral": 0.5,
            "positive": 0.3}`` or ``"uniform"``, if they differ from those of the training posts; probabilities are then
            adjusted by Bayes' theorem.

    Raises:
        SettingError: there is no such model (the message lists the bundled ones) or engine, ``threads`` is not a
            positive integer, or the prior does not match the model's labels.
        BundleError: the folder is not a bundle, is damaged, or is in a later format; or the hub cannot be reached.
        MissingExtra: the engine, or the client of the hub, is not installed.
    """
    return Model(Bundle.open(find_bundle(model)), threads, engine, prior)
