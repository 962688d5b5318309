"""The routes of tables: reports on predicted rows, and the rows of a file that is opened in the page."""

import io
import json
from collections.abc import Mapping
from functools import cache
from typing import Any, cast
from urllib.parse import unquote

from anyio import to_thread
from fastapi import APIRouter, Request, Response
from python_multipart.multipart import parse_options_header

from anymood.errors import TableError
from anymood.posts import Post
from anymood.reporting.analysis import ReportOptions, analyse
from anymood.reporting.correction import correction_of
from anymood.reporting.score_columns import ScoreColumns
from anymood.reporting.scored import PostCollector
from anymood.reporting.times import candidates
from anymood.runtime.predictor import Model
from anymood.service.admission import AdmissionControl, run_while_connected
from anymood.service.batching import BatchPredictor
from anymood.service.limits import Limits
from anymood.service.openapi import CSV, JSON, REQUEST_PROBLEMS, describe_problems, describe_report_body
from anymood.service.problems import MalformedRequest
from anymood.service.requests import parse_json
from anymood.service.schemas import ReportBody, ReportOut
from anymood.service.security import Keys, api_router
from anymood.tables.cells import remove_nul_bytes
from anymood.tables.columns import DEFAULT_COLUMNS, post_columns
from anymood.tables.format import Dialect, Record
from anymood.tables.formats.csv import head_of, records_of
from anymood.tables.lines import stream_encoding
from anymood.tables.rows import Row
from anymood.text_decoding import decoded_lines


def report_routes(predictor: BatchPredictor, admission: AdmissionControl, limits: Limits, keys: Keys) -> APIRouter:
    """Reports on predicted rows, and rows of tables."""
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

    @router.post("/table", include_in_schema=False)  # for tables that are opened in the page
    async def table(request: Request) -> Response:
        body = await admission.read_body(request, CSV)
        with admission.admit():
            name = parse_options_header(body.content_type)[1].get(b"name", b"The table").decode("latin-1")
            work = to_thread.run_sync(read_table, body.content, unquote(name)[:200], abandon_on_cancel=True)
            return Response(await run_while_connected(request, work, limits.seconds), media_type=JSON)

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
    report = analyse(posts.finish(), correction, model.bundle, options)
    return {"report": report.to_dict(), "html": report.to_html()}


def read_table(content: bytes, name: str) -> str:
    """A CSV file as JSON: names of its columns, those that may be text and image, and the rows as they are predicted.

    A row has its cells, its problems, and whether no post can be made of it.

    Raises:
        TableError: it cannot be read, or has a column of posts twice.
    """

    def stream() -> io.BufferedReader:
        return io.BufferedReader(cast("io.RawIOBase", io.BytesIO(content)))

    encoding = cache(lambda: stream_encoding(stream()))
    dialect = Dialect("\t" if name.lower().endswith(".tsv") else None)
    head = head_of(decoded_lines(stream(), encoding), name, dialect, DEFAULT_COLUMNS.has_posts)
    posts = post_columns(head.columns)
    if twice := next((column for columns in posts.values() for column in columns if column in head.repeated), None):
        raise TableError(f"{name} has the column {twice!r} twice. Rename or remove one of them.")

    def row(record: Record) -> str:
        remove_nul_bytes(record)
        cells = [record.values.get(column, "") for column in head.columns]
        problems = [{"reason": each.reason, "words": str(each)} for each in record.problems]
        return json.dumps({"cells": cells, "problems": problems, "mixed": record.is_mixed_up}, ensure_ascii=False)

    rows = ",".join(map(row, records_of(decoded_lines(stream(), encoding), name, head)))
    return f'{{"head": {json.dumps(head.columns)}, "posts": {json.dumps(posts)}, "rows": [{rows}]}}'


def _text(row: Mapping[str, Any], name: str) -> str | None:
    value = row.get(name)
    return None if value is None or value == "" else str(value)
