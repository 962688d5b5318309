"""Requests that are answered before their body has come to its end."""

import anyio
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SOON_SECONDS = 0.02  # for the rest of a body that is on its way: mostly a client's next packet
LINGER_SECONDS = 5  # after the answer: closed at once, a client that still sends might never see it


class Unread:
    """ASGI middleware that ends the connection of a request whose body nobody read.

    Else the server would read it to its end, however long that takes. The client is answered, and told that the
    connection closes; what it still sends is thrown away for some seconds.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and see its body to an end."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        unread = "transfer-encoding" in headers or headers.get("content-length", "0") != "0"

        async def noted() -> Message:
            nonlocal unread
            message = await receive()
            unread = unread and message["type"] == "http.request" and message.get("more_body", False)
            return message

        async def read() -> None:
            while unread:
                await noted()

        async def closing(message: Message) -> None:
            if message["type"] == "http.response.start":
                if unread and "expect" not in headers:  # whoever waits for a word to send the body has sent nothing
                    with anyio.move_on_after(SOON_SECONDS):
                        await read()
                if unread:
                    MutableHeaders(scope=message)["Connection"] = "close"
            elif unread and not message.get("more_body", False):
                await send({**message, "more_body": True})
                with anyio.move_on_after(LINGER_SECONDS):
                    await read()
                message = {"type": "http.response.body"}
            await send(message)

        await self._app(scope, noted, closing)
