"""Which sites' pages may ask from a browser."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from fastapi import FastAPI, Request
from fastapi.middleware.cors import CORSMiddleware
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from anymood.service.problems import OtherSite, answer


def guard_origins(app: FastAPI, origins: Sequence[str]) -> None:
    """Let the pages of ``origins`` ask and read the answers; those of other sites, the service's own but, neither."""
    app.add_middleware(SameSite, origins=origins)
    if origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(origins),
            allow_methods=["GET", "POST"],
            allow_headers=["Authorization", "Content-Type"],
        )


class SameSite:
    """ASGI middleware that refuses what another site's page posts.

    A browser would not show that page the answer, but a form needs no leave to be sent, and its post would be work.
    By the headers ``Sec-Fetch-Site``, which no page can set, and else ``Origin``; a program sends neither.

    Args:
        app: what answers.
        origins: other sites that may.
    """

    def __init__(self, app: ASGIApp, origins: Sequence[str]) -> None:
        self._app, self._origins = app, frozenset(origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] == "http" and scope["method"] == "POST" and not self._may(Headers(scope=scope)):
            error = OtherSite(
                "A page of another site asks. Let it with --origin; behind a proxy, pass the header Host on as it came."
            )
            refuse = await answer(Request(scope), error)
            await refuse(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _may(self, headers: Headers) -> bool:
        origin = headers.get("origin")
        if origin in self._origins:
            return True
        site = headers.get("sec-fetch-site")
        if site is not None:
            return site in ("same-origin", "none")
        return origin is None or urlsplit(origin).netloc == headers.get("host")
