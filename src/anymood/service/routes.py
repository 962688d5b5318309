"""The routes of predictions, and of the state of the service."""

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST

from anymood.errors import ImageError, SettingError
from anymood.posts import Prediction, Reason
from anymood.service.admission import AdmissionControl, run_while_connected
from anymood.service.batching import BatchPredictor
from anymood.service.limits import Limits
from anymood.service.metrics import Metrics
from anymood.service.openapi import (
    JSON,
    MULTIPART,
    REQUEST_PROBLEMS,
    URLENCODED,
    describe_batch_body,
    describe_problems,
    describe_single_body,
)
from anymood.service.problems import MalformedRequest, NothingToSee
from anymood.service.requests import parse_batch, parse_single
from anymood.service.schemas import (
    BatchOut,
    ExplainBody,
    ExplanationOut,
    LimitsOut,
    ModelOut,
    ModelsOut,
    OneOut,
    StatusOut,
)
from anymood.service.security import Keys, api_router

SINGLE = (URLENCODED, MULTIPART, JSON)  # media types of a request with one post


def health_routes(predictor: BatchPredictor, metrics: Metrics) -> APIRouter:
    """Liveness, readiness and metrics."""
    router = APIRouter(tags=["health"])

    @router.head("/live", include_in_schema=False)
    @router.get("/live", summary="Check that the process responds")
    async def live() -> StatusOut:
        return StatusOut(status="live")

    @router.head("/ready", include_in_schema=False)
    @router.get("/ready", summary="Check that all models have run once", responses=describe_problems(500, 503))
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
    """Models and predictions."""
    unauthorized = (401,) if keys else ()
    problems = describe_problems(*REQUEST_PROBLEMS, *unauthorized)
    router = api_router(keys)

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
        body = await admission.read_body(request, *SINGLE)
        with admission.admit():
            parsed = await parse_single(body, limits)
            model = predictor.model(parsed.model)
            work = predictor.predict(model, parsed.items)
            [prediction] = await run_while_connected(request, work, limits.seconds)
        metrics.count_predictions(model.name, [prediction])
        _require_label(prediction)
        return {"model": model.name, **prediction.to_dict()}

    @router.post(
        "/predict/batch",
        summary="Predict several posts; each succeeds or fails separately",
        response_model=BatchOut,
        responses=problems,
        openapi_extra=describe_batch_body(limits),
    )
    async def predict_batch(request: Request) -> Any:
        body = await admission.read_body(request, JSON)
        with admission.admit():
            parsed = await parse_batch(body, limits)
            model = predictor.model(parsed.model)
            work = predictor.predict(model, parsed.items)
            predictions = await run_while_connected(request, work, limits.seconds)
        metrics.count_predictions(model.name, predictions)
        return {"model": model.name, "predictions": [prediction.to_dict() for prediction in predictions]}

    @router.post(
        "/explain",
        summary="Explain a prediction: effects of the text, the image, words and regions",
        response_model=ExplanationOut,
        responses=problems,
        openapi_extra=describe_single_body(ExplainBody),
    )
    async def explain(request: Request) -> Any:
        body = await admission.read_body(request, *SINGLE)
        with admission.admit():
            parsed = await parse_single(body, limits, ExplainBody)
            model = predictor.model(parsed.model)
            if parsed.label is not None:
                try:
                    model.labels.index(parsed.label)
                except SettingError as error:
                    raise MalformedRequest(str(error)) from error
            work = predictor.explain(model, parsed.items[0], parsed.label)
            explanation = await run_while_connected(request, work, limits.seconds)
        metrics.count_predictions(model.name, [explanation.prediction])
        _require_label(explanation.prediction)
        return explanation.to_dict()

    return router


# Reasons of an unusable image; all others are of the text or of the post.
IMAGE_REASONS = frozenset(
    (
        Reason.MISSING_IMAGE, Reason.IMAGE_IS_URL, Reason.EMPTY, Reason.TRUNCATED, Reason.NOT_AN_IMAGE,
        Reason.TOO_LARGE, Reason.UNREADABLE,
    )
)  # fmt: skip


def _require_label(prediction: Prediction) -> None:
    """Raise the problem of a post without a label."""
    if prediction.used != "none":
        return
    problem, reason = prediction.problem or "", prediction.reason or Reason.NOTHING_TO_SEE
    raise ImageError(problem, reason) if reason in IMAGE_REASONS else NothingToSee(problem, reason)
