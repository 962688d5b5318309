"""The OpenAPI description of bodies and problems."""

import base64
import io
from typing import Any

from fastapi import FastAPI
from PIL import Image

from anymood.service.limits import Limits
from anymood.service.problems import KINDS, MEDIA_TYPE, NOT_HTTP, RETRY_AFTER
from anymood.service.schemas import BatchBody, PostBody, ProblemOut, ReportBody, SingleBody

JSON, MULTIPART, URLENCODED = "application/json", "multipart/form-data", "application/x-www-form-urlencoded"
CSV = "text/csv"

REQUEST_PROBLEMS = (403, 404, 408, 413, 415, 422, 500, 503)  # statuses of failed requests
EXAMPLE_TEXT = "Third cancelled flight this week. Worst airline ever, I am so angry"


def describe_single_body(schema: type[SingleBody] = SingleBody) -> dict[str, Any]:
    """The body of ``/v1/predict`` or ``/v1/explain``: a form or JSON."""
    fields: dict[str, dict[str, Any]] = {
        name: {"type": "string", "description": field.description} for name, field in schema.model_fields.items()
    }
    fields["image"] = {"type": "string", "format": "binary", "description": "An image file."}
    fields["id"] = {"type": "string", "maxLength": 200, "description": "Your own id, returned with the prediction."}
    content = {
        MULTIPART: {"schema": _form(fields), "example": {"text": EXAMPLE_TEXT}},
        URLENCODED: {
            "schema": _form({name: field for name, field in fields.items() if name != "image"}),
            "example": {"text": EXAMPLE_TEXT},
        },
        JSON: {
            "schema": schema.model_json_schema(),
            "examples": {
                "text": {"summary": "A text", "value": {"text": EXAMPLE_TEXT}},
                "both": {"summary": "A text and an image", "value": {"text": EXAMPLE_TEXT, "image": _tiny_image()}},
            },
        },
    }
    return {"requestBody": {"required": True, "content": content}}


def describe_batch_body(limits: Limits) -> dict[str, Any]:
    """The body of ``/v1/predict/batch``, whose posts are valid; an invalid one becomes a prediction with a problem."""
    schema = BatchBody.model_json_schema()
    schema["properties"]["posts"] |= {"items": PostBody.model_json_schema(), "maxItems": limits.batch_posts}
    example = {"posts": [{"id": "flight", "text": EXAMPLE_TEXT}, {"id": "dot", "image": _tiny_image()}]}
    return {"requestBody": {"required": True, "content": {JSON: {"schema": schema, "example": example}}}}


def describe_report_body() -> dict[str, Any]:
    """The body of ``/v1/report``."""
    scores = {"label": "positive", "p_negative": 0.1, "p_neutral": 0.2, "p_positive": 0.7, "used": "text"}
    example = {"rows": [{"text": "best day ever", "created": "2024-05-01", "team": "red", **scores}], "by": ["team"]}
    schema = ReportBody.model_json_schema()
    return {"requestBody": {"required": True, "content": {JSON: {"schema": schema, "example": example}}}}


def describe_problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The responses with these statuses."""
    titles: dict[int, list[str]] = {}
    for kind in KINDS.values():
        titles.setdefault(kind.status, []).append(kind.title)
    retry = {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}, "example": int(RETRY_AFTER)}}
    return {
        status: {
            "description": "; ".join(titles[status]),
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
            **({"headers": retry} if status == 503 else {}),
        }
        for status in sorted(statuses)
    }


def add_problem_schema(app: FastAPI) -> None:
    """Add to the OpenAPI description of ``app`` the schema of a problem, and a list of all kinds."""
    openapi = app.openapi
    kinds = {
        kind.name: {"name": kind.name, "status": kind.status, "title": kind.title}
        for kind in (*KINDS.values(), NOT_HTTP)
    }
    by_status = sorted(kinds.values(), key=lambda kind: (kind["status"], kind["name"]))

    def with_problems() -> dict[str, Any]:
        description = openapi()
        problem = ProblemOut.model_json_schema(ref_template="#/components/schemas/{model}")
        description["components"]["schemas"] |= problem.pop("$defs") | {"Problem": problem}
        return description | {"x-problems": by_status}

    setattr(app, "openapi", with_problems)  # noqa: B010 - documented by FastAPI, but mypy rejects assignments to methods


def _form(fields: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "properties": fields}


def _tiny_image() -> str:
    """An image of one pixel in base64."""
    file = io.BytesIO()
    Image.new("L", (1, 1)).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()
