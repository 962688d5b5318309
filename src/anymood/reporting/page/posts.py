"""Sections: words, example posts, copies, and rows with problems."""

from collections.abc import Mapping, Sequence

from anymood.reporting.page.markup import (
    colours,
    days,
    details,
    element,
    escaped,
    isolated,
    isolated_label,
    percent,
    swatch,
    table,
)
from anymood.reporting.results import DistinctiveWord, PostExample, Report
from anymood.wording import plural, short_label

LARGE_DISAGREEMENT = 0.5


def words_section(report: Report) -> str:
    """A table of words for each label."""
    tables = word_tables(report.words, colours(report.labels))
    if not tables:
        return ""
    explained = (
        "Words that are more frequent in posts of one label (<i>here</i>) than in all others (<i>elsewhere</i>), with "
        "the neighbours that they usually have. They are ranked by log-odds with a Dirichlet prior (Monroe et al. "
        "2008). Copies of a text count once."
    )
    return element("p", explained, cls="soft") + tables


def word_tables(words: Mapping[str, Sequence[DistinctiveWord]], colour_of: Mapping[str, str] | None = None) -> str:
    """A table for each set of posts that has such words, with an example of each word; empty if none has."""
    panels = []
    for name, best in words.items():
        if best:
            rows = [
                [_phrase(each), f"{each.posts:,}", percent(each.share, 1), percent(each.elsewhere, 1)] for each in best
            ]
            dot = "" if colour_of is None else swatch(colour_of[name])
            title = element("p", dot + isolated(short_label(name)), cls="panel")
            content = table(
                ["word", "posts", "here", "elsewhere"],
                rows,
                label=f"Words of {short_label(name)}",
                numbers=3,
                cls="words",
            )
            examples = dict.fromkeys(each.example for each in best if each.example)
            quotes = element("ul", (element("li", escaped(text), dir="auto") for text in examples), cls="quotes")
            panels.append(
                element("div", title + content + (details("Posts with these words", quotes) if examples else ""))
            )
    return element("div", panels, cls="panels lists") if panels else ""


def _phrase(word: DistinctiveWord) -> str:
    """The phrase of a word, with the word emphasised."""
    parts = (element("b", escaped(part)) if part == word.word else escaped(part) for part in word.phrase.split())
    return element("bdi", " ".join(parts), dir="auto")


def posts_section(report: Report) -> str:
    """The most certain posts of each label, and those with contradicting text and image."""
    most = "Most " if report.extremes.keys() <= {"negative", "positive"} else ""
    lists = [(f"{most}{short_label(label)}", examples) for label, examples in report.extremes.items()]
    lists.append(("Text and image contradict each other", report.contradictions))
    colour_of = colours(report.labels)
    parts = [
        element("h3", escaped(title)) + element("ul", (_post(each, colour_of) for each in examples), cls="posts")
        for title, examples in lists
        if examples
    ]
    if not parts:
        return ""
    explained = "The posts with the highest probability; one of each set of copies. Single predictions can be wrong."
    shown = [each for _, examples in lists for each in examples]
    without = sum(each.thumbnail is None and each.used in ("both", "image") for each in shown)
    note = (
        f"{plural(without, 'image')} not shown. Paths of images are relative to the folder of the table, or to that of "
        "--image-folder."
    )
    return element("p", explained, cls="soft") + "".join(parts) + (element("p", note, cls="note") if without else "")


def _post(post: PostExample, colour_of: dict[str, str]) -> str:
    image = "" if post.thumbnail is None else f'<img src="{post.thumbnail}" alt="Image of the post {escaped(post.id)}">'
    quote = "" if post.text is None else element("blockquote", escaped(post.text), dir="auto")
    predicted = (post.label, post.probability)
    shown = [("", *predicted)]
    if post.text_says is not None and post.image_says is not None:
        shown = [("text: ", *post.text_says), ("image: ", *post.image_says), ("together: ", *predicted)]
    labels = (
        element("span", part + swatch(colour_of[label]) + f"{isolated_label(label)} {percent(share)}")
        for part, label, share in shown
    )
    facts = [isolated(post.id)]
    if post.created is not None:
        facts.append(escaped(post.created[:16].replace("T", " ").removesuffix(" 00:00")))
    if post.copies > 1:
        facts.append(f"one of {post.copies:,} copies")
    if len(shown) == 1 and post.disagreement is not None and post.disagreement >= LARGE_DISAGREEMENT:
        facts.append(f"disagreement of text and image: {percent(post.disagreement)}")
    content = image + quote + element("p", labels, cls="says") + element("footer", " · ".join(facts))
    return element("li", content, cls="post")


def copies_section(report: Report) -> str:
    """The number of copies, their texts, and the shares without them."""
    copies = report.copies
    if not copies.sets or copies.once is None:
        return ""
    pairs = [(each, percent(once.share)) for each, once in zip(report.total.shares, copies.once.shares, strict=True)]
    changed = ", ".join(
        f"{isolated_label(each.label)} {once} instead of {percent(each.share)}"
        for each, once in pairs
        if once != percent(each.share)
    )
    explained = (
        f"{plural(copies.posts, 'post')} of {report.total.posts:,} are copies or near-copies of "
        f"{plural(copies.sets, 'text')}. They count in all shares above; the intervals treat the copies of a text as a "
        f"single observation. With each text counted once, the shares would be {changed or 'the same'}."
    )
    rows = [
        [
            isolated(each.text),
            f"{each.posts:,}",
            ", ".join(f"{isolated_label(label)} {count:,}" for label, count in each.labels.items()),
            "" if each.first is None or each.last is None else days(each.first, each.last),
        ]
        for each in copies.largest
    ]
    head = ["text", "posts", "labels", "from, to"]
    return element("p", explained) + table(head, rows, caption="Most copied texts", numbers=range(1, 2), cls="sayings")


def problems_section(report: Report) -> str:
    """Numbers of problems by reason, with examples, and assumptions about the input."""
    notes = "".join(element("p", escaped(note), cls="note") for note in report.method.reading)
    without = report.rows - report.total.posts
    if not report.problems:
        return element("p", f"All {plural(report.rows, 'post')} were read without a problem.") + notes
    unlabelled = (
        f"{plural(without, 'post')} got no label and {'is' if without == 1 else 'are'} not counted in the shares."
    )
    explained = (
        f"{plural(sum(each.posts for each in report.problems), 'post')} had a problem. "
        f"{unlabelled if without else 'All posts still got a label.'}"
    )
    rows = [
        [
            escaped(each.reason),
            f"{each.posts:,}",
            f"{each.without_label:,}",
            "<br>".join(isolated(example) for example in each.examples),
        ]
        for each in report.problems
    ]
    head = ["reason", "posts", "without a label", "examples"]
    by_reason = table(head, rows, caption="Problems by reason", numbers=range(1, 3), cls="sayings")
    return element("p", explained) + by_reason + notes
