"""Admission, limits and validation of requests."""

import asyncio
import logging
import re
from codecs import BOM_UTF8
from collections.abc import Awaitable, Callable, Container, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import anyio
import anyio.to_thread
from fastapi import Request
from pydantic import BaseModel, ValidationError
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.types import Message, Receive

from anymood.posts import Post, Problem, Reason
from anymood.service.batching import BatchItem
from anymood.service.limits import Limits
from anymood.service.problems import (
    ClientGone,
    MalformedRequest,
    Overloaded,
    TimedOut,
    TooLarge,
    TooSlow,
    UnknownMedia,
)
from anymood.service.schemas import JSON, MULTIPART, OCTETS, URLENCODED, BatchBody, PostBody, SingleBody, read_id

# Escapes in JSON of a surrogate, with its other half, and of a backslash, after which u begins no escape.
_SURROGATES = re.compile(
    rb"\\(?:\\|u(?:d[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}|(?P<lone>d[89a-f][0-9a-f]{2})))", re.IGNORECASE
)
SMALL = 2**18  # bytes of a body up to which no thread is started to parse it

# Its warnings of malformed forms quote the form; they are also raised as errors.
logging.getLogger("python_multipart").setLevel(logging.CRITICAL + 1)

Body = TypeVar("Body", bound=BaseModel)
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class PredictRequest:
    """A validated request.

    Attributes:
        model: name of a model; None for the default.
        items: what to predict.
        label: the label to explain; None for the predicted one, and for other requests.
    """

    model: str | None
    items: list[BatchItem]
    label: str | None = None


class AdmissionControl:
    """Limits the number of concurrent requests; others are rejected.

    Only prediction requests are counted, so that health checks are answered at any load.

    Args:
        max_concurrent: requests, waiting or running, from the first byte of a body to the response.
    """

    def __init__(self, max_concurrent: int) -> None:
        self.max_concurrent = max_concurrent
        self.active = 0

    @contextmanager
    def admit(self) -> Iterator[None]:
        """Count a request while it is handled.

        Raises:
            Overloaded: the limit is reached.
        """
        if self.active >= self.max_concurrent:
            raise Overloaded(
                f"The limit of {self.max_concurrent} concurrent requests is reached. Try again in a second."
            )
        self.active += 1
        try:
            yield
        finally:
            self.active -= 1


async def read_single(request: Request, limits: Limits, schema: type[SingleBody] = SingleBody) -> PredictRequest:
    """A request with one post, as a form or JSON; ``schema`` has the allowed fields.

    Raises:
        RequestError: the body is too large, too slow, or does not match the schema.
    """
    media_type = _media_type(request, URLENCODED, MULTIPART, JSON)
    if media_type == MULTIPART:
        with _time_limit(limits):
            return _single_post(await _read_multipart(_limit_body(request, limits), schema), limits, schema)
    content = await _read_body(request, limits)
    fields = content if media_type == JSON else _read_urlencoded(content, schema)
    return await _parse(content, lambda: _single_post(fields, limits, schema))


async def read_batch(request: Request, limits: Limits) -> PredictRequest:
    """A request with several posts, as JSON. An invalid post becomes an item with a problem.

    Raises:
        RequestError: the body is too large, too slow, or does not match the schema.
    """
    _media_type(request, JSON)
    content = await _read_body(request, limits)

    def parse() -> PredictRequest:
        body = _validate(BatchBody, content)
        if len(body.posts) > limits.batch_posts:
            raise MalformedRequest(f"There are {len(body.posts)} posts. Send at most {limits.batch_posts} at once.")
        return PredictRequest(body.model, [_batch_item(post, limits) for post in body.posts])

    return await _parse(content, parse)


async def read_json(request: Request, limits: Limits, schema: type[Body]) -> Body:
    """A request of another schema, as JSON.

    Raises:
        RequestError: the body is too large, too slow, or does not match the schema.
    """
    _media_type(request, JSON)
    content = await _read_body(request, limits)
    return await _parse(content, lambda: _validate(schema, content))


async def read_bytes(request: Request, limits: Limits) -> bytes:
    """The body of a request, as it is.

    Raises:
        RequestError: it is too large, too slow, or of another media type.
    """
    _media_type(request, OCTETS)
    return await _read_body(request, limits)


