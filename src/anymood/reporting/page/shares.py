"""Sections: shares of the labels among all posts, and the method."""

from anymood.reporting.page.charts import patterns_of, share_bar
from anymood.reporting.page.markup import (
    colours,
    details,
    element,
    escaped,
    interval,
    isolated,
    isolated_label,
    legend,
    markdown,
    percent,
    swatch,
    table,
)
from anymood.reporting.page.points import main_points
from anymood.reporting.results import PATTERN_NAMES, PostSet, Report
from anymood.wording import plural, short_label

LARGE_MISFIT = 0.1
POSTS_OF = {"text": "with a text", "image": "with an image", "fused": "with both"}  # by classifier


def shares_section(report: Report) -> str:
    """A stacked bar of all posts, with an explanation."""
    colour_of = colours(report.labels)
    shares = {each.label: each.share for each in report.total.shares}
    described = ", ".join(f"{short_label(label)} {percent(share)}" for label, share in shares.items())
    entries = (
        swatch(colour_of[each.label]) + f"<span>{isolated_label(each.label)} <strong>{percent(each.share)}</strong> "
        f'<span class="small">{interval(each.low, each.high)}</span></span>'
        for each in report.total.shares
    )
    return (
        _warnings(report)
        + element("figure", share_bar(shares, colour_of, described) + legend(entries))
        + element("p", _explained(report))
        + main_points(report)
        + _make_up(report.total)
        + details("Table of the shares", _table(report))
    )


def _explained(report: Report) -> str:
    if not report.method.corrected:
        return (
            "These are shares of the predicted labels, with 95% intervals for the sampling error. They are <b>not "
            "corrected</b> for the errors of the model, which may be much larger. To correct them, label a few hundred "
            "of your posts and give the table with <code>--labelled</code>."
        )
    far = max(report.total.shares, key=lambda each: abs(each.share - each.counted))
    text = "These are estimated shares of the posts, corrected for the errors of the model, with 95% intervals."
    if percent(far.counted) == percent(far.share):
        return text
    return (
        f"{text} Counting the predicted labels would give {percent(far.counted)} {isolated_label(far.label)} "
        f"instead of {percent(far.share)}."
    )


def _table(report: Report) -> str:
    corrected = report.method.corrected
    head = ["label", "posts", "counted", *(["corrected"] if corrected else []), "95% interval"]
    colour_of = colours(report.labels)
    rows = [
        [
            f"{swatch(colour_of[each.label])} {isolated_label(each.label)}",
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
    if method.different_models:
        warnings.append(escaped(method.different_models))
    if method.misfit > LARGE_MISFIT:
        warnings.append(
            "<b>These posts are unlike the labelled posts that the correction was learned from</b>: "
            f"{percent(method.misfit)} of the predicted probabilities cannot be explained by any shares of the labels. "
            "Another language, topic or network may be the cause. Label a random sample of these posts, or a larger "
            "one, and give the table with <code>--labelled</code>."
        )
    if report.is_undetermined:
        warnings.append(
            f"<b>Some of these shares cannot be estimated</b>: in the {isolated(method.labelled)}, the predicted "
            "labels hardly depend on the true ones. Check the labels there, or label more posts."
        )
    if method.not_corrected:
        warnings.append(
            f"{plural(method.not_corrected, 'post')} of {report.total.posts:,} are not in the corrected shares: "
            "the errors of the model on posts with these modalities are unknown."
        )
    return "".join(element("p", each, cls="warning") for each in warnings)


def _make_up(total: PostSet) -> str:
    """Number of posts by presence pattern."""
    shares = {pattern: total.used[pattern] / max(total.posts, 1) for pattern in patterns_of(total)}
    if len(shares) == 1:
        return element("p", f"All posts were predicted from {PATTERN_NAMES[next(iter(shares))]}.")
    described = ", ".join(f"{PATTERN_NAMES[pattern]} {percent(share)}" for pattern, share in shares.items())
    entries = (
        swatch(pattern)
        + f"<span>{PATTERN_NAMES[pattern]} <b>{percent(share)}</b> <small>{total.used[pattern]:,}</small></span>"
        for pattern, share in shares.items()
    )
    return element(
        "figure",
        element("figcaption", "Modalities of the posts")
        + share_bar(shares, {pattern: pattern for pattern in shares}, described, thin=True)
        + legend(entries),
    )


def method_section(report: Report) -> str:
    """The method, its limits, and the model card."""
    method = report.method
    created = f" of {escaped(method.model_created)}" if method.model_created else ""
    drawn_too = " and of the labelled posts" if method.corrected else ""
    model, predicts = ("Models", "They predict") if method.inputs_of else ("Model", "It predicts")
    paragraphs = [
        f"<b>{model}:</b> <i>{escaped(method.model)}</i>{created}. {predicts} one of the labels "
        f"{', '.join(map(isolated_label, report.labels))} for each post, from its text, its image, or both.",
        _correction(report),
        f"<b>Intervals</b> are from 400 bootstrap samples of the posts{drawn_too}; copies of a text are resampled "
        "together. <b>Differences</b> are tested by z tests with the standard errors of the bootstrap. The p-values "
        "of each list are adjusted with Holm's correction: if no difference were real, the chance of at least one "
        "significant difference would be at most 5%. Sets of fewer than 30 posts are not compared.",
        "<b>Copies</b> are texts of at least five words that are equal apart from links, user names, digits and "
        "punctuation, or that share at least 70% of their sequences of three words.",
        "<b>Limits.</b> A label is a prediction for a post, not a statement about a person. Irony, mixed feelings and "
        "context that is not in the post are often missed. People who post are not a sample of all people: shares of "
        "posts are not shares of people.",
        *map(escaped, method.notes),
    ]
    card = element("div", markdown(method.model_card, images=False), cls="card")
    return "".join(element("p", each) for each in paragraphs) + (
        details("Model card", card) if method.model_card else ""
    )


def _correction(report: Report) -> str:
    method = report.method
    if not method.corrected:
        return (
            "<b>Counted shares.</b> The errors of this model on posts like these are unknown, so the shares are not "
            "corrected, and the intervals cover only the sampling error."
        )
    seen = ", ".join(f"{plural(count, 'post')} {POSTS_OF[name]}" for name, count in method.labelled_posts.items())
    source = f"{isolated(method.labelled)}; " if method.labelled else ""
    return (
        f"<b>Corrected shares.</b> The errors of the model were measured on labelled posts that it was not trained on "
        f"({source}{seen}). The shares are the maximum likelihood estimates given the predicted probabilities "
        "(expectation maximisation, Saerens et al. 2002, after bias-corrected temperature scaling, Alexandari et al. "
        "2020). This assumes that the model predicts posts of a label like the labelled posts of that label; "
        f"for another language, network or topic this may not hold. {percent(method.misfit, 1)} of the predicted "
        "probabilities of these posts cannot be explained by any shares of the labels."
    )
