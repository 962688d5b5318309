"""What Prometheus is told: counts and times, never anything of a post."""

import time
from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from anymood.posts import Prediction
from anymood.service.batching import Batcher
from anymood.service.gate import Gate

SECONDS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30)
POSTS = (1, 2, 4, 8, 16, 32, 64)
METHODS = {"GET", "HEAD", "POST", "OPTIONS"}


class Metrics:
    """The series of one service, in a registry of its own.

    Args:
        gate: whose requests are counted.
        batcher: that requests wait for.
    """

    def __init__(self, gate: Gate, batcher: Batcher) -> None:
        self._registry = registry = CollectorRegistry()
        self._requests = Counter(
            "anymood_requests", "Requests answered.", ("route", "method", "status"), registry=registry
        )
        self._seconds = Histogram(
            "anymood_request_seconds",
            "Seconds from a request's head to the end of its answer.",
            ("route",),
            buckets=SECONDS,
            registry=registry,
        )
        self._posts = Histogram("anymood_request_posts", "Posts a request.", buckets=POSTS, registry=registry)
        self._batches = Histogram("anymood_batch_posts", "Posts predicted together.", buckets=POSTS, registry=registry)
        self._used = Counter("anymood_predictions", "Posts, by what decided.", ("model", "used"), registry=registry)
        self._problems = Counter("anymood_problems", "Problems, by reason.", ("reason",), registry=registry)
        active = Gauge("anymood_requests_in_progress", "Requests to predict, waiting or running.", registry=registry)
        active.set_function(lambda: gate.active)
        waiting = Gauge("anymood_requests_waiting", "Requests that wait for a thread.", registry=registry)
        waiting.set_function(lambda: batcher.waiting)

    def count_batch(self, posts: int) -> None:
        """Count the posts of a batch, of one request or of several."""
        self._batches.observe(posts)

    def count_request(self, route: str, method: str, status: int, seconds: float, problem: str | None) -> None:
        """Count an answer."""
        self._requests.labels(route, method if method in METHODS else "other", str(status)).inc()
        self._seconds.labels(route).observe(seconds)
        if problem is not None:
            self._problems.labels(problem).inc()

    def count_predictions(self, model: str, predictions: Iterable[Prediction]) -> None:
        """Count the posts of a request."""
        count = 0
        for count, prediction in enumerate(predictions, 1):  # noqa: B007 - the last one is the count
            self._used.labels(model, prediction.used).inc()
            if prediction.reason is not None:
                self._problems.labels(prediction.reason).inc()
        self._posts.observe(count)

    def text(self) -> bytes:
        """All series in Prometheus's text format."""
        return generate_latest(self._registry)


class Measured:
    """ASGI middleware that counts every answer.

    Args:
        app: what answers.
        metrics: where to count.
        paths: those that may be named; strangers' share the word ``other``, so that they cannot add series.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics, paths: Iterable[str]) -> None:
        self._app, self._metrics, self._paths = app, metrics, frozenset(paths)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and count its answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        status = 500

        async def note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, note)
        finally:
            path = scope["path"] if scope["path"] in self._paths else "other"
            seconds = time.perf_counter() - began
            self._metrics.count_request(path, scope["method"], status, seconds, scope.get("problem"))
