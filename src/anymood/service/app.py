"""The ASGI application."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from importlib.resources import files

from fastapi import FastAPI
from fastapi.responses import FileResponse
from fastapi.staticfiles import StaticFiles

from anymood._version import __version__
from anymood.runtime.predictor import Model
from anymood.service.admission import AdmissionControl
from anymood.service.batching import MAX_BATCH_SIZE, Batcher, BatchPredictor
from anymood.service.limits import Limits
from anymood.service.metrics import CountResponses, Metrics
from anymood.service.openapi import add_problem_schema
from anymood.service.problems import handle_problems
from anymood.service.report_routes import report_routes
from anymood.service.routes import health_routes, prediction_routes
from anymood.service.security import Keys, SecurityHeaders, UnreadBodies, allow_origins

PAGE = str(files("anymood.service") / "page")
DESCRIPTION = "Sentiment and emotion of posts from text, image, or both."


def create_app(
    models: Mapping[str, Model],
    *,
    threads: int = 1,
    limits: Limits | None = None,
    keys: Keys | None = None,
    origins: Sequence[str] = (),
) -> FastAPI:
    """Create the service.

    Args:
        models: by name, the first is the default; load each with ``threads=1``.
        threads: number of threads that predict; see ``Model.callers``.
        limits: limits of a request.
        keys: API keys; by default, every request is allowed.
        origins: sites whose pages may send requests, as ``https://example.org``; none by default.
    """
    limits = limits or Limits()
    admission, batcher = AdmissionControl(limits), Batcher(threads, MAX_BATCH_SIZE)
    metrics = Metrics(lambda: admission.active, lambda: admission.arriving, lambda: batcher.waiting)
    predictor = BatchPredictor(models, limits, batcher, metrics)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        warming_up = asyncio.create_task(predictor.warm_up())
        yield
        await warming_up

    app = FastAPI(
        title="anymood",
        description=DESCRIPTION,
        version=__version__,
        lifespan=lifespan,
        docs_url=None,  # FastAPI's page needs a CDN
        redoc_url=None,
        redirect_slashes=False,  # a redirect would send key and post to http:// and the client's Host
    )
    app.state.admission = admission
    keys = keys or Keys()
    app.include_router(prediction_routes(predictor, metrics, admission, limits, keys))
    app.include_router(report_routes(predictor, admission, limits, keys))
    app.include_router(health_routes(predictor, metrics))
    _add_page(app)
    add_problem_schema(app)
    # Each middleware wraps those before it.
    handle_problems(app)
    allow_origins(app, origins)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(CountResponses, metrics=metrics)
    app.add_middleware(UnreadBodies)
    return app


def _add_page(app: FastAPI) -> None:
    """Add the web page, the page that documents the API, and their files."""

    @app.head("/", include_in_schema=False)
    @app.get("/", include_in_schema=False)
    async def index() -> FileResponse:
        return FileResponse(f"{PAGE}/index.html")

    @app.head("/docs", include_in_schema=False)
    @app.get("/docs", include_in_schema=False)
    async def docs() -> FileResponse:
        return FileResponse(f"{PAGE}/docs.html")

    app.mount("/page", StaticFiles(directory=PAGE), name="page")
