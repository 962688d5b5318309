"""Section: shares over time, and their changes."""

from collections.abc import Sequence
from dataclasses import replace

from anymood.reporting.page.charts import Line, line_plot, patterns_of, stacked_counts, tick_names, upper_end
from anymood.reporting.page.comparisons import differences_list, shares_table
from anymood.reporting.page.markup import (
    COLOURS,
    colours,
    details,
    element,
    escaped,
    isolated,
    labelled_swatch,
    legend,
    percent,
)
from anymood.reporting.page.posts import word_tables
from anymood.reporting.results import PATTERN_NAMES, Report, TimeSeries
from anymood.wording import plural, short_label

MIN_LINE_POSTS = 10  # posts of a period that a line shows; with fewer, the interval is as large as the plot
LINES_IN_ONE_PLOT = 2  # more bands hide each other
PERIODS_WITH_WORDS = 6


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
    left_out = [f"Left out here: {plural(series.undated, 'post')} without a time."] if series.undated else []
    notes = "".join(element("p", escaped(note), cls="note") for note in (*series.notes, *left_out))
    if len(series.periods) == 1:
        one = f"All posts with a time are of one {series.step} (UTC), by the column {isolated(series.column)}: "
        return element("p", f"{one}{escaped(series.periods[0].name)}.", cls="soft") + notes
    ticks = tick_names([each.start or "" for each in series.periods], series.step)
    colour_of = colours(report.labels)
    lines = [
        Line(
            label,
            colour_of[label],
            [
                (each.shares[c].share, each.shares[c].low, each.shares[c].high)
                if each.posts >= MIN_LINE_POSTS
                else None
                for each in series.periods
            ],
        )
        for c, label in enumerate(report.labels)
    ]
    word = "Share" if report.method.corrected else "Counted share"
    few = f"with fewer than {MIN_LINE_POSTS} posts"
    others = " Thin lines are the other labels." if LINES_IN_ONE_PLOT < len(lines) <= len(COLOURS) else ""
    drawn = f"Bands are 95% intervals.{others} Periods {few} are only in the table."
    if all(value is None for line in lines for value in line.values):
        lines, drawn = (
            [],
            f"All periods have fewer than {MIN_LINE_POSTS} posts, so nothing is drawn. The shares are in the table.",
        )
    caption = element(
        "figcaption",
        f"{word} of each label per {series.step} (UTC), by the column {isolated(series.column)}. {drawn}",
    )
    counts = element("h3", f"Posts per {series.step}") + stacked_counts(series.periods, ticks)
    if len(patterns := patterns_of(report.total)) > 1:
        counts += legend(labelled_swatch(pattern, PATTERN_NAMES[pattern]) for pattern in patterns)
    return (
        element("figure", caption + (_plots(lines, ticks) if lines else "") + counts)
        + differences_list(series.changes, f"Each {series.step} compared with the one before")
        + _words_of_periods(series)
        + notes
        + details("Table of the shares over time", shares_table(report, "period", series.periods))
    )


def _words_of_periods(series: TimeSeries) -> str:
    """The words of the periods with the most distinctive ones, in the order of time."""
    best = sorted(series.words, key=lambda name: -series.words[name][0].z)[:PERIODS_WITH_WORDS]
    if not best:
        return ""
    title = element("h3", f"Words that distinguish a {series.step} from all others")
    return title + word_tables({name: words for name, words in series.words.items() if name in best})


def _plots(lines: Sequence[Line], ticks: Sequence[str]) -> str:
    """All lines in one plot, or in one plot each, with the others drawn thinly behind it if their colours differ."""
    top = upper_end([value[2] for line in lines for value in line.values if value is not None])
    if len(lines) <= LINES_IN_ONE_PLOT:
        described = "; ".join(_described(line, ticks) for line in lines)
        return line_plot(lines, ticks, top=top, described=f"{described}.")
    others = lines if len(lines) <= len(COLOURS) else []
    panels = (
        element(
            "div",
            element("p", labelled_swatch(line.colour, short_label(line.label)), cls="panel")
            + line_plot(
                [*(replace(other, faint=True) for other in others if other is not line), line],
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
        return f"{short_label(line.label)}: too few posts"
    (first, start), (last, end) = shown[0], shown[-1]
    return f"{short_label(line.label)}: {percent(start)} on {first}, {percent(end)} on {last}"
