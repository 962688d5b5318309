"""The routes of the API."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from anyio import to_thread
from fastapi import APIRouter, Depends, Request, Response
from fastapi.security import HTTPBearer
from prometheus_client import CONTENT_TYPE_LATEST

from anymood.broken_utf8 import legacy_encoding, most_characters_per_byte, web_name
from anymood.errors import ImageError
from anymood.posts import Post, Prediction, Reason
from anymood.reporting.analysis import ModelFacts, ReportOptions, analyse
from anymood.reporting.correction import correction_of
from anymood.reporting.scored import PostCollector, ScoreColumns
from anymood.reporting.times import candidates
from anymood.runtime.predictor import Model
from anymood.service.batching import BatchPredictor
from anymood.service.limits import Limits
from anymood.service.metrics import Metrics
from anymood.service.problems import MalformedRequest, NoKey, NothingToSee
from anymood.service.requests import (
    AdmissionControl,
    read_batch,
    read_bytes,
    read_json,
    read_single,
    run_while_connected,
)
from anymood.service.schemas import (
    BatchOut,
    ExplainBody,
    ExplanationOut,
    LimitsOut,
    ModelOut,
    ModelsOut,
    OneOut,
    ReportBody,
    ReportOut,
    StatusOut,
    describe_batch_body,
    describe_problems,
    describe_report_body,
    describe_single_body,
)
from anymood.service.security import Keys
from anymood.tables.lines import SAMPLE
from anymood.tables.rows import Row


def health_routes(predictor: BatchPredictor, metrics: Metrics) -> APIRouter:
    """Liveness, readiness and metrics."""
    router = APIRouter(tags=["health"])

    @router.head("/live", include_in_schema=False)
    @router.get("/live", summary="Does the process respond?")
    async def live() -> StatusOut:
        return StatusOut(status="live")

    @router.head("/ready", include_in_schema=False)
    @router.get("/ready", summary="Have all models run once?", responses=describe_problems(500, 503))
    async def ready() -> StatusOut:
        predictor.check_ready()
        return StatusOut(status="ready")

    @router.head("/metrics", include_in_schema=False)
    @router.get(
        "/metrics",
        summary="Metrics for Prometheus",
        response_class=Response,
        responses={200: {"content": {CONTENT_TYPE_LATEST: {"schema": {"type": "string"}}}}},
    )
    async def prometheus() -> Response:
        return Response(metrics.text(), media_type=CONTENT_TYPE_LATEST)

    return router


def prediction_routes(
    predictor: BatchPredictor, metrics: Metrics, admission: AdmissionControl, limits: Limits, keys: Keys
) -> APIRouter:
    """Models and predictions; requests need a valid API key if there are keys."""

    async def require_key(request: Request) -> None:
        if not keys.allow(request.headers.get("authorization")):
            raise NoKey("Send a valid API key in the header: Authorization: Bearer KEY.")

    dependencies = [Depends(require_key), Depends(HTTPBearer(auto_error=False))] if keys else []
    unauthorized = (401,) if keys else ()
    problems = describe_problems(403, 404, 408, 413, 415, 422, 500, 503, *unauthorized)
    router = APIRouter(prefix="/v1", tags=["predictions"], dependencies=dependencies)

    @router.head("/models", include_in_schema=False)
    @router.get("/models", summary="Models, and limits of a request", responses=describe_problems(*unauthorized))
    async def models() -> ModelsOut:
        served = [
            ModelOut(name=name, description=model.bundle.config.description, labels=list(model.labels))
            for name, model in predictor.models.items()
        ]
        values = asdict(limits)
        return ModelsOut(models=served, limits=LimitsOut(**{name: values[name] for name in LimitsOut.model_fields}))

    @router.post(
        "/predict",
        summary="Predict a post from its text, its image, or both",
        response_model=OneOut,
        responses=problems,
        openapi_extra=describe_single_body(),
    )
    async def predict(request: Request) -> Any:
        with admission.admit():
            body = await read_single(request, limits)
            model = predictor.model(body.model)
            work = predictor.predict(model, body.items)
            [prediction] = await run_while_connected(request, work, limits.seconds)
        metrics.count_predictions(model.name, [prediction])
        _require_label(prediction)
        return {"model": model.name, **prediction.to_dict()}

    @router.post(
        "/predict/batch",
        summary="Predict several posts; each succeeds or fails by itself",
        response_model=BatchOut,
        responses=problems,
        openapi_extra=describe_batch_body(limits),
    )
    async def predict_batch(request: Request) -> Any:
        with admission.admit():
            body = await read_batch(request, limits)
            model = predictor.model(body.model)
            work = predictor.predict(model, body.items)
            predictions = await run_while_connected(request, work, limits.seconds)
        metrics.count_predictions(model.name, predictions)
        return {"model": model.name, "predictions": [prediction.to_dict() for prediction in predictions]}

    @router.post(
        "/explain",
        summary="Explain a prediction: what text and image add, and which words and regions",
        response_model=ExplanationOut,
        responses=problems,
        openapi_extra=describe_single_body(ExplainBody),
    )
    async def explain(request: Request) -> Any:
        with admission.admit():
            body = await read_single(request, limits, ExplainBody)
            model = predictor.model(body.model)
            if body.label is not None and body.label not in model.labels:
                known = ", ".join(model.labels)
                raise MalformedRequest(f"The model {model.name} has no label {body.label[:80]!r}. It has: {known}.")
            work = predictor.explain(model, body.items[0], body.label)
            explanation = await run_while_connected(request, work, limits.seconds)
        metrics.count_predictions(model.name, [explanation.prediction])
        _require_label(explanation.prediction)
        return explanation.to_dict()

    @router.post(
        "/report",
        summary="Report on predicted rows: shares over time and by group, as figures and as a page",
        response_model=ReportOut,
        responses=describe_problems(400) | problems,
        openapi_extra=describe_report_body(),
    )
    async def report(request: Request) -> Any:
        with admission.admit():
            body = await read_json(request, limits, ReportBody)
            model = predictor.model(body.model)
            work = to_thread.run_sync(_report, model, body, abandon_on_cancel=True)
            return await run_while_connected(request, work, limits.seconds)

    @router.post("/encoding", include_in_schema=False)  # for tables that are opened in the page
    async def encoding(request: Request) -> Any:
        """The encoding of lines that are not UTF-8, and the bound of ``is_damaged_utf8`` for a line."""
        with admission.admit():
            sample = await read_bytes(request, limits)
            work = to_thread.run_sync(legacy_encoding, sample[:SAMPLE], abandon_on_cancel=True)
            found = await run_while_connected(request, work, limits.seconds)
        return {"encoding": web_name(found), "most_characters_per_byte": most_characters_per_byte(found)}

    return router


# Reasons of an unusable image; all others are of the text or of the post.
IMAGE_REASONS = frozenset(
    (
        Reason.MISSING_IMAGE, Reason.IMAGE_IS_URL, Reason.EMPTY, Reason.TRUNCATED, Reason.NOT_AN_IMAGE,
        Reason.TOO_LARGE, Reason.UNREADABLE,
    )
)  # fmt: skip


def _report(model: Model, body: ReportBody) -> dict[str, Any]:
    """The report on the rows of a request. Images are never read, since their paths come from a client.

    Raises:
        MalformedRequest: the rows are not predicted, or lack a column.
        InputError: no row has a label.
    """
    columns = tuple(dict.fromkeys(name for row in body.rows for name in row))
    found = ScoreColumns.find(columns, body.rows[0], model.labels)
    if found is None or found.labels != model.labels:
        raise MalformedRequest(
            f"The rows are not predicted by {model.name}. Send rows as anymood predict writes them to JSON Lines, "
            f"with label, used and p_{model.labels.names[0]} and so on."
        )
    if lacking := [name for name in body.by if name not in columns]:
        raise MalformedRequest(f"The rows have no column {lacking[0][:80]!r}.")
    posts = PostCollector(found.labels, [*dict.fromkeys([*body.by, *candidates(dict.fromkeys(columns))])])
    for number, row in enumerate(body.rows, 1):
        post = Post(_text(row, body.text_column), None, _text(row, "id"))
        posts.add_scored(Row(number, f"row {number}", post, None, None, dict(row), ()), found)
    options = ReportOptions(tuple(body.by), title=body.title, source=body.source, thumbnails=False)
    correction = correction_of(model.bundle, model.labels, model.prior)
    report = analyse(posts.finish(), correction, ModelFacts.of(model.bundle), options)
    return {"report": report.to_dict(), "html": report.to_html()}


def _text(row: Mapping[str, Any], name: str) -> str | None:
    value = row.get(name)
    return None if value is None or value == "" else str(value)


def _require_label(prediction: Prediction) -> None:
    """Raise the problem of a post without a label."""
    if prediction.used != "none":
        return
    problem, reason = prediction.problem or "", prediction.reason or Reason.NOTHING_TO_SEE
    raise ImageError(problem, reason) if reason in IMAGE_REASONS else NothingToSee(problem, reason)
