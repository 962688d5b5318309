"""From the body of a request to posts, within the limits."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import anyio
import anyio.to_thread
from fastapi import Request
from pydantic import BaseModel, ValidationError
from starlette.types import Message, Receive

from anymood.posts import Post, Prediction, Problem, Reason
from anymood.service.forms import read_form
from anymood.service.limits import Limits
from anymood.service.problems import ClientGone, MalformedRequest, TooLarge, TooSlow, UnknownMedia
from anymood.service.schemas import BatchBody, PostBody, SingleBody, read_id

SMALL = 2**18  # bytes of a body that are read sooner than another thread would take over

JSON, FORM = "application/json", "multipart/form-data"

Body = TypeVar("Body", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class PredictRequest:
    """What a request asks for.

    Attributes:
        model: name of a model; None for the default.
        posts: what to predict; in a batch, an item that is wrong is its prediction already.
    """

    model: str | None
    posts: list[Post | Prediction]


async def read_one(request: Request, limits: Limits) -> PredictRequest:
    """A post from a form or from JSON.

    Raises:
        RequestError: the body is too large, too slow, or not what the interface describes.
    """
    request, media = _opened(request, limits, (FORM, JSON))
    with _time_limit(limits):
        given = await request.body()
    content_type = request.headers["content-type"]

    def read() -> PredictRequest:
        body = _checked(SingleBody, read_form(content_type, given) if media == FORM else given)
        return PredictRequest(body.model, [_post(body, limits)])

    return await _read(given, read)


async def read_batch(request: Request, limits: Limits) -> PredictRequest:
    """Posts from JSON; an item that is wrong becomes a prediction with a problem.

    Raises:
        RequestError: the body is too large, too slow, or not what the interface describes.
    """
    request, _ = _opened(request, limits, (JSON,))
    with _time_limit(limits):
        given = await request.body()

    def read() -> PredictRequest:
        body = _checked(BatchBody, given)
        if len(body.posts) > limits.batch_posts:
            raise MalformedRequest(f"There are {len(body.posts)} posts. Send at most {limits.batch_posts} at once.")
        return PredictRequest(body.model, [_item(item, limits) for item in body.posts])

    return await _read(given, read)


async def _read(given: bytes, read: Callable[[], PredictRequest]) -> PredictRequest:
    """What ``read`` makes of a body; in a thread where it is large: megabytes of base64 would hold up all others."""
    return read() if len(given) <= SMALL else await anyio.to_thread.run_sync(read)


def _opened(request: Request, limits: Limits, known: tuple[str, ...]) -> tuple[Request, str]:
    """The request with a body that ends with an error at the limit, and its media type."""
    if request.query_params:
        raise MalformedRequest("Nothing is read from the address. Send the model's name and all else in the body.")
    coding = request.headers.get("content-encoding", "identity")
    if coding.lower() != "identity":
        raise UnknownMedia(f"The body is encoded as {coding[:80]!r}. Send it as it is.")
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media not in known:
        raise UnknownMedia(f"The body is of the type {media[:80]!r}. Send it as {' or '.join(known)}.")
    announced = request.headers.get("content-length", "")
    if announced.isascii() and announced.isdigit() and int(announced[:20]) > limits.body_bytes:
        raise _too_large(limits)
    return Request(request.scope, _bounded(request.receive, limits)), media


def _bounded(receive: Receive, limits: Limits) -> Receive:
    read = 0

    async def bounded() -> Message:
        nonlocal read
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone("The client has closed the connection amid its request.")
        read += len(message.get("body", b""))
        if read > limits.body_bytes:
            raise _too_large(limits)
        return message

    return bounded


def _too_large(limits: Limits) -> TooLarge:
    return TooLarge(f"The body has more than {limits.body_bytes:,} bytes. Send smaller images or fewer posts.")


@contextmanager
def _time_limit(limits: Limits) -> Iterator[None]:
    with anyio.move_on_after(limits.seconds) as scope:
        yield
    if scope.cancelled_caught:
        raise TooSlow(f"The body did not arrive within {limits.seconds} seconds. Send smaller images.")


def _checked(kind: type[Body], given: Any) -> Body:
    try:
        # JSON that nests more than 200 deep ends here as well, in the parser
        return kind.model_validate_json(given) if isinstance(given, bytes) else kind.model_validate(given)
    except ValidationError as error:
        raise _malformed(error) from None  # its words quote what was posted


def _malformed(error: ValidationError) -> MalformedRequest:
    wrong = [
        {
            "where": ".".join(str(part)[:80] for part in each["loc"]) or "body",
            "what": each["msg"].removeprefix("Value error, "),
        }
        for each in error.errors(include_url=False, include_context=False, include_input=False)[:10]
    ]
    return MalformedRequest("; ".join(f"{each['where']}: {each['what']}" for each in wrong) + ". See /docs.", wrong)


def _post(body: PostBody, limits: Limits) -> Post:
    if body.text is not None and len(body.text) > limits.text_characters:
        raise MalformedRequest(
            f"The text has {len(body.text):,} characters. Send at most {limits.text_characters:,}: "
            "a model reads no more than the first few hundred words."
        )
    return Post(body.text, body.image, body.id)


def _item(item: Any, limits: Limits) -> Post | Prediction:
    if not isinstance(item, dict):
        return _malformed_post("A post is an object with text, image, or both.", None)
    try:
        return _post(_checked(PostBody, item), limits)
    except MalformedRequest as error:
        named = read_id(item.get("id"))
        return _malformed_post(str(error), named if isinstance(named, str) else None)


def _malformed_post(message: str, post_id: str | None) -> Prediction:
    return Prediction("none", problems=(Problem(Reason.MALFORMED, message),), id=post_id)
