"""Batching of the posts of concurrent requests, and their prediction in threads."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import Any, Generic, TypeVar

import numpy as np

from anymood.errors import AnymoodError, BundleError, ImageError
from anymood.explanation.explain import explain
from anymood.explanation.values import Explanation
from anymood.posts import Post, Prediction, Problem, Reason
from anymood.preparation.decoding import measure
from anymood.runtime.predictor import Model
from anymood.service.limits import Limits
from anymood.service.metrics import Metrics
from anymood.service.problems import NotReady, UnknownModel

MAX_BATCH_SIZE = 8  # posts predicted together; a long request is split into several batches, between which others run

_PIXEL = np.zeros((8, 8), np.uint8)  # an image to warm up with

_log = logging.getLogger("anymood.service")

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class BatchItem:
    """An item of a request.

    Attributes:
        post: what to predict; without content if the item is not a valid post.
        problem: of the item, in addition to those that the model finds.
    """

    post: Post
    problem: Problem | None = None

    def within(self, pixels: int) -> "BatchItem":
        """The item; without its image and with a problem if the image has more than ``pixels`` pixels."""
        if not isinstance(self.post.image, bytes):
            return self
        try:
            width, height = measure(self.post.image)
        except ImageError:  # the prediction reports it
            return self
        if width * height <= pixels:
            return self
        message = f"The image has {width} x {height} pixels, more than {pixels:,} in all. Send a smaller image."
        return BatchItem(replace(self.post, image=None), Problem(Reason.TOO_LARGE, message))

    def add_problem(self, prediction: Prediction) -> Prediction:
        """The prediction of ``post``, with the problem of the item before those of the model."""
        if self.problem is None:
            return prediction
        # Without its image or content the post is empty, which is not reported as a second problem.
        others = prediction.problems if prediction.used != "none" else ()
        return replace(prediction, problems=(self.problem, *others))


@dataclass(slots=True, eq=False)
class _Request(Generic[Item, Result]):
    """A request that waits for its results."""

    work: Callable[[Sequence[Item]], Sequence[Result]]
    items: Sequence[Item]
    done: asyncio.Future[Sequence[Result]]


class Batcher:
    """Runs the work of requests in threads, several requests per batch.

    A free thread starts immediately with the request that has waited longest, and adds waiting requests with the same
    work: no request is delayed to fill a batch. Each request succeeds or fails independently. The caller bounds the
    number of waiting requests.

    Args:
        threads: number of concurrent batches.
        max_items: maximum number of items of a batch, unless a single request has more.
    """

    def __init__(self, threads: int, max_items: int) -> None:
        self._count, self._max_items = threads, max_items
        self._threads = ThreadPoolExecutor(threads, "batch")
        self._free = threads
        self._waiting: list[_Request[Any, Any]] = []

    @property
    def waiting(self) -> int:
        """Number of requests that wait for a thread."""
        return len(self._waiting)

    async def run(self, work: Callable[[Sequence[Item]], Sequence[Result]], items: Sequence[Item]) -> Sequence[Result]:
        """The results of ``work``, one per item, in order.

        A request that is cancelled while it waits is dropped; a running batch is not interrupted.

        Args:
            work: called in a thread, with these items and those of other requests with the same work.
            items: of this request.
        """
        request = _Request(work, items, asyncio.get_running_loop().create_future())
        self._waiting.append(request)
        self._start_batches()
        try:
            return await request.done
        finally:
            if request in self._waiting:
                self._waiting.remove(request)

    def _start_batches(self) -> None:
        """Start a batch on each free thread while requests wait."""
        while self._waiting and self._free:
            self._free -= 1
            batch = self._next_batch()
            future = asyncio.get_running_loop().run_in_executor(self._threads, _results_of, batch)
            future.add_done_callback(partial(self._finish_batch, batch))

    def _next_batch(self) -> list[_Request[Any, Any]]:
        """The request that has waited longest and others with the same work, distributed evenly among the threads."""
        first, *others = self._waiting
        batch, remaining = [first], self._max_items - len(first.items)
        for request in others:
            if len(batch) * self._count >= len(self._waiting):
                break
            if request.work == first.work and len(request.items) <= remaining:
                batch.append(request)
                remaining -= len(request.items)
        self._waiting = [request for request in self._waiting if request not in batch]
        return batch

    def _finish_batch(
        self, batch: list[_Request[Any, Any]], future: asyncio.Future[list[Sequence[Any] | Exception]]
    ) -> None:
        self._free += 1
        self._start_batches()  # before the responses, so that no thread is idle
        for request, outcome in zip(batch, future.result(), strict=True):
            if request.done.cancelled():
                continue
            if isinstance(outcome, Exception):
                request.done.set_exception(outcome)
                request.done.exception()  # marks it as retrieved: else asyncio logs it if the request is cancelled
            else:
                request.done.set_result(outcome)


def _results_of(batch: list[_Request[Any, Any]]) -> list[Sequence[Any] | Exception]:
    """The results of each request, or its error. After an error, each request is run separately."""
    try:
        results = iter(batch[0].work([item for request in batch for item in request.items]))
        return [list(islice(results, len(request.items))) for request in batch]
    except Exception as error:
        return [error] if len(batch) == 1 else [outcome for request in batch for outcome in _results_of([request])]


class BatchPredictor:
    """Predictions of several models, in batches.

    Args:
        models: by name, the first is the default.
        limits: of images.
        batcher: runs the models.
        metrics: for the size of batches.
    """

    def __init__(self, models: Mapping[str, Model], limits: Limits, batcher: Batcher, metrics: Metrics) -> None:
        self.models = dict(models)
        self._limits, self._batcher, self._metrics = limits, batcher, metrics
        # One function per model: the batcher joins requests with the same function.
        self._predict_with = {model: partial(self._predict, model) for model in models.values()}
        self._ready: bool | AnymoodError = False

    def model(self, name: str | None) -> Model:
        """A model by name; the default one for None.

        Raises:
            UnknownModel: there is none; the message lists the models.
        """
        name = next(iter(self.models)) if name is None else name
        if name not in self.models:
            raise UnknownModel(f"There is no model {name[:80]!r} here. Available: {', '.join(self.models)}.")
        return self.models[name]

    async def predict(self, model: Model, items: Sequence[BatchItem]) -> list[Prediction]:
        """Predictions, one per item, in order.

        Raises:
            BundleError: a graph of the model cannot be run.
        """
        predictions: list[Prediction] = []
        for start in range(0, len(items), MAX_BATCH_SIZE):
            predictions += await self._batcher.run(self._predict_with[model], items[start : start + MAX_BATCH_SIZE])
        return predictions

    async def explain(self, model: Model, item: BatchItem, label: str | None) -> Explanation:
        """An explanation of an item, without its picture.

        Raises:
            BundleError: a graph of the model cannot be run.
        """
        # A new function, so that the batcher does not join the request with others.
        [explanation] = await self._batcher.run(partial(self._explain, model, label), [item])
        return explanation

    async def warm_up(self) -> None:
        """Load every graph and run it once; errors are raised by ``check_ready``."""

        def warm(_: Sequence[BatchItem]) -> Sequence[Prediction]:
            for name, model in self.models.items():
                try:
                    model.warm_up()
                    explain("hello", _PIXEL, model=model)
                except BundleError:
                    raise
                except Exception as error:  # the message cannot quote a post, as none was sent yet
                    cause = f"{type(error).__name__}: {error}".rstrip(": ")
                    raise AnymoodError(
                        f"The model {name} cannot be run: {cause}. Restart the service once that is fixed."
                    ) from error
            return []

        try:
            await self._batcher.run(warm, [])
        except AnymoodError as error:
            _log.error("warming up: %s", error)
            self._ready = error
        else:
            self._ready = True

    def check_ready(self) -> None:
        """Check that all models have run once.

        Raises:
            NotReady: they are still warming up.
            AnymoodError: one of them cannot be run.
        """
        if isinstance(self._ready, AnymoodError):
            raise self._ready.with_traceback(None)  # otherwise the traceback would grow with each call
        if not self._ready:
            raise NotReady("The models are warming up. Try again in a second.")

    def _explain(self, model: Model, label: str | None, items: Sequence[BatchItem]) -> list[Explanation]:
        """The explanation of one item, in a thread."""
        [item] = items
        item = item.within(self._limits.image_pixels)
        explanation = explain(item.post.text, item.post.image, model=model, label=label)
        prediction = replace(item.add_problem(explanation.prediction), id=item.post.id)
        return [replace(explanation, prediction=prediction, picture=None)]

    def _predict(self, model: Model, items: Sequence[BatchItem]) -> list[Prediction]:
        """Predictions of a batch, in a thread."""
        self._metrics.count_batch(len(items))
        items = [item.within(self._limits.image_pixels) for item in items]
        predictions = model.predict_together([item.post for item in items])
        return [item.add_problem(prediction) for item, prediction in zip(items, predictions, strict=True)]
