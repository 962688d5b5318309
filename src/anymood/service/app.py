"""The parts put together to an ASGI application."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from importlib.resources import files

from fastapi import FastAPI
from fastapi.responses import FileResponse
from fastapi.staticfiles import StaticFiles

from anymood._version import __version__
from anymood.runtime.predictor import Model
from anymood.service.batching import Batcher
from anymood.service.description import describe_problems
from anymood.service.gate import Gate
from anymood.service.headers import SecurityHeaders
from anymood.service.keys import Keys
from anymood.service.limits import CHUNK, Limits
from anymood.service.metrics import Measured, Metrics
from anymood.service.origins import guard_origins
from anymood.service.problems import handle_problems
from anymood.service.routes import health_routes, model_routes
from anymood.service.unread import Unread
from anymood.service.work import Work

PAGE = str(files("anymood.service") / "page")
DESCRIPTION = "Sentiment and emotion of posts from text, image, or both, whichever is there."


def create_app(
    models: Mapping[str, Model],
    *,
    threads: int = 1,
    limits: Limits | None = None,
    keys: Keys | None = None,
    origins: Sequence[str] = (),
) -> FastAPI:
    """The service over some models.

    Args:
        models: by name, the first is the default; load each with ``threads=1``, since the threads are here.
        threads: threads that predict at once; see ``Model.callers``.
        limits: what a request may bring.
        keys: who may ask; everybody by default.
        origins: sites whose pages may ask from a browser, as ``https://example.org``; none by default.
    """
    limits = limits or Limits()
    gate, batcher = Gate(limits.max_concurrent), Batcher(threads, CHUNK)
    metrics = Metrics(gate, batcher)
    work = Work(models, limits, batcher, metrics)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        warming = asyncio.create_task(work.warm_up())
        yield
        await warming

    app = FastAPI(
        title="anymood",
        description=DESCRIPTION,
        version=__version__,
        lifespan=lifespan,
        docs_url=None,  # FastAPI's own page needs a CDN
        redoc_url=None,
        redirect_slashes=False,  # a redirection would name http:// and the Host of whoever asks, key and post to follow
    )
    app.state.gate = gate
    app.include_router(model_routes(work, metrics, gate, limits, keys or Keys()))
    app.include_router(health_routes(work, metrics))
    _add_page(app)
    handle_problems(app)
    describe_problems(app)
    guard_origins(app, origins)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(Measured, metrics=metrics, paths={"/", "/docs", *app.openapi()["paths"]})
    app.add_middleware(Unread)
    return app


def _add_page(app: FastAPI) -> None:
    """The page for people, the page that describes the interface, and their files."""

    @app.head("/", include_in_schema=False)
    @app.get("/", include_in_schema=False)
    async def index() -> FileResponse:
        return FileResponse(f"{PAGE}/index.html")

    @app.head("/docs", include_in_schema=False)
    @app.get("/docs", include_in_schema=False)
    async def docs() -> FileResponse:
        return FileResponse(f"{PAGE}/docs.html")

    app.mount("/page", StaticFiles(directory=PAGE), name="page")
