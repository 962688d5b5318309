"""Charts as SVG and HTML of any width: lines over time, shares with intervals.

Lines and areas are in an SVG that is stretched to the available width. Text is HTML next to it, so that it keeps its
size on a phone and in print.
"""

import math
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from anymood.reporting.page.markup import element, escaped, isolated, labelled_swatch, paint, percent
from anymood.reporting.results import PATTERN_NAMES, PostSet
from anymood.wording import short_label

WIDTH, HEIGHT = 1000.0, 100.0  # of a plot, in coordinates that are stretched
MAX_DOTS = 60  # periods up to which each is marked
NAME_CHARACTERS = 20  # of the name of a group that are shown in any case
MAX_TICKS, MAX_TICKS_SMALL = 7, 3
LABEL_DISTANCE = 8.0  # minimum distance of the labels of lines, in % of the height of the plot


@dataclass(frozen=True, slots=True)
class Line:
    """A label over time: (share, low, high) of each period, None for a period without posts."""

    label: str
    colour: str
    values: Sequence[tuple[float, float, float] | None]
    faint: bool = False  # drawn thinly and without its band, for comparison


def line_plot(lines: Sequence[Line], ticks: Sequence[str], *, top: float, described: str, small: bool = False) -> str:
    """Lines with bands, labelled at their ends.

    Args:
        lines: lines of equal length.
        ticks: names of the periods.
        top: share at the upper edge.
        described: description for screen readers.
        small: whether it is one of many plots, without labels at the ends.
    """
    count = len(ticks)
    marks = _steps(top)
    grid = "".join(_grid(HEIGHT * (1 - share / top)) for share in marks)
    drawn = "".join(_line(line, count, top) for line in lines)
    tips = _tips([_values(lines, number) for number in range(count)], ticks)
    return _plot(
        [(percent(share), f"{100 * (1 - share / top):.2f}%") for share in marks],
        grid + drawn + tips,
        described,
        _ticks(ticks, MAX_TICKS_SMALL if small else MAX_TICKS),
        ends="" if small else _ends(lines, top),
        cls="plot small" if small else "plot",
    )


def patterns_of(posts: PostSet) -> list[str]:
    """The presence patterns that some of the posts have."""
    return [pattern for pattern in PATTERN_NAMES if posts.used[pattern]]


def stacked_counts(sets: Sequence[PostSet], ticks: Sequence[str]) -> str:
    """Number of posts of each period, by presence pattern."""
    most = max((each.posts for each in sets), default=0) or 1
    width = WIDTH / max(len(sets), 1)
    bars = []
    for number, each in enumerate(sets):
        below = 0.0
        for pattern in PATTERN_NAMES:
            height = HEIGHT * each.used[pattern] / most
            if height:
                x, y = number * width + 0.1 * width, HEIGHT - below - height
                bars.append(
                    f'<rect x="{x:.1f}" y="{y:.2f}" width="{0.8 * width:.2f}" height="{height:.2f}" '
                    f'style="fill: var(--{pattern})"/>'
                )
            below += height
    return _plot(
        [(f"{most:,}", "0%"), ("0", "100%")],
        "".join(bars) + _tips([f"{each.posts:,}" for each in sets], ticks),
        f"Posts in each period, at most {most:,}.",
        _ticks(ticks, MAX_TICKS),
        cls="plot short",
    )


def interval_panel(
    title: str,
    colour: str,
    rows: Sequence[tuple[str, float, float, float, str]],
    *,
    top: float,
    reference: float,
) -> str:
    """The share of one label in several groups, as dots with intervals.

    Args:
        title: the label.
        colour: its colour.
        rows: name of the group, share, low, high, and a mark after the number.
        top: share at the right edge.
        reference: share of all posts, drawn as a line.
    """
    line = f'<u style="left: {_place(reference, top)}"></u>'
    drawn = []
    for (name, share, low, high, mark), shown in zip(rows, distinct([name for name, *_ in rows]), strict=True):
        track = (
            f'{line}<i style="left: {_place(low, top)}; width: {100 * (high - low) / top:.2f}%"></i>'
            f'<b style="left: {_place(share, top)}"></b>'
        )
        drawn.append(
            element(
                "div",
                element("span", isolated(shown), cls="name", title=name)
                + element("span", track, cls="track", aria_hidden="true")
                + element("span", f"{percent(share)}{mark}", cls="value"),
                cls="row",
            )
        )
    scale = "".join(
        element("span", percent(share), style=f"left: {_place(share, top)}") for share in (0.0, top / 2, top)
    )
    drawn.append(
        element("div", f'<span></span>{element("span", scale, cls="track")}<span></span>', cls="row scale",
                aria_hidden="true")
    )  # fmt: skip
    return element(
        "div",
        element("p", labelled_swatch(colour, short_label(title)), cls="panel") + "".join(drawn),
        style=f"--c: {paint(colour)}",
    )


