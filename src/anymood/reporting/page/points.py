"""The main points of a report as a list: changes, groups that differ, and words."""

from collections.abc import Iterator, Mapping, Sequence

from anymood.reporting.page.markup import element, escaped, isolated, isolated_label, percent, points
from anymood.reporting.results import Breakdown, DistinctiveWord, PostSet, Report
from anymood.wording import plural

CHANGES, WORDS, LABELS, SETS = 2, 6, 3, 2  # maximum numbers of each kind
MANY_COPIES = 0.2  # share of the posts above which copies are a main point


def main_points(report: Report) -> str:
    """The most important results of the other sections; empty if there are none."""
    results = [*_over_time(report), *_groups(report), *_words(report), *_copies(report)]
    return element("h3", "Main points") + element("ul", (element("li", each) for each in results)) if results else ""


def _over_time(report: Report) -> Iterator[str]:
    """The most significant changes, and the periods with the most distinctive words."""
    if report.series is None:
        return
    significant = [each for each in report.series.changes if each.is_significant]
    for each in sorted(significant, key=lambda change: change.p_value)[:CHANGES]:
        direction = "higher" if each.difference > 0 else "lower"
        before = "on the previous day" if report.series.step == "day" else f"in the previous {report.series.step}"
        yield (
            f"<b>{isolated(each.first)}</b>: {isolated_label(each.label)} "
            f"{points(abs(each.difference)).lstrip('+')} points {direction} than {before}."
        )
    yield from _distinctive(report.series.words, report.series.periods)


def _distinctive(words: Mapping[str, Sequence[DistinctiveWord]], sets: Sequence[PostSet]) -> Iterator[str]:
    """The sets of posts with the most distinctive words, and the words."""
    posts = {each.name: each.posts for each in sets}
    for name in sorted(filter(words.get, words), key=lambda name: -words[name][0].z)[:SETS]:
        yield f"<b>{isolated(name)}</b> ({plural(posts[name], 'post')}): unusually frequent are {_listed(words[name])}."


def _groups(report: Report) -> Iterator[str]:
    """The groups between which the share of a label differs most, if it differs significantly, and words of groups."""
    for breakdown in report.breakdowns:
        for label in report.extremes:
            different = {each.first for each in breakdown.differences if each.label == label and each.is_significant}
            shares = _shares(breakdown, label)
            if different and len(shares) > 1:
                high, low = max(shares, key=shares.__getitem__), min(shares, key=shares.__getitem__)
                yield (
                    f"<b>{isolated_label(label)}</b>, by {isolated(breakdown.column)}: from {percent(shares[low])} "
                    f"({isolated(low)}) to {percent(shares[high])} ({isolated(high)})."
                )
        yield from _distinctive(breakdown.words, breakdown.groups)


def _shares(breakdown: Breakdown, label: str) -> dict[str, float]:
    """The share of a label in each group that is compared."""
    compared = {name for each in breakdown.differences for name in (each.first, each.second)}
    return {
        group.name: share.share
        for group in breakdown.groups
        if group.name in compared
        for share in group.shares
        if share.label == label
    }


def _words(report: Report) -> Iterator[str]:
    """The words of the most frequent labels, except neutral if there are sentiments."""
    shares = {each.label: each.share for each in report.total.shares}
    for label in sorted(report.extremes, key=lambda label: -shares[label])[:LABELS]:
        if words := report.words.get(label):
            yield f"Words of <b>{isolated_label(label)}</b> posts: {_listed(words)}."


def _copies(report: Report) -> Iterator[str]:
    if report.copies.posts >= MANY_COPIES * report.total.posts and report.copies.sets:
        yield (
            f"<b>{plural(report.copies.posts, 'post')}</b> of {report.total.posts:,} are copies of "
            f"{plural(report.copies.sets, 'text')}."
        )


def _listed(words: Sequence[DistinctiveWord]) -> str:
    return ", ".join(element("q", escaped(each.phrase), dir="auto") for each in words[:WORDS])
