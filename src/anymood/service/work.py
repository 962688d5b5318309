"""Posts to predictions: in threads, a few posts at a time, within the limits."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from anymood.errors import AnymoodError, BundleError, ImageError
from anymood.posts import Post, Prediction, Reason
from anymood.preparation.decoding import measure
from anymood.runtime.predictor import Model
from anymood.service.batching import Batcher
from anymood.service.limits import CHUNK, Limits
from anymood.service.metrics import Metrics
from anymood.service.problems import NotReady, UnknownModel

_log = logging.getLogger("anymood.service")


class Work:
    """The models, and the threads that run them.

    Args:
        models: by name, the first is the default.
        limits: what an image may be.
        batcher: the threads.
        metrics: where to count the posts of each batch.
    """

    def __init__(self, models: Mapping[str, Model], limits: Limits, batcher: Batcher, metrics: Metrics) -> None:
        self.models = dict(models)
        self._limits, self._batcher, self._metrics = limits, batcher, metrics
        # Requests are worked on together that want the same of these.
        self._works = {model: partial(self._predict, model) for model in models.values()}
        self._ready: bool | AnymoodError = False

    def model(self, name: str | None) -> Model:
        """A model by name.

        Raises:
            UnknownModel: there is none; the message lists those there are.
        """
        name = next(iter(self.models)) if name is None else name
        if name not in self.models:
            raise UnknownModel(f"There is no model {name[:80]!r} here. There are: {', '.join(self.models)}.")
        return self.models[name]

    async def predict(self, model: Model, posts: list[Post | Prediction]) -> list[Prediction]:
        """A prediction a post, in their order; what is a prediction already stays as it is.

        Raises:
            BundleError: a graph of the model cannot be run.
        """
        done: list[Prediction] = []
        for start in range(0, len(posts), CHUNK):  # between two batches others get a thread, and a request may end
            done += await self._batcher.run(self._works[model], posts[start : start + CHUNK])
        return done

    async def warm_up(self) -> None:
        """Load every graph and run it once; what fails is told by :meth:`check_ready`."""

        def warm(nothing: Sequence[Post]) -> Sequence[Prediction]:
            for name, model in self.models.items():
                try:
                    model.warm_up()
                except BundleError:
                    raise
                except Exception as error:  # nothing was posted yet that its words could quote
                    told = f"The model {name} cannot be run: {type(error).__name__}: {error}".rstrip(": ")
                    raise AnymoodError(f"{told}. Begin the service again once that is mended.") from error
            return []

        try:
            await self._batcher.run(warm, [])
        except AnymoodError as error:
            _log.error("warming up: %s", error)
            self._ready = error
        else:
            self._ready = True

    def check_ready(self) -> None:
        """Return when all models have run.

        Raises:
            NotReady: they are still warming up.
            AnymoodError: one of them cannot be run.
        """
        if isinstance(self._ready, AnymoodError):
            raise self._ready.with_traceback(None)  # which would grow each time
        if not self._ready:
            raise NotReady("The models are warming up. Try again in a second.")

    def _predict(self, model: Model, posts: Sequence[Post | Prediction]) -> list[Prediction]:
        """Predictions of posts, of one request or of several."""
        self._metrics.count_batch(len(posts))
        bounded = [(post, None) if isinstance(post, Prediction) else self._bounded(post) for post in posts]
        found = iter(model.predict_together([post for post, _ in bounded if isinstance(post, Post)]))
        return [
            post if isinstance(post, Prediction) else _with_refused_image(next(found), refused)
            for post, refused in bounded
        ]

    def _bounded(self, post: Post) -> tuple[Post, ImageError | None]:
        """A post without an image that would unpack to more pixels than the limit."""
        if not isinstance(post.image, bytes):
            return post, None
        try:
            width, height = measure(post.image)
        except ImageError:  # the model will find the same, and say so in its prediction
            return post, None
        if width * height <= self._limits.image_pixels:
            return post, None
        return replace(post, image=None), ImageError(
            f"The image has {width} x {height} pixels, more than {self._limits.image_pixels:,} in all. "
            "Send it smaller.",
            Reason.TOO_LARGE,
        )


def _with_refused_image(prediction: Prediction, refused: ImageError | None) -> Prediction:
    """A prediction that also tells of the image that was kept from the model."""
    if refused is None:
        return prediction
    # Without its image there may be nothing to see, which then is no news
    others = prediction.problems if prediction.used != "none" else ()
    return replace(prediction, problems=(refused.problem, *others))
