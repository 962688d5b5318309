"""Tables of shares, and lists of differences."""

from collections.abc import Sequence

from anymood.reporting.page.markup import details, element, interval, isolated, isolated_label, percent, points, table
from anymood.reporting.results import PATTERN_NAMES, Change, PostSet, Report
from anymood.wording import plural

CHANGES_LISTED = 8


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
