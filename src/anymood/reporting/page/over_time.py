"""Section: shares of the labels over time."""

from collections.abc import Sequence
from dataclasses import replace

from anymood.reporting.page.charts import Line, line_plot, stacked_counts, tick_names, upper_end
from anymood.reporting.page.markup import (
    colours,
    details,
    element,
    escaped,
    isolated,
    labelled_swatch,
    legend,
    percent,
)
from anymood.reporting.page.tables import PARTS, differences_list, shares_table
from anymood.reporting.results import Report
from anymood.wording import plural

FEWEST_IN_LINE = 10  # posts of a period that a line shows; the interval of fewer fills the plot
LINES_IN_ONE_PLOT = 2  # bands of more hide each other


def time_section(report: Report) -> str:
    """Lines with bands, numbers of posts, and changes."""
    series = report.series
    if series is None or not series.periods:
        return element(
            "p",
            "No column with the times of the posts was found. Name it with <code>--created COLUMN</code> to see shares "
            "over time.",
            cls="soft",
        )
    ticks = tick_names([each.start or "" for each in series.periods], series.step)
    colour_of = colours(report.labels)
    lines = [
        Line(
            label,
            colour_of[label],
            [
                (each.shares[c].share, each.shares[c].low, each.shares[c].high)
                if each.posts >= FEWEST_IN_LINE
                else None
                for each in series.periods
            ],
        )
        for c, label in enumerate(report.labels)
    ]
    word = "Share" if report.method.corrected else "Counted share"
    caption = element(
        "figcaption",
        f"{word} of each label per {series.step} (UTC), by the column {isolated(series.column)}. Bands are 95% "
        f"intervals. Periods with fewer than {FEWEST_IN_LINE} posts are only in the table.",
    )
    counts = element("h3", f"Posts per {series.step}") + stacked_counts(series.periods, ticks)
    notes = list(series.notes)
    if series.undated:
        notes.append(f"Left out here: {plural(series.undated, 'post')} without a time.")
    return (
        element(
            "figure",
            caption
            + _plots(lines, ticks)
            + counts
            + legend(labelled_swatch(part, name) for part, name in PARTS.items()),
        )
        + differences_list(series.changes, f"Each {series.step} compared with the one before")
        + "".join(element("p", escaped(note), cls="note") for note in notes)
        + details("Table of the shares over time", shares_table(report, "period", series.periods))
    )


def _plots(lines: Sequence[Line], ticks: Sequence[str]) -> str:
    """All lines in one plot, or in one plot each, with the others drawn thinly behind it."""
    top = upper_end([value[2] for line in lines for value in line.values if value is not None])
    if len(lines) <= LINES_IN_ONE_PLOT:
        described = "; ".join(_described(line, ticks) for line in lines)
        return line_plot(lines, ticks, top=top, described=f"{described}.")
    panels = (
        element(
            "div",
            element("p", labelled_swatch(line.colour, line.label), cls="panel")
            + line_plot(
                [*(replace(other, faint=True) for other in lines if other is not line), line],
                ticks,
                top=top,
                described=f"{_described(line, ticks)}.",
                small=True,
            ),
        )
        for line in lines
    )
    return element("div", panels, cls="panels")


def _described(line: Line, ticks: Sequence[str]) -> str:
    shown = [(tick, value[0]) for tick, value in zip(ticks, line.values, strict=True) if value is not None]
    if not shown:
        return f"{line.label}: too few posts"
    (first, start), (last, end) = shown[0], shown[-1]
    return f"{line.label}: {percent(start)} on {first}, {percent(end)} on {last}"
