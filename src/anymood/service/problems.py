"""What goes wrong with a request, and the answers in the form of RFC 9457.

::

    InputError
    └── RequestError          a request cannot be served as it is
        ├── MalformedRequest  the body is not what the interface describes
        ├── NothingToSee      a post of which nothing can be seen
        ├── UnknownModel      there is no model of that name here
        ├── TooLarge          the body has more bytes than are read
        ├── UnknownMedia      the body is in a form that is not understood
        ├── NoKey             there is no API key, or a wrong one
        ├── OtherSite         another site's page asks
        └── TooSlow           the body took too long to arrive
    AnymoodError
    ├── Overloaded            as many requests as are allowed; try again
    ├── TimedOut              the answer took too long
    ├── NotReady              the models are still warming up
    └── ClientGone            nobody waits for the answer any more

They extend the tree of ``anymood.errors``, and one function answers them all.
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
RETRY_AFTER = "1"  # seconds: many times longer than a post takes

_log = logging.getLogger("anymood.service")


class RequestError(InputError):
    """A request cannot be served as it is."""


class MalformedRequest(RequestError):
    """The body is not what the interface describes; ``errors`` says what is wrong where."""

    def __init__(self, message: str, errors: list[dict[str, str]] | None = None) -> None:
        super().__init__(message)
        self.errors = errors or []


class NothingToSee(RequestError):
    """A post of which nothing can be seen; ``reason`` is the prediction's."""

    def __init__(self, message: str, reason: Reason) -> None:
        super().__init__(message)
        self.reason = reason


class UnknownModel(RequestError):
    """There is no model of that name here."""


class TooLarge(RequestError):
    """The body has more bytes than are read."""


class UnknownMedia(RequestError):
    """The body is in a form that is not understood."""


class NoKey(RequestError):
    """There is no API key, or a wrong one."""


class OtherSite(RequestError):
    """Another site's page asks."""


class TooSlow(RequestError):
    """The body took too long to arrive."""


class Overloaded(AnymoodError):
    """There are as many requests as are allowed at once."""


class TimedOut(AnymoodError):
    """The answer took too long."""


class NotReady(AnymoodError):
    """The models are still warming up."""


class ClientGone(AnymoodError):
    """Nobody waits for the answer any more."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What clients may rely on: the status, the last part of the problem's type, its title."""

    status: int
    name: str
    title: str


FAULT = Kind(500, "fault", "The service has a fault")

# An error is answered as the first of its classes, from its own up to AnymoodError, that stands here.
KINDS: dict[type[BaseException], Kind] = {
    MalformedRequest: Kind(422, "malformed-request", "The request is not as the interface describes"),
    NothingToSee: Kind(422, "nothing-to-see", "Nothing of the post can be seen"),
    UnknownModel: Kind(404, "unknown-model", "There is no such model here"),
    TooLarge: Kind(413, "too-large", "The request is too large"),
    UnknownMedia: Kind(415, "unknown-media", "The form of the body is not understood"),
    NoKey: Kind(401, "no-key", "A valid API key is needed"),
    OtherSite: Kind(403, "other-site", "Pages of other sites may not ask"),
    TooSlow: Kind(408, "too-slow", "The request took too long to arrive"),
    Overloaded: Kind(503, "overloaded", "The service has all it can do"),
    TimedOut: Kind(503, "timed-out", "The answer took too long"),
    NotReady: Kind(503, "not-ready", "The service is warming up"),
    ClientGone: Kind(499, "client-gone", "The client has gone"),  # nginx's status; nobody reads it but the metrics
    ImageError: Kind(422, "unusable-image", "The image cannot be used"),
    InputError: Kind(400, "unusable-input", "Something in the request cannot be used"),
    AnymoodError: FAULT,
}


def handle_problems(app: FastAPI) -> None:
    """Let one function answer every error of ``app``; before other middleware is added, which goes round it."""
    for kind in (AnymoodError, HTTPException):
        app.add_exception_handler(kind, answer)
    app.add_middleware(Unforeseen)


class Unforeseen:
    """ASGI middleware that answers the errors that nobody foresaw.

    A handler of starlette's for them would still let them through to uvicorn, which logs all their words.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and answer in place of an error."""
        begun = False

        async def note(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, note)
        except Exception as error:
            if scope["type"] != "http" or begun:
                raise
            response = await answer(Request(scope), error)
            await response(scope, receive, send)


async def answer(request: Request, error: Exception) -> JSONResponse:
    """The problem document of any error; what is not a client's is logged, without anything of the request."""
    if isinstance(error, HTTPException):  # no such route, or not with this method
        kind = Kind(error.status_code, "http", HTTPStatus(error.status_code).phrase)
        allowed = (error.headers or {}).get("Allow")
        told = f"Use {allowed} here." if allowed else "There is nothing at this address."
        return respond(kind, f"{told} What there is stands on /docs.", dict(error.headers or {}))
    kind = next((KINDS[cls] for cls in type(error).__mro__ if cls in KINDS), FAULT)
    if not hasattr(error, "reason"):  # else it is a post's, and counted with the prediction
        request.scope["problem"] = kind.name
    if kind is FAULT:
        # An unexpected error's words may quote what was posted, so only its kind is told, here and to the client.
        told = str(error) if isinstance(error, AnymoodError) else type(error).__name__
        _log.error("%s %s: %s", request.method, request.url.path, told)
        return respond(kind, "The service could not answer. Its log says more.")
    headers = {503: {"Retry-After": RETRY_AFTER}, 401: {"WWW-Authenticate": "Bearer"}}.get(kind.status)
    more = {name: value for name in ("reason", "errors") if (value := getattr(error, name, None))}
    return respond(kind, str(error), headers, **more)


def respond(kind: Kind, detail: str, headers: dict[str, str] | None = None, **more: Any) -> JSONResponse:
    """An answer of the media type ``application/problem+json``."""
    named = "about:blank" if kind.name == "http" else f"/docs#{kind.name}"
    body = {"type": named, "title": kind.title, "status": kind.status, "detail": detail, **more}
    return JSONResponse(body, kind.status, headers, MEDIA_TYPE)
