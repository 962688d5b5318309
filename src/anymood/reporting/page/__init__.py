"""The page of a report: a self-contained HTML file."""

from collections.abc import Callable

from anymood.reporting.page.document import Section, document
from anymood.reporting.page.groups import group_section
from anymood.reporting.page.markup import escaped, isolated
from anymood.reporting.page.method import method_section
from anymood.reporting.page.over_time import time_section
from anymood.reporting.page.posts import copies_section, posts_section, problems_section
from anymood.reporting.page.shares import shares_section
from anymood.reporting.page.words import words_section
from anymood.reporting.results import Breakdown, Report
from anymood.wording import plural


def render(report: Report) -> str:
    """The page as HTML."""

    def of_group(breakdown: Breakdown) -> Callable[[Report], str]:
        return lambda report: group_section(report, breakdown)

    sections: list[tuple[str, Callable[[Report], str]]] = [
        ("Shares", shares_section),
        ("Over time", time_section),
        *((f"By {breakdown.column}", of_group(breakdown)) for breakdown in report.breakdowns),
        ("Words", words_section),
        ("Posts", posts_section),
        ("Copies", copies_section),
        ("Problems", problems_section),
        ("Method", method_section),
    ]
    made = [Section(title, content) for title, make in sections if (content := make(report))]
    return document(report.title, _facts(report), made, report.method.anymood_version)


def _facts(report: Report) -> list[str]:
    """The facts below the title."""
    facts = [plural(report.rows, "post") + (f" from {isolated(report.source)}" if report.source else "")]
    if report.series is not None and report.series.periods:
        first, last = report.series.first[:10], report.series.last[:10]
        facts.append(first if first == last else f"{first} to {last}")
    facts.append(f"model <i>{escaped(report.method.model)}</i>")
    return facts
