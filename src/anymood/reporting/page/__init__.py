"""The page of a report: a self-contained HTML file."""

from anymood.reporting.page.groups import group_section
from anymood.reporting.page.markup import Section, days, document, escaped, isolated
from anymood.reporting.page.over_time import time_section
from anymood.reporting.page.posts import copies_section, posts_section, problems_section, words_section
from anymood.reporting.page.shares import method_section, shares_section
from anymood.reporting.results import Report
from anymood.wording import plural


def render(report: Report) -> str:
    """The page as HTML."""
    sections = [
        Section("Shares", shares_section(report)),
        Section("Over time", time_section(report)),
        *(Section(f"By {breakdown.column}", group_section(report, breakdown)) for breakdown in report.breakdowns),
        Section("Words", words_section(report)),
        Section("Posts", posts_section(report)),
        Section("Copies", copies_section(report)),
        Section("Problems", problems_section(report)),
        Section("Method", method_section(report)),
    ]
    shown = [section for section in sections if section.content]
    return document(report.title, _facts(report), shown, report.method.anymood_version)


def _facts(report: Report) -> list[str]:
    """The facts below the title."""
    facts = [plural(report.rows, "post") + (f" from {isolated(report.source)}" if report.source else "")]
    if report.series is not None and report.series.periods:
        facts.append(days(report.series.first, report.series.last))
    word = "models" if report.method.inputs_of else "model"
    facts.append(f"{word} <i>{escaped(report.method.model)}</i>")
    return facts