async def run_while_connected(request: Request, work: Awaitable[Result], seconds: float) -> Result:
    """The result of ``work``, which is cancelled when the client disconnects or after ``seconds``.

    The body must have been read before, so that the next message is the disconnect.

    Raises:
        ClientGone: the client closed the connection.
        TimedOut: ``seconds`` have passed.
    """
    disconnected = False
    with anyio.move_on_after(seconds) as scope:

        async def watch() -> None:
            nonlocal disconnected
            while (await request.receive())["type"] != "http.disconnect":
                pass
            disconnected = True
            scope.cancel()

        watcher = asyncio.ensure_future(watch())
        try:
            return await work
        finally:
            watcher.cancel()
    if disconnected:
        raise ClientGone("The client closed the connection.")
    raise TimedOut(f"No prediction within {seconds:g} seconds. Send fewer posts at once.")


async def _parse(content: bytes, parse: Callable[[], Result]) -> Result:
    """The result of ``parse``; in a thread if the body is large, since parsing it would block the event loop."""
    return parse() if len(content) <= SMALL else await anyio.to_thread.run_sync(parse)


def _media_type(request: Request, *supported: str) -> str:
    """The media type of the body, one of ``supported``."""
    if request.query_params:
        raise MalformedRequest(
            "The address has parameters after '?', which are not read. Send the model and all else in the body: "
            'as the form field model, or as {"model": ...} in JSON.'
        )
    encoding = request.headers.get("content-encoding", "identity")
    if encoding.lower() != "identity":
        raise UnknownMedia(f"The body is encoded as {encoding[:80]!r}. Send it uncompressed.")
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in supported:
        *others, last = supported
        known = f"{', '.join(others)} or {last}" if others else f"{last} (curl --json)"
        raise UnknownMedia(f"The body is of the type {media_type[:80]!r}. Send it as {known}.")
    return media_type


async def _read_body(request: Request, limits: Limits) -> bytes:
    with _time_limit(limits):
        return await _limit_body(request, limits).body()


def _limit_body(request: Request, limits: Limits) -> Request:
    """The request, with a body that raises at the limit."""
    length = request.headers.get("content-length", "")
    if length.isascii() and length.isdigit() and int(length[:20]) > limits.body_bytes:
        raise _too_large(limits)
    return Request(request.scope, _limit_receive(request.receive, limits))


def _limit_receive(receive: Receive, limits: Limits) -> Receive:
    read = 0

    async def limited() -> Message:
        nonlocal read
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone("The client closed the connection before its request was complete.")
        read += len(message.get("body", b""))
        if read > limits.body_bytes:
            raise _too_large(limits)
        return message

    return limited


def _too_large(limits: Limits) -> TooLarge:
    return TooLarge(f"The body has more than {limits.body_bytes:,} bytes. Send smaller images or fewer posts.")


@contextmanager
def _time_limit(limits: Limits) -> Iterator[None]:
    with anyio.move_on_after(limits.seconds) as scope:
        yield
    if scope.cancelled_caught:
        raise TooSlow(f"The body did not arrive within {limits.seconds} seconds. Send smaller images.")


class _InMemoryParser(MultiPartParser):
    """Starlette's parser of forms, in memory, and strict: an unknown field raises as soon as its name is read."""

    spool_max_size = 0  # a post must not be written to disk
    complete = False
    schema: type[SingleBody] = SingleBody

    def on_headers_finished(self) -> None:
        super().on_headers_finished()
        part = self._current_part
        _check_field(self.schema, part.field_name, part.file is not None, [name for name, _ in self.items])

    def on_part_end(self) -> None:
        if self._current_part.file is None:
            try:
                self._current_part.data.decode()  # else the parser decodes invalid UTF-8 as Latin-1
            except UnicodeDecodeError as error:
                raise MalformedRequest(f"The field {self._current_part.field_name!r} is not UTF-8.") from error
        super().on_part_end()

    def on_end(self) -> None:
        self.complete = True

    def close(self) -> None:
        for file in self._files_to_close_on_error:
            file.close()


