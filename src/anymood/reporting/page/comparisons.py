"""Sections: shares over time, and by the values of a column, with their differences."""

from collections.abc import Sequence
from dataclasses import replace

from anymood.reporting.page.charts import (
    Line,
    interval_panel,
    line_plot,
    patterns_of,
    stacked_counts,
    tick_names,
    upper_end,
)
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
    points,
    table,
)
from anymood.reporting.page.posts import word_tables
from anymood.reporting.results import PATTERN_NAMES, Breakdown, Change, PostSet, Report, TimeSeries
from anymood.wording import plural, short_label

MIN_LINE_POSTS = 10  # posts of a period that a line shows; with fewer, the interval is as large as the plot
MIN_DRAWN_SHARE = 0.75  # share of the periods that a group's lines show, otherwise they have gaps
LINES_IN_ONE_PLOT = 2  # more bands hide each other
ABOVE, BELOW = " ▲", " ▼"
CHANGES_LISTED = 8
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


def group_section(report: Report, breakdown: Breakdown) -> str:
    """Groups side by side, their differences, their shares over time, and their words."""
    groups = [each for each in breakdown.groups if each.posts]
    column = isolated(breakdown.column)
    of_two = len(groups) == 2
    words = word_tables(breakdown.words)
    return (
        element("figure", _caption(report, breakdown, of_two=of_two) + _panels(report, breakdown))
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


def _panels(report: Report, breakdown: Breakdown) -> str:
    groups = [each for each in breakdown.groups if each.posts]
    colour_of, marks = colours(report.labels), _marks(breakdown)
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


def shares_table(report: Report, what: str, sets: Sequence[PostSet]) -> str:
    """A table with a row per set of posts.

    Args:
        report: the report.
        what: kind of set: a period, a group.
        sets: the rows.
    """
    corrected = report.method.corrected
    head = [what, "posts", *PATTERN_NAMES.values()]
    for label in report.labels:
        name = isolated_label(label)
        head += [f"{name}, counted", *([f"{name}, corrected"] if corrected else []), "95% interval"]
    rows = []
    for each in sets:
        row = [isolated(each.name), f"{each.posts:,}", *(f"{each.used[pattern]:,}" for pattern in PATTERN_NAMES)]
        for share in each.shares:
            row += [
                percent(share.counted, 1),
                *([percent(share.share, 1)] if corrected else []),
                interval(share.low, share.high, 1),
            ]
        rows.append(row + [""] * (len(head) - len(row)))
    return table(head, rows, caption=f"Shares by {what}", numbers=len(head) - 1)


def differences_list(changes: Sequence[Change], what: str) -> str:
    """The significant differences as a list, and all as a table.

    Args:
        changes: differences of one family of tests.
        what: the compared sets.
    """
    if not changes:
        return ""
    significant = sorted((each for each in changes if each.is_significant), key=lambda each: each.p_value)
    summary = (
        f"{what}: {len(significant):,} of {plural(len(changes), 'difference')} "
        f"{'is' if len(significant) == 1 else 'are'} significant (5%, Holm's correction for multiple tests)."
    )
    items = "".join(
        element(
            "li",
            f"{isolated(each.first)}: {isolated_label(each.label)} {'higher' if each.difference > 0 else 'lower'} by "
            f"<b>{points(abs(each.difference)).lstrip('+')} points</b> "
            f"(95% interval of the difference: {points(each.low)} to {points(each.high)})",
        )
        for each in significant[:CHANGES_LISTED]
    )
    if len(significant) > CHANGES_LISTED:
        items += element("li", f"and {len(significant) - CHANGES_LISTED:,} more in the table")
    rows = [
        [
            isolated(each.first),
            isolated(each.second),
            isolated_label(each.label),
            points(each.difference),
            f"{points(each.low)} to {points(each.high)}",
            "&lt;0.001" if each.p_value < 0.001 else f"{each.p_value:.3f}",
        ]
        for each in changes
    ]
    head = ["posts", "compared with", "label", "difference, points", "95% interval", "p (Holm)"]
    return (
        element("p", summary)
        + (element("ul", items) if items else "")
        + details("Table of all differences", table(head, rows, caption=what, numbers=3))
    )
