"""How the interface describes what goes in and what goes wrong, with examples that work."""

import base64
import io
from typing import Any

from fastapi import FastAPI
from PIL import Image

from anymood.service.bodies import FORM, JSON
from anymood.service.limits import Limits
from anymood.service.problems import KINDS, MEDIA_TYPE, RETRY_AFTER
from anymood.service.schemas import BatchBody, PostBody, ProblemOut, SingleBody

TEXT = "Third cancelled flight this week. Worst airline ever, I am so angry"


def dot() -> str:
    """An image of one pixel in base64: short enough to be read and copied."""
    file = io.BytesIO()
    Image.new("L", (1, 1)).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


def one_body() -> dict[str, Any]:
    """The body of ``/v1/predict``: a form or JSON."""
    form = {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "text": {"type": "string", "description": "The text as written."},
            "image": {"type": "string", "format": "binary", "description": "An image file."},
            "id": {"type": "string", "maxLength": 200, "description": "A name of yours, carried through."},
            "model": {"type": "string", "description": "Name of a model."},
        },
    }
    content = {
        FORM: {"schema": form, "example": {"text": TEXT}},
        JSON: {
            "schema": SingleBody.model_json_schema(),
            "examples": {
                "text": {"summary": "A text", "value": {"text": TEXT}},
                "both": {"summary": "A text and an image", "value": {"text": TEXT, "image": dot()}},
            },
        },
    }
    return {"requestBody": {"required": True, "content": content}}


def batch_body(limits: Limits) -> dict[str, Any]:
    """The body of ``/v1/predict/batch``.

    Posts are described as they should be; what is sent otherwise becomes a prediction with a problem.
    """
    schema = BatchBody.model_json_schema()
    post = PostBody.model_json_schema()
    schema["properties"]["posts"] |= {"items": post, "maxItems": limits.batch_posts}
    example = {"posts": [{"id": "flight", "text": TEXT}, {"id": "dot", "image": dot()}]}
    return {"requestBody": {"required": True, "content": {JSON: {"schema": schema, "example": example}}}}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The answers of these statuses."""
    titles: dict[int, list[str]] = {}
    for kind in KINDS.values():
        titles.setdefault(kind.status, []).append(kind.title)
    again = {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}, "example": int(RETRY_AFTER)}}
    return {
        status: {
            "description": "; ".join(titles[status]),
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
            **({"headers": again} if status == 503 else {}),
        }
        for status in sorted(statuses)
    }


def describe_problems(app: FastAPI) -> None:
    """Add to the description of ``app`` the form of a problem, and all kinds there are."""
    described = app.openapi
    seen = {kind.name: {"name": kind.name, "status": kind.status, "title": kind.title} for kind in KINDS.values()}
    kinds = sorted(seen.values(), key=lambda kind: (kind["status"], kind["name"]))

    def with_problems() -> dict[str, Any]:
        whole = described()
        whole["components"]["schemas"]["Problem"] = _inlined(ProblemOut.model_json_schema())
        return whole | {"x-problems": kinds}

    setattr(app, "openapi", with_problems)  # noqa: B010 - FastAPI's own way, which mypy takes for a method


def _inlined(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema without ``$defs``, whose references would point out of the components."""
    definitions = schema.pop("$defs", {})

    def inline(value: Any) -> Any:
        if isinstance(value, dict):
            if "$ref" in value:
                return inline(definitions[value["$ref"].rpartition("/")[2]])
            return {name: inline(part) for name, part in value.items()}
        return [inline(part) for part in value] if isinstance(value, list) else value

    inlined: dict[str, Any] = inline(schema)
    return inlined
