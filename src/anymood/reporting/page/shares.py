"""Section: shares of the labels among all posts."""

from anymood.reporting.page.charts import share_bar
from anymood.reporting.page.markup import (
    colours,
    details,
    element,
    escaped,
    interval,
    labelled_swatch,
    legend,
    percent,
    swatch,
    table,
)
from anymood.reporting.results import PATTERN_NAMES, PostSet, Report
from anymood.wording import plural

LARGE_MISFIT = 0.1


def shares_section(report: Report) -> str:
    """A stacked bar of all posts, with an explanation."""
    colour_of = colours(report.labels)
    shares = {each.label: each.share for each in report.total.shares}
    described = ", ".join(f"{label} {percent(share)}" for label, share in shares.items())
    entries = (
        swatch(colour_of[each.label]) + f"<span>{escaped(each.label)} <strong>{percent(each.share)}</strong> "
        f'<span class="small">{interval(each.low, each.high)}</span></span>'
        for each in report.total.shares
    )
    return (
        _warnings(report)
        + element("figure", share_bar(shares, colour_of, described) + legend(entries))
        + element("p", _explained(report))
        + _make_up(report.total)
        + details("Table of the shares", _table(report))
    )


def _explained(report: Report) -> str:
    if not report.method.corrected:
        return (
            "These are counted labels, with 95% intervals for sampling alone. They are <b>not corrected</b> for the "
            "errors of the model, which may be much larger than these intervals. To correct them, label a few hundred "
            "of your posts and give the table with <code>--labelled</code>."
        )
    far = max(report.total.shares, key=lambda each: abs(each.share - each.counted))
    told = "These are estimated shares of the posts, corrected for the errors of the model, with 95% intervals."
    if percent(far.counted) == percent(far.share):
        return told
    return (
        f"{told} Counting the predicted labels would give {percent(far.counted)} {escaped(far.label)} instead of "
        f"{percent(far.share)}: a model that prefers some labels is biased however many posts there are."
    )


def _table(report: Report) -> str:
    corrected = report.method.corrected
    head = ["label", "posts with this label", "counted", *(["corrected"] if corrected else []), "95% interval"]
    colour_of = colours(report.labels)
    rows = [
        [
            labelled_swatch(colour_of[each.label], f" {each.label}"),
            f"{round(each.counted * report.total.posts):,}",
            percent(each.counted, 1),
            *([percent(each.share, 1)] if corrected else []),
            interval(each.low, each.high, 1),
        ]
        for each in report.total.shares
    ]
    return table(head, rows, caption="Shares of the labels", numbers=len(head) - 1)


def _warnings(report: Report) -> str:
    method = report.method
    warnings = []
    if method.misfit > LARGE_MISFIT:
        warnings.append(
            "<b>These posts are unlike the labelled posts that the correction was learned from</b>: no mix of the "
            f"latter explains {percent(method.misfit)} of the predicted probabilities. Another language, topic or "
            "network may be the cause. Label a few hundred of your posts and give them with <code>--labelled</code>."
        )
    if method.not_corrected:
        warnings.append(
            f"{plural(method.not_corrected, 'post')} of {report.total.posts:,} are not in the corrected shares: it is "
            "not known how the model errs on posts with what they have (text, image or both)."
        )
    return "".join(element("p", each, cls="warning") for each in warnings)


def _make_up(total: PostSet) -> str:
    """Number of posts by presence pattern."""
    shares = {part: total.used[part] / max(total.posts, 1) for part in PATTERN_NAMES}
    described = ", ".join(f"{PATTERN_NAMES[part]} {percent(share)}" for part, share in shares.items())
    entries = (
        swatch(part) + f"<span>{PATTERN_NAMES[part]} <b>{percent(share)}</b> <small>{total.used[part]:,}</small></span>"
        for part, share in shares.items()
    )
    return element(
        "figure",
        element("figcaption", "What was predicted from")
        + share_bar(shares, {part: part for part in PATTERN_NAMES}, described, thin=True)
        + legend(entries),
    )