async def _read_multipart(request: Request, schema: type[SingleBody]) -> dict[str, str | bytes]:
    """The fields of a form by name; the image as bytes."""
    parser = _InMemoryParser(request.headers, request.stream(), max_part_size=2**31)  # the whole body is limited
    parser.schema = schema
    try:
        form = await parser.parse()
        if not parser.complete:
            raise MalformedRequest("The form ends before its last boundary. Send it completely.")
        return {
            name: value if isinstance(value, str) else value.file.read()
            for name, value in form.items()
            if isinstance(value, str) or value.filename or value.size  # else a browser's form without a chosen file
        }
    except (MultiPartException, ValueError) as error:  # ValueError: from the parser, or an unknown charset
        raise MalformedRequest("The form cannot be read. Write it with a library, or with curl -F.") from error
    finally:
        parser.close()


def _read_urlencoded(content: bytes, schema: type[SingleBody]) -> dict[str, str | bytes]:
    """The fields of a plain form by name, as ``curl -d`` and HTML forms send them."""
    if content.lstrip()[:1] == b"{":
        raise MalformedRequest(f"The body is JSON, but its type is {URLENCODED}. Send it as {JSON} (curl --json).")
    try:
        pairs = parse_qsl(content.decode(), keep_blank_values=True, errors="strict", max_num_fields=100)
    except ValueError as error:
        raise MalformedRequest("The form cannot be read. Write it with a library, or with curl -F.") from error
    fields: dict[str, str | bytes] = {}
    for name, value in pairs:
        _check_field(
            schema, name, False, fields, hint=" Is it a part of the text? Write & as %26: curl --data-urlencode."
        )
        fields[name] = value
    return fields


def _check_field(schema: type[SingleBody], name: str, is_file: bool, others: Container[str], hint: str = "") -> None:
    if name not in schema.model_fields:
        known = ", ".join(schema.model_fields)
        raise MalformedRequest(f"The field {name[:80]!r} is unknown. A post has: {known}.{hint}")
    if name in others:
        raise MalformedRequest(f"The field {name!r} is repeated. Send it once.{hint}")
    if name == "image" and not is_file:
        raise MalformedRequest("The field 'image' should be a file; with curl: -F image=@photo.jpg")
    if name != "image" and is_file:
        raise MalformedRequest(f"The field {name!r} should be text, not a file.")


def _validate(schema: type[Body], content: object) -> Body:
    try:
        if not isinstance(content, bytes):
            return schema.model_validate(content)
        # JSON that is nested more than 200 deep ends here too, in the parser
        return schema.model_validate_json(_whole_surrogates(content.removeprefix(BOM_UTF8)))
    except ValidationError as error:
        raise _malformed(error) from None  # its message quotes the post


def _whole_surrogates(content: bytes) -> bytes:
    """JSON with U+FFFD in place of lone surrogates, which clients send if they cut a text within an emoji."""
    return _SURROGATES.sub(lambda found: found[0] if found["lone"] is None else rb"\ufffd", content)


def _malformed(error: ValidationError) -> MalformedRequest:
    errors = [
        {
            "where": ".".join(str(part)[:80] for part in each["loc"]) or "body",
            "what": each["msg"].removeprefix("Value error, "),
        }
        for each in error.errors(include_url=False, include_context=False, include_input=False)[:10]
    ]
    return MalformedRequest("; ".join(f"{each['where']}: {each['what']}" for each in errors) + ". See /docs.", errors)


def _single_post(content: bytes | dict[str, str | bytes], limits: Limits, schema: type[SingleBody]) -> PredictRequest:
    body = _validate(schema, content)
    return PredictRequest(body.model, [BatchItem(_post(body, limits))], getattr(body, "label", None))


def _post(body: PostBody, limits: Limits) -> Post:
    if body.text is not None and len(body.text) > limits.text_characters:
        raise MalformedRequest(
            f"The text has {len(body.text):,} characters. Send at most {limits.text_characters:,}: "
            "a model reads no more than the first few hundred words."
        )
    return Post(body.text, body.image, body.id)


def _batch_item(post: Any, limits: Limits) -> BatchItem:
    if not isinstance(post, dict):
        return BatchItem(Post(), Problem(Reason.MALFORMED, "A post is an object with text, image, or both."))
    try:
        return BatchItem(_post(_validate(PostBody, post), limits))
    except MalformedRequest as error:
        post_id = read_id(post.get("id"))
        return BatchItem(Post(id=post_id if isinstance(post_id, str) else None), Problem(Reason.MALFORMED, str(error)))
