"""Parsing and validation of requests."""

import json
import logging
import re
from codecs import BOM_UTF8
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import anyio.to_thread
from pydantic import BaseModel, ValidationError
from python_multipart import FormParser
from python_multipart.multipart import Field, File, parse_options_header

from anymood.json_stream import repeated_keys
from anymood.posts import Post, Problem, Reason
from anymood.service.admission import Body
from anymood.service.batching import BatchItem
from anymood.service.limits import Limits
from anymood.service.openapi import JSON, MULTIPART, URLENCODED
from anymood.service.problems import MalformedRequest
from anymood.service.schemas import BatchBody, PostBody, SingleBody, read_id
from anymood.tables.json_rows import MAX_NESTING, is_deep

TOO_DEEP = f"Input should not be nested more than {MAX_NESTING} times"
# Escapes in JSON of a surrogate, with its other half, and of a backslash, after which u begins no escape.
_SURROGATES = re.compile(
    rb"\\(?:\\|u(?:d[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}|(?P<lone>d[89a-f][0-9a-f]{2})))", re.IGNORECASE
)
SMALL = 2**18  # bytes of a body up to which no thread is started to parse it

# Its warnings quote malformed forms, which are also raised as errors.
logging.getLogger("python_multipart").setLevel(logging.CRITICAL + 1)

Schema = TypeVar("Schema", bound=BaseModel)
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


async def parse_single(body: Body, limits: Limits, schema: type[SingleBody] = SingleBody) -> PredictRequest:
    """A request with one post, as a form or JSON; ``schema`` has the allowed fields.

    Raises:
        MalformedRequest: the body does not match the schema.
    """

    def parse() -> PredictRequest:
        read = {MULTIPART: _read_multipart, URLENCODED: _read_urlencoded}.get(body.media_type)
        fields = _validate(schema, _read_json(body) if read is None else read(body, schema))
        return PredictRequest(fields.model, [BatchItem(_post(fields, limits))], getattr(fields, "label", None))

    return await _parse(body, parse)


async def parse_batch(body: Body, limits: Limits) -> PredictRequest:
    """A request with several posts, as JSON. An invalid post becomes an item with a problem.

    Raises:
        MalformedRequest: the body does not match the schema.
    """

    def parse() -> PredictRequest:
        fields = _validate(BatchBody, _read_json(body))
        if len(fields.posts) > limits.batch_posts:
            raise MalformedRequest(f"There are {len(fields.posts)} posts. Send at most {limits.batch_posts} at once.")
        return PredictRequest(fields.model, [_batch_item(post, limits) for post in fields.posts])

    return await _parse(body, parse)


async def parse_json(body: Body, schema: type[Schema]) -> Schema:
    """A request of another schema, as JSON.

    Raises:
        MalformedRequest: the body does not match the schema.
    """
    return await _parse(body, lambda: _validate(schema, _read_json(body)))


async def _parse(body: Body, parse: Callable[[], Result]) -> Result:
    """The result of ``parse``; in a thread if the body is large, since parsing it would block the event loop."""
    return parse() if len(body.content) <= SMALL else await anyio.to_thread.run_sync(parse)


def _read_multipart(body: Body, schema: type[SingleBody]) -> dict[str, str | bytes]:
    """The fields of a form by name; the image as bytes."""
    fields: dict[str, str | bytes] = {}
    is_complete = False

    def name_of(part: Field | File, *, is_file: bool) -> str:
        name = (part.field_name or b"").decode(errors="replace")
        _check_field(schema, name, is_file, fields)
        return name

    def add_text(part: Field) -> None:
        name = name_of(part, is_file=False)
        try:
            fields[name] = (part.value or b"").decode()
        except UnicodeDecodeError as error:
            raise MalformedRequest(f"The field {name!r} is not UTF-8.") from error

    def add_file(part: File) -> None:
        name = name_of(part, is_file=True)
        part.file_object.seek(0)
        content = part.file_object.read()
        if part.file_name or content:  # not an HTML form without a chosen file
            fields[name] = content

    def end() -> None:
        nonlocal is_complete
        is_complete = True

    _, options = parse_options_header(body.content_type)
    try:
        parser = FormParser(
            MULTIPART,
            add_text,
            add_file,
            end,
            options[b"boundary"],
            config={"MAX_MEMORY_FILE_SIZE": len(body.content)},  # nothing is written to the disk
        )
        parser.write(body.content)
    except (LookupError, ValueError) as error:  # no boundary; the parser's errors, or of an unknown charset
        raise MalformedRequest("The form cannot be read. Write it with a library, or with curl -F.") from error
    if not is_complete:
        raise MalformedRequest("The form is incomplete: it ends before its last boundary.")
    return fields


def _read_urlencoded(body: Body, schema: type[SingleBody]) -> dict[str, str | bytes]:
    """The fields of a plain form by name, as ``curl -d`` and HTML forms send them."""
    if body.content.lstrip()[:1] == b"{":
        raise MalformedRequest(f"The body is JSON, but its type is {URLENCODED}. Send it as {JSON} (curl --json).")
    try:
        pairs = parse_qsl(body.content.decode(), keep_blank_values=True, errors="strict", max_num_fields=100)
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


def _validate(schema: type[Schema], fields: Mapping[str, object]) -> Schema:
    try:
        return schema.model_validate(fields)
    except ValidationError as error:  # its message quotes the post
        errors = error.errors(include_url=False, include_context=False, include_input=False)[:10]
        places = [".".join(str(part)[:80] for part in each["loc"]) or "body" for each in errors]
        messages = [each["msg"].removeprefix("Value error, ") for each in errors]
        raise _malformed(*zip(places, messages, strict=True)) from None


def _read_json(body: Body) -> dict[str, Any]:
    """The object in a body in JSON.

    Raises:
        MalformedRequest: it is invalid, is no object, is nested too deeply, or has a key twice.
    """

    def build(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if repeated := repeated_keys(pairs):
            raise MalformedRequest(f"The key {repeated[0][:80]!r} is repeated in an object. Send it once.")
        return dict(pairs)

    try:
        text = _whole_surrogates(body.content.removeprefix(BOM_UTF8)).decode()
        value = json.loads(text, object_pairs_hook=build)
    except RecursionError:
        raise _malformed(("body", TOO_DEEP)) from None
    except ValueError as error:
        raise _malformed(("body", f"Invalid JSON: {error}")) from None
    if not isinstance(value, dict):
        raise _malformed(("body", "Input should be an object"))
    if is_deep(value):
        raise _malformed(("body", TOO_DEEP))
    return value


def _whole_surrogates(content: bytes) -> bytes:
    """JSON with U+FFFD in place of lone surrogates, which clients send if they truncate a text within an emoji."""
    return _SURROGATES.sub(lambda match: match[0] if match["lone"] is None else rb"\ufffd", content)


def _malformed(*errors: tuple[str, str]) -> MalformedRequest:
    """An error of a body: the names of fields, each with what is wrong with it."""
    listed = [{"where": where, "what": what} for where, what in errors]
    return MalformedRequest("; ".join(f"{where}: {what}" for where, what in errors) + ". See /docs.", listed)


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
