"""The interface: what can be asked, and by whom."""

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.security import HTTPBearer
from prometheus_client import CONTENT_TYPE_LATEST

from anymood.errors import ImageError
from anymood.posts import Prediction, Reason
from anymood.service.bodies import read_batch, read_one
from anymood.service.description import batch_body, one_body, problems
from anymood.service.gate import Gate, while_waited_for
from anymood.service.keys import Keys
from anymood.service.limits import Limits
from anymood.service.metrics import Metrics
from anymood.service.problems import NoKey, NothingToSee
from anymood.service.schemas import (
    BatchOut,
    LimitsOut,
    ModelOut,
    ModelsOut,
    OneOut,
    StatusOut,
)
from anymood.service.work import Work


def health_routes(work: Work, metrics: Metrics) -> APIRouter:
    """For whoever runs the service: is it alive, is it ready, how is it doing."""
    router = APIRouter(tags=["health"])

    @router.head("/live", include_in_schema=False)
    @router.get("/live", summary="Does the process answer?")
    async def live() -> StatusOut:
        return StatusOut(status="live")

    @router.head("/ready", include_in_schema=False)
    @router.get("/ready", summary="Have all models run once?", responses=problems(500, 503))
    async def ready() -> StatusOut:
        work.check_ready()
        return StatusOut(status="ready")

    @router.head("/metrics", include_in_schema=False)
    @router.get(
        "/metrics",
        summary="Series for Prometheus",
        response_class=Response,
        responses={200: {"content": {CONTENT_TYPE_LATEST: {"schema": {"type": "string"}}}}},
    )
    async def series() -> Response:
        return Response(metrics.text(), media_type=CONTENT_TYPE_LATEST)

    return router


def model_routes(work: Work, metrics: Metrics, gate: Gate, limits: Limits, keys: Keys) -> APIRouter:
    """For whoever has posts."""

    async def key(request: Request) -> None:
        if not keys.allow(request.headers.get("authorization")):
            raise NoKey("Send a valid API key in the header: Authorization: Bearer KEY.")

    locked = [Depends(key), Depends(HTTPBearer(auto_error=False))] if keys else []
    refused = (401,) if keys else ()
    router = APIRouter(prefix="/v1", tags=["predictions"], dependencies=locked)

    @router.head("/models", include_in_schema=False)
    @router.get("/models", summary="Models by name, and what a request may bring", responses=problems(*refused))
    async def models() -> ModelsOut:
        known = [
            ModelOut(name=name, description=model.bundle.config.description, labels=list(model.labels))
            for name, model in work.models.items()
        ]
        named = asdict(limits)
        return ModelsOut(models=known, limits=LimitsOut(**{name: named[name] for name in LimitsOut.model_fields}))

    @router.post(
        "/predict",
        summary="Predict a post from its text, its image, or both",
        response_model=OneOut,
        responses=problems(403, 404, 408, 413, 415, 422, 500, 503, *refused),
        openapi_extra=one_body(),
    )
    async def predict(request: Request) -> Any:
        with gate.admit():
            wanted = await read_one(request, limits)
            model = work.model(wanted.model)
            [prediction] = await while_waited_for(request, work.predict(model, wanted.posts), limits.seconds)
        metrics.count_predictions(model.name, [prediction])
        _require_label(prediction)
        return {"model": model.name, **prediction.to_dict()}

    @router.post(
        "/predict/batch",
        summary="Predict posts; each succeeds or fails alone",
        response_model=BatchOut,
        responses=problems(403, 404, 408, 413, 415, 422, 500, 503, *refused),
        openapi_extra=batch_body(limits),
    )
    async def predict_batch(request: Request) -> Any:
        with gate.admit():
            wanted = await read_batch(request, limits)
            model = work.model(wanted.model)
            predictions = await while_waited_for(request, work.predict(model, wanted.posts), limits.seconds)
        metrics.count_predictions(model.name, predictions)
        return {"model": model.name, "predictions": [prediction.to_dict() for prediction in predictions]}

    return router


def _require_label(prediction: Prediction) -> None:
    """A single post without an answer is an error; a text that decides for a bad image is not."""
    if prediction.used != "none":
        return
    problem, reason = prediction.problem or "", prediction.reason or Reason.NOTHING_TO_SEE
    is_empty = reason in (Reason.NOTHING_TO_SEE, Reason.NOT_TRAINED)
    raise NothingToSee(problem, reason) if is_empty else ImageError(problem, reason)
