"""Prometheus metrics: counts and durations, never the content of a post."""

import time
from collections.abc import Callable, Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Metric, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from anymood.posts import Prediction

SECONDS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30)
POSTS = (1, 2, 4, 8, 16, 32, 64)
METHODS = {"GET", "HEAD", "POST", "OPTIONS"}


class Metrics:
    """The metrics of one service, in a separate registry.

    Args:
        active: returns the number of requests in progress.
        arriving: returns the number of bytes received of incomplete bodies.
        waiting: returns the number of requests that wait for a thread.
    """

    def __init__(
        self, active: Callable[[], float], arriving: Callable[[], float], waiting: Callable[[], float]
    ) -> None:
        self._registry = registry = _Registry()
        self._requests = Counter(
            "anymood_requests", "Requests answered.", ("route", "method", "status"), registry=registry
        )
        self._seconds = Histogram(
            "anymood_request_seconds",
            "Seconds from the headers of a request to the end of its response.",
            ("route",),
            buckets=SECONDS,
            registry=registry,
        )
        self._posts = Histogram("anymood_request_posts", "Posts per request.", buckets=POSTS, registry=registry)
        self._batches = Histogram("anymood_batch_posts", "Posts predicted together.", buckets=POSTS, registry=registry)
        self._used = Counter(
            "anymood_predictions", "Predictions by the classifier that decided.", ("model", "used"), registry=registry
        )
        self._problems = Counter("anymood_problems", "Problems by reason.", ("reason",), registry=registry)
        for name, description, value in (
            ("anymood_requests_in_progress", "Prediction requests, waiting or running.", active),
            ("anymood_requests_waiting", "Prediction requests that wait for a thread.", waiting),
            ("anymood_arriving_body_bytes", "Bytes received of incomplete request bodies.", arriving),
        ):
            Gauge(name, description, registry=registry).set_function(value)

    def count_response(self, scope: Scope, status: int, seconds: float) -> None:
        """Count a response, by route and kind of problem."""
        # Unknown methods and paths share a label: otherwise clients could add any number of time series.
        route = _route(scope) if "endpoint" in scope else "other"
        method = scope["method"] if scope["method"] in METHODS else "other"
        self._requests.labels(route, method, status).inc()
        self._seconds.labels(route).observe(seconds)
        if "problem" in scope:
            self._problems.labels(scope["problem"]).inc()

    def count_batch(self, posts: int) -> None:
        """Count a batch of posts."""
        self._batches.observe(posts)

    def count_predictions(self, model: str, predictions: Iterable[Prediction]) -> None:
        """Count the predictions of a request."""
        count = 0
        for count, prediction in enumerate(predictions, 1):  # noqa: B007 - the last one is the count
            self._used.labels(model, prediction.used).inc()
            if prediction.reason is not None:
                self._problems.labels(prediction.reason).inc()
        self._posts.observe(count)

    def text(self) -> bytes:
        """All metrics in Prometheus's text format."""
        return generate_latest(self._registry)


class CountResponses:
    """ASGI middleware that counts every response, after the app has found the route.

    Args:
        app: the application.
        metrics: to count in.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Call the app, and count its response."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begin, status = time.perf_counter(), 500

        async def note_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, note_status)
        finally:
            self._metrics.count_response(scope, status, time.perf_counter() - begin)


def _route(scope: Scope) -> str:
    """The path of the route that FastAPI found; of a folder that is mounted, or of a plain route of Starlette."""
    path: str = getattr(scope.get("route"), "path", None) or scope["root_path"] or scope["path"]
    return path


class _Registry(CollectorRegistry):
    """A registry without ``_created`` series; prometheus_client's switch is for the whole process."""

    def collect(self) -> Iterable[Metric]:
        for metric in super().collect():
            metric.samples = [sample for sample in metric.samples if not sample.name.endswith("_created")]
            yield metric