def distinct(names: Sequence[str]) -> list[str]:
    """Names for two short lines: those that would be cut to the same characters lose the beginning that they share."""
    shown = []
    for name in names:
        alike = [other for other in names if other != name and other[:NAME_CHARACTERS] == name[:NAME_CHARACTERS]]
        shared = os.path.commonprefix([name, *alike]) if alike else ""  # noqa: RUF071 - of characters
        word = max(map(shared.rfind, " _/\\")) + 1  # where the last shared word begins
        start = word if word > len(shared) - NAME_CHARACTERS // 2 else len(shared)
        shown.append(f"…{name[start:]}" if start and name[start:] else name)
    return shown


def share_bar(shares: Mapping[str, float], colour_of: Mapping[str, str], described: str, *, thin: bool = False) -> str:
    """A stacked bar of shares that sum to 1."""
    parts = "".join(
        f'<div style="flex: {share:.4f} 0 0; --c: {paint(colour_of[label])}"></div>'
        for label, share in shares.items()
        if share
    )
    return element("div", parts, cls="bar thin" if thin else "bar", role="img", aria_label=described)


def tick_names(starts: Sequence[str], step: str) -> list[str]:
    """Short names of periods: ``31 Jan 18:00``, ``31 Jan 2024``, ``Jan 2024``."""
    form = "%b %H:%M" if step == "hour" else "%b %Y"
    times = map(datetime.fromisoformat, starts)
    return [f"{when:{form}}" if step == "month" else f"{when.day} {when:{form}}" for when in times]


def upper_end(values: Sequence[float]) -> float:
    """The smallest of 10, 20, 40, 60, 80 and 100 % that no value exceeds."""
    most = max(values, default=1.0)
    return next((end for end in (0.1, 0.2, 0.4, 0.6, 0.8) if most <= end), 1.0)


def _steps(top: float) -> list[float]:
    """Shares of the grid lines, above 0 and up to the top."""
    return [top / 2, top] if top <= 0.2 else [0.2 * number for number in range(1, round(top / 0.2) + 1)]


def _place(share: float, top: float) -> str:
    return f"{100 * min(share / top, 1):.2f}%"


def _plot(axis: Sequence[tuple[str, str]], drawn: str, described: str, ticks: str, *, ends: str = "", cls: str) -> str:
    """Numbers of the vertical axis with their distance from the top, a drawing, labels at its right, and ticks."""
    svg = (
        f'<svg viewBox="0 0 {WIDTH:.0f} {HEIGHT:.0f}" preserveAspectRatio="none" aria-hidden="true">'
        f"{drawn}{_grid(HEIGHT)}</svg>"
    )
    numbers = (element("span", number, style=f"top: {top}") for number, top in axis)
    parts = (
        element("div", numbers, cls="axis", aria_hidden="true"),
        element("div", svg, role="img", aria_label=described),
        element("div", ends, cls="ends", aria_hidden="true"),
        ticks,
    )
    return element("div", parts, cls=cls)


def _grid(y: float) -> str:
    return f'<path class="grid" d="M0 {y:.2f}H{WIDTH:.0f}"/>'


def _tips(values: Sequence[str], ticks: Sequence[str]) -> str:
    """An area for each period that shows its name and values while the pointer is on it."""
    width = WIDTH / max(len(values), 1)
    return "".join(
        f'<rect class="tip" x="{number * width:.1f}" y="0" width="{width:.1f}" height="{HEIGHT:.0f}">'
        f"<title>{escaped(tick)}: {value}</title></rect>"
        for number, (value, tick) in enumerate(zip(values, ticks, strict=True))
        if value
    )


