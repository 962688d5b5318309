"""API keys, allowed origins, security headers, and connections with an unread request body."""

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from pathlib import Path

import anyio
from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.middleware.cors import CORSMiddleware
from fastapi.security import HTTPBearer
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from anymood.errors import SettingError
from anymood.service.problems import NoKey, OtherSite, answer

MIN_KEY_LENGTH = 16  # random characters, which cannot be guessed

# Only scripts and styles from the files of the page, nothing inline. blob: is the preview of a chosen image.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

REMAINDER_SECONDS = 0.02  # time for the rest of a body in transit, mostly the next packet
LINGER_SECONDS = 5  # after the response: a client that is still sending may not read it if the connection closes


class Keys:
    """API keys; without keys, every request is allowed.

    Only hashes are stored. Comparison takes constant time.

    Args:
        keys: the valid keys.

    Raises:
        SettingError: a key is too short, or has characters that are not allowed in a header.
    """

    def __init__(self, keys: Iterable[str] = ()) -> None:
        self._digests = []
        for number, key in enumerate(keys, 1):
            if len(key) < MIN_KEY_LENGTH or not key.isascii() or not key.isprintable() or " " in key:
                raise SettingError(
                    f"API key {number} cannot be used: give at least {MIN_KEY_LENGTH} printable ASCII characters "
                    "without spaces. Generate one with: python -c 'import secrets; print(secrets.token_urlsafe())'"
                )
            self._digests.append(_digest(key))

    def __bool__(self) -> bool:
        return bool(self._digests)

    def allow(self, authorization: str | None) -> bool:
        """Whether an ``Authorization`` header, ``Bearer KEY``, has a valid key."""
        if not self._digests:
            return True
        scheme, _, key = (authorization or "").partition(" ")
        digest = _digest(key.strip())
        same = [hmac.compare_digest(digest, valid) for valid in self._digests]
        return scheme.lower() == "bearer" and any(same)


def read_keys(file: Path) -> Keys:
    """Keys from a file, one per line; blank lines and comments (``#``) are ignored.

    Raises:
        SettingError: the file cannot be read, has no key, or an invalid one.
    """
    try:
        lines = [line.strip() for line in file.read_text(encoding="utf-8-sig").splitlines()]
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise SettingError(
            f"The API keys {file} cannot be read: {why}. Give a text file with one key per line."
        ) from error
    keys = [line for line in lines if line and not line.startswith("#")]
    if not keys:  # an empty file must not disable authentication
        raise SettingError(f"No key in {file}. Write one per line.")
    return Keys(keys)


def api_router(keys: Keys) -> APIRouter:
    """A router for the API, whose requests need a valid key if there are keys."""

    async def require_key(request: Request) -> None:
        if not keys.allow(request.headers.get("authorization")):
            raise NoKey("Send a valid API key in the header: Authorization: Bearer KEY.")

    dependencies = [Depends(require_key), Depends(HTTPBearer(auto_error=False))] if keys else []
    return APIRouter(prefix="/v1", tags=["predictions"], dependencies=dependencies)


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()


def allow_origins(app: FastAPI, origins: Sequence[str]) -> None:
    """Allow cross-origin requests from ``origins`` only."""
    app.add_middleware(SameSite, origins=origins)
    if origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(origins),
            allow_methods=["GET", "POST"],
            allow_headers=["Authorization", "Content-Type"],
        )


class SameSite:
    """ASGI middleware that rejects cross-site POST requests.

    CORS only keeps other sites from reading responses: forms are sent without a preflight request. Browsers set
    ``Sec-Fetch-Site``, which pages cannot change, or ``Origin``; other clients send neither.

    Args:
        app: the application.
        origins: other sites that are allowed.
    """

    def __init__(self, app: ASGIApp, origins: Sequence[str]) -> None:
        self._app, self._origins = app, frozenset(origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Call the app, or reject the request."""
        if scope["type"] == "http" and scope["method"] == "POST" and not self._is_allowed(Headers(scope=scope)):
            error = OtherSite(
                "The request comes from a page of another site. Allow that site with --origin; behind a proxy, "
                "forward the Host header unchanged."
            )
            refuse = await answer(Request(scope), error)
            await refuse(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _is_allowed(self, headers: Headers) -> bool:
        origin = headers.get("origin")
        if origin in self._origins:
            return True
        site = headers.get("sec-fetch-site")
        if site is not None:
            return site in ("same-origin", "none")
        return origin is None or origin.partition("://")[2] == headers.get("host")


class SecurityHeaders:
    """ASGI middleware that adds security headers to every response, unless the app has set them."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Call the app, and add the headers."""

        async def add_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                # Predictions of private posts must not be cached; files of the page are revalidated by ETag.
                headers.setdefault("Cache-Control", "no-cache" if "etag" in headers else "no-store")
            await send(message)

        await self._app(scope, receive, add_headers if scope["type"] == "http" else send)


class UnreadBodies:
    """ASGI middleware that closes the connection after a response to a request whose body was not read.

    The server would read the body to its end, however long that takes. Here the response has ``Connection: close``, and
    the rest of the body is discarded for a few seconds.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Call the app, and close the connection if the body was not read."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        unread = "transfer-encoding" in headers or headers.get("content-length", "0") != "0"

        async def note_end() -> Message:
            nonlocal unread
            message = await receive()
            unread = unread and message["type"] == "http.request" and message.get("more_body", False)
            return message

        async def discard() -> None:
            while unread:
                await note_end()

        async def close(message: Message) -> None:
            if message["type"] == "http.response.start":
                if unread and "expect" not in headers:  # such a client waits before it sends its body
                    with anyio.move_on_after(REMAINDER_SECONDS):
                        await discard()
                if unread:
                    MutableHeaders(scope=message)["Connection"] = "close"
            elif unread and not message.get("more_body", False):
                await send({**message, "more_body": True})
                with anyio.move_on_after(LINGER_SECONDS):
                    await discard()
                message = {"type": "http.response.body"}
            await send(message)

        await self._app(scope, note_end, close)
