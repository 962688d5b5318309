"""Reports on predicted rows, for ``POST /v1/report``."""

from collections.abc import Mapping
from typing import Any

from anymood.posts import Post
from anymood.reporting.analysis import ModelFacts, ReportOptions, analyse
from anymood.reporting.correction import correction_of
from anymood.reporting.results import Report
from anymood.reporting.scored import PostCollector, ScoreColumns
from anymood.reporting.times import candidates
from anymood.runtime.predictor import Model
from anymood.service.problems import MalformedRequest
from anymood.service.schemas import ReportBody
from anymood.tables.rows import Row


def report_of(model: Model, body: ReportBody) -> Report:
    """The report on the rows of a request. Images are never read, since their paths come from a client.

    Raises:
        MalformedRequest: the rows are not predicted, or lack a column.
        InputError: no row has a label.
    """
    columns = tuple(dict.fromkeys(name for row in body.rows for name in row))
    found = ScoreColumns.find(columns, body.rows[0], model.labels)
    if found is None or found.labels != model.labels:
        raise MalformedRequest(
            f"The rows are not predicted by {model.name}. Send rows as anymood predict writes them to JSON Lines, "
            f"with label, used and p_{model.labels.names[0]} and so on."
        )
    if lacking := [name for name in body.by if name not in columns]:
        raise MalformedRequest(f"The rows have no column {lacking[0][:80]!r}.")
    posts = PostCollector(found.labels, [*dict.fromkeys([*body.by, *candidates(columns)])])
    for number, row in enumerate(body.rows, 1):
        post = Post(_text(row, body.text_column), None, _text(row, "id"))
        posts.add_scored(Row(number, f"row {number}", post, None, None, dict(row), ()), found)
    options = ReportOptions(tuple(body.by), title=body.title, source=body.source, thumbnails=False)
    return analyse(posts.finish(), correction_of(model.bundle, model.labels), ModelFacts.of(model.bundle), options)


def _text(row: Mapping[str, Any], name: str) -> str | None:
    value = row.get(name)
    return None if value is None or value == "" else str(value)