def _values(lines: Sequence[Line], number: int) -> str:
    """The shares and intervals of a period, empty if it has none."""
    values = [(line.label, line.values[number]) for line in lines if not line.faint]
    return ", ".join(
        f"{escaped(short_label(label))} {percent(value[0])} ({percent(value[1])} to {percent(value[2])})"
        for label, value in values
        if value is not None
    )


def _x(number: int, count: int) -> float:
    """Horizontal centre of a period."""
    return WIDTH * (number + 0.5) / count


def _line(line: Line, count: int, top: float) -> str:
    """Bands, lines and dots of each run of periods with posts."""
    drawn = []
    run: list[tuple[float, float, float, float]] = []

    def draw() -> None:
        if not run:
            return
        upper = "L".join(f"{x:.1f} {high:.2f}" for x, _, _, high in run)
        lower = "L".join(f"{x:.1f} {low:.2f}" for x, _, low, _ in reversed(run))
        if len(run) > 1 and not line.faint:
            drawn.append(f'<path class="band" d="M{upper}L{lower}Z"/>')
        if len(run) > 1:
            drawn.append('<path class="series" d="M' + "L".join(f"{x:.1f} {y:.2f}" for x, y, _, _ in run) + '"/>')
        if not line.faint and (len(run) == 1 or count <= MAX_DOTS):
            drawn.append('<path class="dots" d="' + "".join(f"M{x:.1f} {y:.2f}h0" for x, y, _, _ in run) + '"/>')
        if len(run) == 1 and not line.faint:
            x, _, low, high = run[0]
            drawn.append(f'<path class="series" style="opacity: .45" d="M{x:.1f} {low:.2f}V{high:.2f}"/>')
        run.clear()

    for number, value in enumerate(line.values):
        if value is None:
            draw()
        else:
            share, low, high = (HEIGHT * (1 - min(part, top) / top) for part in value)
            run.append((_x(number, count), share, low, high))
    draw()
    kind = ' class="faint"' if line.faint else ""
    return f'<g{kind} style="--c: {paint(line.colour)}">{"".join(drawn)}</g>'


def _ends(lines: Sequence[Line], top: float) -> str:
    """Labels next to the last points, without overlap."""
    last = [
        (100 * (1 - min(value[0], top) / top), line)
        for line in lines
        if (value := next((each for each in reversed(line.values) if each is not None), None)) is not None
    ]
    last.sort(key=lambda pair: pair[0])
    places = [place for place, _ in last]
    for _ in range(100):
        moved = False
        for number in range(1, len(places)):
            overlap = LABEL_DISTANCE - (places[number] - places[number - 1])
            if overlap > 0.01:
                places[number - 1] -= overlap / 2
                places[number] += overlap / 2
                moved = True
        if not moved:
            break
    return "".join(
        element("span", labelled_swatch(line.colour, short_label(line.label)), style=f"top: {place:.1f}%")
        for place, (_, line) in zip(places, last, strict=True)
    )


def _ticks(names: Sequence[str], most: int) -> str:
    """Evenly spaced names of periods; every second one is hidden on phones."""
    every = max(1, math.ceil(len(names) / most))
    places = range(0, len(names), every)
    spans = "".join(
        element(
            "span",
            escaped(name),
            style=f"left: {100 * (number + 0.5) / len(names):.2f}%",
            cls="second" if place % 2 and most > MAX_TICKS_SMALL else None,
        )
        for place, (number, name) in enumerate(zip(places, _shortened([names[n] for n in places]), strict=True))
    )
    return element("div", spans, cls="ticks", aria_hidden="true")


def _shortened(names: Sequence[str]) -> list[str]:
    """Names without the year if it is that of the previous name, and of the previous name that phones do not hide."""
    years = [name[-5:] if re.search(r" \d{4}$", name) else "" for name in names]
    return [
        name.removesuffix(year) if place and {year} == {*years[place - 1 - (place % 2 == 0) : place]} else name
        for place, (name, year) in enumerate(zip(names, years, strict=True))
    ]
