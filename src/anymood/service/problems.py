"""Errors of the service, and their responses in the form of RFC 9457 (``application/problem+json``).

Errors of a request derive from ``RequestError``, all others from ``AnymoodError``. ``answer`` creates their responses.
"""

import logging
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from anymood.errors import AnymoodError, ImageError, InputError
from anymood.posts import Reason

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER = "1"  # seconds: much longer than predicting a post

_log = logging.getLogger("anymood.service")


class RequestError(InputError):
    """A request is invalid."""


class MalformedRequest(RequestError):
    """The body does not match the schema; ``errors`` lists what is wrong where."""

    def __init__(self, message: str, errors: list[dict[str, str]] | None = None) -> None:
        super().__init__(message)
        self.errors = errors or []


class NothingToSee(RequestError):
    """A post without a usable text or image; ``reason`` is the prediction's."""

    def __init__(self, message: str, reason: Reason) -> None:
        super().__init__(message)
        self.reason = reason


class UnknownModel(RequestError):
    """There is no model of that name."""


class TooLarge(RequestError):
    """The body exceeds the limit."""


class UnknownMedia(RequestError):
    """The media type or encoding of the body is not supported."""


class NoKey(RequestError):
    """The API key is missing or wrong."""


class OtherSite(RequestError):
    """A page of another site sent the request."""


class TooSlow(RequestError):
    """The body did not arrive in time."""


class Overloaded(AnymoodError):
    """The limit of concurrent requests is reached."""


class TimedOut(AnymoodError):
    """The prediction took too long."""


class NotReady(AnymoodError):
    """The models are still warming up."""


class ClientGone(AnymoodError):
    """The client closed the connection."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of problem: status, last part of the problem's type, and title; clients may rely on them."""

    status: int
    name: str
    title: str


FAULT = Kind(500, "fault", "Internal error of the service")
NOT_HTTP = Kind(400, "not-http", "The request is not valid HTTP")  # raised by the server, before the app

# The kind of an error is that of the first class of its method resolution order that is listed here.
KINDS: dict[type[BaseException], Kind] = {
    MalformedRequest: Kind(422, "malformed-request", "The request does not match the schema"),
    NothingToSee: Kind(422, "nothing-to-see", "The post has no usable text or image"),
    UnknownModel: Kind(404, "unknown-model", "There is no model of that name"),
    TooLarge: Kind(413, "too-large", "The request is too large"),
    UnknownMedia: Kind(415, "unknown-media", "The media type of the body is not supported"),
    NoKey: Kind(401, "no-key", "A valid API key is required"),
    OtherSite: Kind(403, "other-site", "Requests from pages of other sites are not allowed"),
    TooSlow: Kind(408, "too-slow", "The request took too long to arrive"),
    Overloaded: Kind(503, "overloaded", "The limit of concurrent requests is reached"),
    TimedOut: Kind(503, "timed-out", "The prediction took too long"),
    NotReady: Kind(503, "not-ready", "The models are warming up"),
    ClientGone: Kind(499, "client-gone", "The client closed the connection"),  # nginx's status, only for the metrics
    ImageError: Kind(422, "unusable-image", "The image cannot be used"),
    InputError: Kind(400, "unusable-input", "Something in the request cannot be used"),
    AnymoodError: FAULT,
}


def handle_problems(app: FastAPI) -> None:
    """Let ``answer`` respond to all errors of ``app``. Call it before other middleware is added."""
    for kind in (AnymoodError, HTTPException):
        app.add_exception_handler(kind, answer)
    app.add_middleware(UnexpectedErrors)


class UnexpectedErrors:
    """ASGI middleware that responds to errors without a handler.

    Starlette's own handler raises them again, so that uvicorn would log their messages, which may quote a post.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Call the app, and respond to its errors."""
        started = False

        async def note_start(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, note_start)
        except Exception as error:
            if scope["type"] != "http" or started:
                raise
            response = await answer(Request(scope), error)
            await response(scope, receive, send)


async def answer(request: Request, error: Exception) -> JSONResponse:
    """The response to an error; internal errors are logged, without the content of the request."""
    if isinstance(error, HTTPException):  # unknown route or method
        kind = Kind(error.status_code, "http", HTTPStatus(error.status_code).phrase)
        allowed = (error.headers or {}).get("Allow")
        problem = f"Use {allowed} here." if allowed else "There is nothing at this URL."
        return respond(kind, f"{problem} See /docs for the API.", dict(error.headers or {}))
    kind = next((KINDS[cls] for cls in type(error).__mro__ if cls in KINDS), FAULT)
    if not hasattr(error, "reason"):  # problems of posts are counted with the prediction
        request.scope["problem"] = kind.name
    if kind is FAULT:
        # The message of an unexpected error may quote a post, so only its class is logged.
        cause = str(error) if isinstance(error, AnymoodError) else type(error).__name__
        _log.error("%s %s: %s", request.method, request.url.path, cause)
        return respond(kind, "Internal error. The server's log has the details.")
    headers = {503: {"Retry-After": RETRY_AFTER}, 401: {"WWW-Authenticate": "Bearer"}}.get(kind.status)
    more = {name: value for name in ("reason", "errors") if (value := getattr(error, name, None))}
    return respond(kind, str(error), headers, **more)


def respond(kind: Kind, detail: str, headers: dict[str, str] | None = None, **more: Any) -> JSONResponse:
    """A response of the media type ``application/problem+json``."""
    uri = "about:blank" if kind.name == "http" else f"/docs#{kind.name}"
    body = {"type": uri, "title": kind.title, "status": kind.status, "detail": detail, **more}
    return JSONResponse(body, kind.status, headers, MEDIA_TYPE)
