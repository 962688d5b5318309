"""The routes of reports: the report itself, and the encoding of a table that is opened in the page."""

from collections.abc import Mapping
from typing import Any

from anyio import to_thread
from fastapi import APIRouter, Request

from anymood.posts import Post
from anymood.reporting.analysis import ModelFacts, ReportOptions, analyse
from anymood.reporting.correction import correction_of
from anymood.reporting.scored import PostCollector, ScoreColumns
from anymood.reporting.times import candidates
from anymood.runtime.predictor import Model
from anymood.service.admission import AdmissionControl, run_while_connected
from anymood.service.batching import BatchPredictor
from anymood.service.limits import Limits
from anymood.service.problems import MalformedRequest
from anymood.service.requests import parse_json
from anymood.service.schemas import (
    JSON,
    OCTETS,
    REQUEST_PROBLEMS,
    ReportBody,
    ReportOut,
    describe_problems,
    describe_report_body,
)
from anymood.service.security import Keys, api_router
from anymood.tables.lines import SAMPLE
from anymood.tables.rows import Row
from anymood.text_decoding import legacy_encoding, most_characters_per_byte, web_name


def report_routes(predictor: BatchPredictor, admission: AdmissionControl, limits: Limits, keys: Keys) -> APIRouter:
    """Reports on predicted rows."""
    problems = describe_problems(400, *REQUEST_PROBLEMS, *((401,) if keys else ()))
    router = api_router(keys)

    @router.post(
        "/report",
        summary="Report on predicted rows: shares over time and by group, as figures and as a page",
        response_model=ReportOut,
        responses=problems,
        openapi_extra=describe_report_body(),
    )
    async def report(request: Request) -> Any:
        body = await admission.read_body(request, JSON)
        with admission.admit():
            rows = await parse_json(body, ReportBody)
            model = predictor.model(rows.model)
            work = to_thread.run_sync(_report, model, rows, abandon_on_cancel=True)
            return await run_while_connected(request, work, limits.seconds)

    @router.post("/encoding", include_in_schema=False)  # for tables that are opened in the page
    async def encoding(request: Request) -> Any:
        """The encoding of lines that are not UTF-8, and the bound of ``is_damaged_utf8`` for a line."""
        sample = await admission.read_body(request, OCTETS)
        with admission.admit():
            work = to_thread.run_sync(legacy_encoding, sample.content[:SAMPLE], abandon_on_cancel=True)
            name = await run_while_connected(request, work, limits.seconds)
        return {"encoding": web_name(name), "most_characters_per_byte": most_characters_per_byte(name)}

    return router


def _report(model: Model, body: ReportBody) -> dict[str, Any]:
    """The report on the rows of a request. Images are never read, since their paths come from a client.

    Raises:
        MalformedRequest: the rows are not predicted, or lack a column.
        InputError: no row has a label.
    """
    columns = tuple(dict.fromkeys(name for row in body.rows for name in row))
    scores = ScoreColumns.find(columns, body.rows[0], model.labels)
    if scores is None or scores.labels != model.labels:
        raise MalformedRequest(
            f"The rows are not predicted by {model.name}. Send rows as anymood predict writes them to JSON Lines, "
            f"with label, used and p_{model.labels.names[0]} and so on."
        )
    if lacking := [name for name in body.by if name not in columns]:
        raise MalformedRequest(f"The rows have no column {lacking[0][:80]!r}.")
    posts = PostCollector(scores.labels, [*dict.fromkeys([*body.by, *candidates(dict.fromkeys(columns))])])
    for number, row in enumerate(body.rows, 1):
        post = Post(_text(row, body.text_column), None, _text(row, "id"))
        posts.add_scored(Row(number, f"row {number}", post, None, None, dict(row), ()), scores)
    options = ReportOptions(tuple(body.by), title=body.title, source=body.source, thumbnails=False)
    correction = correction_of(model.bundle, model.prior)
    report = analyse(posts.finish(), correction, ModelFacts.of(model.bundle), options)
    return {"report": report.to_dict(), "html": report.to_html()}


def _text(row: Mapping[str, Any], name: str) -> str | None:
    value = row.get(name)
    return None if value is None or value == "" else str(value)
