"""Section: shares by the values of a column."""

from collections.abc import Mapping, Sequence

from anymood.reporting.page.charts import Line, interval_panel, line_plot, tick_names, upper_end
from anymood.reporting.page.comparisons import differences_list, shares_table
from anymood.reporting.page.markup import (
    COLOURS,
    colours,
    details,
    element,
    escaped,
    interval,
    isolated,
    isolated_label,
    labelled_swatch,
    legend,
    percent,
    table,
)
from anymood.reporting.page.over_time import MIN_LINE_POSTS
from anymood.reporting.page.posts import word_tables
from anymood.reporting.results import Breakdown, PostSet, Report
from anymood.wording import short_label

MIN_DRAWN_SHARE = 0.75  # share of the periods that a group's lines show, otherwise they have gaps
ABOVE, BELOW = " ▲", " ▼"


def group_section(report: Report, breakdown: Breakdown) -> str:
    """Groups side by side, their differences, their shares over time, and their words."""
    groups = [each for each in breakdown.groups if each.posts]
    column = isolated(breakdown.column)
    of_two = len(groups) == 2
    words = word_tables(breakdown.words)
    return (
        element("figure", _caption(report, breakdown, of_two=of_two) + _panels(report, groups, _marks(breakdown)))
        + differences_list(
            breakdown.differences,
            "One group compared with the other" if of_two else "Each group compared with all others",
        )
        + details(f"Table of the shares by {column}", shares_table(report, "group", groups))
        + _over_time(report, breakdown)
        + (element("h3", f"Words that distinguish the groups of {column}") + words if words else "")
    )


def _caption(report: Report, breakdown: Breakdown, *, of_two: bool) -> str:
    word = "Share" if report.method.corrected else "Counted share"
    small = breakdown.values - len(breakdown.groups) + 1
    grouped = f" The {small:,} smallest of {breakdown.values:,} groups are combined into one." if small > 1 else ""
    return element(
        "figcaption",
        f"{word} of each label by {isolated(breakdown.column)}, with 95% intervals. The line is the share of all "
        f"posts. ▲ and ▼: significantly above or below {'the other group' if of_two else 'all other posts'}.{grouped}",
    )


def _panels(report: Report, groups: Sequence[PostSet], marks: Mapping[tuple[str, str], str]) -> str:
    """Intervals of the groups, a panel for each label; ``marks`` are those of ``_marks``."""
    colour_of = colours(report.labels)
    top = upper_end([share.high for each in groups for share in each.shares])
    panels = (
        interval_panel(
            label,
            colour_of[label],
            [
                (each.name, share.share, share.low, share.high, marks.get((each.name, label), ""))
                for each in groups
                for share in each.shares[c : c + 1]
            ],
            top=top,
            reference=report.total.shares[c].share,
        )
        for c, label in enumerate(report.labels)
    )
    return element("div", panels, cls="panels")


def _marks(breakdown: Breakdown) -> dict[tuple[str, str], str]:
    """Marks of significant differences by group and label; of two groups, both get one."""
    marks = {}
    for each in breakdown.differences:
        if each.is_significant:
            marks[each.first, each.label] = ABOVE if each.difference > 0 else BELOW
            marks[each.second, each.label] = BELOW if each.difference > 0 else ABOVE
    return marks


def _over_time(report: Report, breakdown: Breakdown) -> str:
    series = report.series
    if not breakdown.over_time or series is None:
        return ""
    values = details("Table of the groups over time", _over_time_table(report, breakdown))
    if len(report.labels) > len(COLOURS):  # lines of similar colours cannot be told apart
        return values
    colour_of = colours(report.labels)
    ticks = tick_names([each.start or "" for each in series.periods], series.step)
    top = upper_end(
        [
            high
            for each in breakdown.over_time
            for values in each.shares.values()
            for posts, (_, _, high) in zip(each.posts, values, strict=True)
            if posts >= MIN_LINE_POSTS
        ]
    )
    panels, left_out = [], []
    for group in breakdown.over_time:
        shown = [posts >= MIN_LINE_POSTS for posts in group.posts]
        span = shown[shown.index(True) : len(shown) - shown[::-1].index(True)] if any(shown) else []
        if sum(span) <= MIN_DRAWN_SHARE * len(span):
            left_out.append(isolated(group.name))
            continue
        lines = [
            Line(
                label,
                colour_of[label],
                [value if is_shown else None for value, is_shown in zip(group.shares[label], shown, strict=True)],
            )
            for label in report.labels
        ]
        plot = line_plot(lines, ticks, top=top, described=f"Shares in {group.name} over time.", small=True)
        panels.append(element("div", element("p", isolated(group.name), cls="panel") + plot))
    few = (
        f"Not drawn, since too many periods have fewer than {MIN_LINE_POSTS} posts: {', '.join(left_out)}. "
        "<code>--every</code> sets longer periods."
    )
    caption = " ".join([*(["The largest groups, on the same scale."] if panels else []), *([few] if left_out else [])])
    drawn = element("div", panels, cls="panels crowded") + legend(
        labelled_swatch(colour_of[label], short_label(label)) for label in report.labels
    )
    figure = element(
        "figure",
        element("h3", f"{isolated(breakdown.column)} over time")
        + element("figcaption", caption)
        + (drawn if panels else ""),
    )
    return figure + values


def _over_time_table(report: Report, breakdown: Breakdown) -> str:
    names = [] if report.series is None else [period.name for period in report.series.periods]
    rows = []
    for group in breakdown.over_time:
        for number, (name, posts) in enumerate(zip(names, group.posts, strict=True)):
            if posts:
                values = [group.shares[label][number] for label in report.labels]
                shares = [f"{percent(share)} ({interval(low, high)})" for share, low, high in values]
                rows.append([isolated(group.name), escaped(name), f"{posts:,}", *shares])
    head = ["group", "period", "posts", *map(isolated_label, report.labels)]
    return table(head, rows, caption="Shares by group and period", numbers=len(head) - 2)
