"""Prometheus metrics: counts and durations, never the content of a post."""

from collections.abc import Callable, Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Metric, generate_latest
from prometheus_fastapi_instrumentator.metrics import Info

from anymood.posts import Prediction

SECONDS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30)
POSTS = (1, 2, 4, 8, 16, 32, 64)
METHODS = {"GET", "HEAD", "POST", "OPTIONS"}


class Metrics:
    """The metrics of one service, in a separate registry.

    Args:
        active: returns the number of requests in progress.
        waiting: returns the number of requests that wait for a thread.
    """

    def __init__(self, active: Callable[[], float], waiting: Callable[[], float]) -> None:
        self._registry = registry = _Registry()
        self._requests = Counter(
            "anymood_requests", "Requests answered.", ("route", "method", "status"), registry=registry
        )
        self._seconds = Histogram(
            "anymood_request_seconds",
            "Seconds from the head of a request to the end of its response.",
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
        in_progress = Gauge(
            "anymood_requests_in_progress", "Prediction requests, waiting or running.", registry=registry
        )
        in_progress.set_function(active)
        queued = Gauge("anymood_requests_waiting", "Prediction requests that wait for a thread.", registry=registry)
        queued.set_function(waiting)

    def count_response(self, info: Info) -> None:
        """Count a response, by route and kind of problem."""
        route = "other" if info.modified_handler == "none" else info.modified_handler
        # Unknown methods and paths share a label: else clients could add any number of time series.
        method = info.method if info.method in METHODS else "other"
        self._requests.labels(route, method, info.modified_status).inc()
        self._seconds.labels(route).observe(info.modified_duration)
        problem = info.request.scope.get("problem")
        if problem is not None:
            self._problems.labels(problem).inc()

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


class _Registry(CollectorRegistry):
    """A registry without ``_created`` series; prometheus_client's switch is for the whole process."""

    def collect(self) -> Iterable[Metric]:
        for metric in super().collect():
            metric.samples = [sample for sample in metric.samples if not sample.name.endswith("_created")]
            yield metric
