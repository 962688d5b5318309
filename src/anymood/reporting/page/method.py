"""Section: method and limits."""

from anymood.reporting.page.markup import details, element, escaped, isolated, percent
from anymood.reporting.results import Report
from anymood.wording import plural


def method_section(report: Report) -> str:
    """The method, its limits, and the model card."""
    method = report.method
    created = f" of {escaped(method.model_created)}" if method.model_created else ""
    drawn_too = " and of the labelled posts" if method.corrected else ""
    paragraphs = [
        f"The model <i>{escaped(method.model)}</i>{created} gave each post one of the labels "
        f"{', '.join(map(escaped, report.labels))}, from its text, its image, or both, whichever it has.",
        _correction(report),
        f"<b>Intervals</b> are from 400 bootstrap samples of the posts{drawn_too}; copies of a text are drawn "
        "together. <b>Differences</b> are tested by z tests with the standard errors of the bootstrap. All differences "
        "of one list are one family with Holm's correction: if no difference were real, the chance of at least one "
        "significant difference would be at most 5%. Sets of fewer than 30 posts are not compared.",
        "<b>Copies</b> are texts of at least five words that are equal apart from links, user names, digits and "
        "punctuation, or that share at least 70% of their sequences of three words.",
        "<b>Limits.</b> A label is a guess about a post, not a finding about a person. Irony, mixed feelings and "
        "context that is not in the post are often missed. People who post are not a sample of all people: shares of "
        "posts are not shares of people.",
        *map(escaped, method.notes),
    ]
    card = (
        details("Model card", element("div", card_to_html(method.model_card), cls="card")) if method.model_card else ""
    )
    return "".join(element("p", each) for each in paragraphs) + card


def _correction(report: Report) -> str:
    method = report.method
    if not method.corrected:
        return (
            "<b>Counted shares.</b> It is not known how often this model takes one label for another, so nothing is "
            "corrected: the model has no <code>quantification.json</code>, or the posts were scored by another model. "
            "The intervals are for sampling alone."
        )
    seen = ", ".join(f"{plural(count, 'post')} for {escaped(name)}" for name, count in method.labelled_posts.items())
    source = f"{isolated(method.labelled)}; " if method.labelled else ""
    return (
        f"<b>Corrected shares.</b> The errors of the model were measured on labelled posts that it was not trained on "
        f"({source}{seen}). The shares are the maximum likelihood estimates given the predicted probabilities "
        "(expectation maximisation, Saerens et al. 2002, after bias-corrected temperature scaling, Alexandari et al. "
        "2020). This assumes that posts of a label look to the model like the labelled posts of that label; for "
        f"another language, network or topic this may not hold. No mix of labels explains {percent(method.misfit, 1)} "
        "of the predicted probabilities of these posts."
    )


def card_to_html(markdown: str) -> str:
    """A model card as HTML; HTML in it is escaped, and images are omitted."""
    from markdown_it import MarkdownIt  # only reports with a card wait for it

    reader = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    return str(reader.render(markdown))
